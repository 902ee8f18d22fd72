// weir: the program. Everything is in module Proxy; this file only hands over the arguments and
// ends with the exit code. Main thread.

import Glibc
import Proxy

exit(WeirProgram.run(CommandLine.arguments))
