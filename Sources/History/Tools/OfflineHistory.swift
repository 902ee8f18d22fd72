// A history that no weir writes now, opened to be worked on: compacted, pinned,
// filled from a file. It holds the writer's lock, begins no boot and writes no
// frame. One thread.

public final class OfflineHistory {
    public let path: String
    private let file: HistoryFile
    let connection: Connection
    private let compactor: Compactor

    /// Opens, or makes an empty history where there is none; never moves anything aside.
    ///
    /// - Throws: `.alreadyWriting` while weir has it, and what `HistoryWriter.open` throws.
    public init(path: String, wallMillis: Int64, version: String) throws(HistoryError) {
        self.path = path
        file = try HistoryFile(locking: path)
        guard file.isEmpty || file.looksLikeDatabase else {
            throw HistoryError(
                .notAHistory, call: "open", path: path, detail: "not an SQLite database")
        }
        let connection = try Connection(path, path: path, flags: Connection.readWrite)
        do throws(HistoryError) {
            try StoreSetup.prepare(connection, wallMillis: wallMillis, version: version)
            compactor = try Compactor(connection)
        } catch {
            connection.close()
            throw error
        }
        compactor.takesEverything = true
        self.connection = connection
    }

    /// SQLite has to close before the lock's descriptor does.
    deinit { connection.close() }

    /// Compacts every frame and rolls up what is due, then gives free pages back.
    ///
    /// - Parameter progress: called now and then with the blocks written so far; false ends it.
    public func compact(_ progress: (UInt64) -> Bool = { _ in true }) throws(HistoryError) {
        var goesOn = true
        while goesOn {
            goesOn = try compactor.step(budgetNanos: 50_000_000) { body throws(HistoryError) in
                try self.transaction(body)
            }
            if !progress(compactor.blocksWritten) { return }
        }
        try connection.execute("PRAGMA incremental_vacuum", call: "vacuum")
        _ = try connection.checkpoint(.truncate)
    }

    /// Empties the WAL into the file; `deinit` does the rest.
    public func finish() throws(HistoryError) { _ = try connection.checkpoint(.truncate) }

    func transaction(_ body: () throws(HistoryError) -> Void) throws(HistoryError) {
        do throws(HistoryError) {
            try connection.execute("BEGIN IMMEDIATE", call: "begin")
            try body()
            try connection.execute("COMMIT", call: "commit")
        } catch {
            connection.rollBack()
            throw error
        }
    }
}
