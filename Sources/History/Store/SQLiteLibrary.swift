// Which SQLite this process runs with: the distribution's, not one of ours, so it is asked rather
// than known. Below 3.51.3 two connections that checkpoint at the same time can damage a WAL; weir
// keeps to one connection that writes and checkpoints, whatever the version. Any thread.

import CSQLite

public enum SQLiteLibrary {
    /// "3.40.1".
    public static var version: String { unsafe String(cString: sqlite3_libversion()) }
}
