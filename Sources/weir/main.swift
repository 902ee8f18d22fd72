// weir: the program. Everything is in module Proxy; this file only hands over the arguments and
// ends with the exit code. It must stay this small: what cannot be tested as a module does not
// belong here. Main thread.

import Glibc
import Proxy

exit(WeirProgram.run(CommandLine.arguments))
