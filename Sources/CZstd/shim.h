// The system's libzstd, as a Clang module. Debian: libzstd-dev.
// Used by History for the column area of chunks; nothing else may include it.
// The binding that bounds what a damaged frame may ask for is History/Store/Compression.swift.
#include <zstd.h>
