// The system's SQLite, as a Clang module. Debian: libsqlite3-dev.
// Used by History alone, which keeps every statement in one place; nothing else may include it.
// Facts about the versions in use stand in docs/internals/history-format.md.
#include <sqlite3.h>
