// The one door to SQLite: a connection and its statements, with every raw pointer inside. Built
// without SQLite's own mutexes, so a connection stays on the thread that uses it (history thread
// for the writer, the caller's thread for a reader). Closing finalises what is still prepared.
// It knows nothing of weir's tables.

import CSQLite

/// One value going into a statement.
enum SQLValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
}

/// An open SQLite database; closes itself.
@safe final class Connection {
    fileprivate var handle: OpaquePointer?
    let path: String
    private let pagesInWAL = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

    /// Opens `location` (a path or a `file:` URI); `path` is what errors name.
    init(_ location: String, path: String, flags: Int32) throws(HistoryError) {
        self.path = path
        unsafe pagesInWAL.initialize(to: 0)
        let all = flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = unsafe sqlite3_open_v2(location, &handle, all, nil)
        guard code == SQLITE_OK else {
            let failure = error(code, "open")
            close()
            throw failure
        }
        unsafe sqlite3_busy_timeout(handle, 250)
    }

    deinit {
        close()
        unsafe pagesInWAL.deallocate()
    }

    static let readWrite = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    static let readOnly = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI

    var isOpen: Bool { unsafe handle != nil }

    /// Finalises every statement and closes; safe to call twice.
    func close() {
        guard unsafe handle != nil else { return }
        while let statement = unsafe sqlite3_next_stmt(handle, nil) {
            unsafe sqlite3_finalize(statement)
        }
        unsafe sqlite3_close(handle)
        unsafe handle = nil
    }

    /// Runs statements without results, separated by semicolons.
    func execute(_ sql: String, call: String) throws(HistoryError) {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, call) }
    }

    func prepare(_ sql: String, call: String) throws(HistoryError) -> Statement {
        try Statement(self, sql, call: call)
    }

    /// First column of the first row as an integer; nil without a row.
    func integer(_ sql: String, call: String) throws(HistoryError) -> Int64? {
        let statement = try prepare(sql, call: call)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// True inside a transaction that neither committed nor rolled back.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// Rolls back if anything is open; errors are of no use here.
    func rollBack() {
        if isInTransaction { unsafe _ = sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
    }

    /// Starts `walPages`; after `PRAGMA wal_autocheckpoint`, which would stop it.
    func countWALPages() {
        unsafe _ = sqlite3_wal_hook(
            handle,
            { counter, _, _, pages in
                unsafe counter?.storeBytes(of: pages, as: Int32.self)
                return SQLITE_OK
            }, pagesInWAL)
    }

    /// Pages in the WAL after the last commit here; starts over after a complete checkpoint,
    /// while the WAL file keeps its length.
    var walPages: Int { Int(unsafe pagesInWAL.pointee) }

    enum CheckpointMode { case passive, truncate }

    /// True when every page of the WAL has reached the database file.
    func checkpoint(_ mode: CheckpointMode) throws(HistoryError) -> Bool {
        var logged: Int32 = 0
        var moved: Int32 = 0
        let kind = mode == .passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, kind, &logged, &moved)
        if code & 0xff == SQLITE_BUSY { return false }
        guard code == SQLITE_OK else { throw error(code, "checkpoint") }
        return logged == moved
    }

    /// Turns a result code into an error that names this file.
    func error(_ code: Int32, _ call: String) -> HistoryError {
        let words =
            unsafe handle.map { unsafe String(cString: sqlite3_errmsg($0)) }
            ?? String(cString: unsafe sqlite3_errstr(code))
        return HistoryError(
            Self.reason(of: code), call: call, code: code, path: path, detail: words)
    }

    static func reason(of code: Int32) -> HistoryError.Reason {
        switch code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL: .busy
        case SQLITE_FULL: .full
        case SQLITE_IOERR: .inputOutput
        case SQLITE_CORRUPT: .corrupt
        case SQLITE_NOTADB: .notAHistory
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH: .denied
        default: .other
        }
    }
}

/// A prepared statement; columns are copied out. Lives at most as long as its connection is open.
@safe final class Statement {
    private let connection: Connection
    private var handle: OpaquePointer?
    private let call: String

    fileprivate init(_ connection: Connection, _ sql: String, call: String) throws(HistoryError) {
        self.connection = connection
        self.call = call
        let code = unsafe sqlite3_prepare_v2(connection.handle, sql, -1, &handle, nil)
        guard code == SQLITE_OK else { throw connection.error(code, call) }
    }

    deinit {
        if connection.isOpen { unsafe sqlite3_finalize(handle) }
    }

    /// Resets, binds from parameter 1 on.
    func bind(_ values: SQLValue...) throws(HistoryError) {
        reset()
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        for (offset, value) in values.enumerated() {
            let place = Int32(offset + 1)
            let code: Int32 =
                switch value {
                case .null: unsafe sqlite3_bind_null(handle, place)
                case .integer(let number): unsafe sqlite3_bind_int64(handle, place, number)
                case .text(let text): unsafe sqlite3_bind_text(handle, place, text, -1, transient)
                case .blob(let bytes):
                    unsafe bytes.withUnsafeBytes {
                        unsafe sqlite3_bind_blob64(
                            handle, place, $0.baseAddress, UInt64($0.count), transient)
                    }
                }
            guard code == SQLITE_OK else { throw connection.error(code, call) }
        }
    }

    /// True when a row is ready, false at the end (the statement is reset then).
    func step() throws(HistoryError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        let failure = code == SQLITE_DONE ? nil : connection.error(code, call)
        reset()
        if let failure { throw failure }
        return false
    }

    /// Ends the read transaction this statement may hold.
    func reset() { unsafe _ = sqlite3_reset(handle) }

    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }

    func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    func text(_ column: Int32) -> String {
        guard let bytes = unsafe sqlite3_column_text(handle, column) else { return "" }
        return unsafe String(cString: bytes)
    }

    func blob(_ column: Int32) -> [UInt8] {
        guard let start = unsafe sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }
}
