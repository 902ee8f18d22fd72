// Opening the file to change it, for the few commands that do: never on a server, and never beside
// a running weir, which holds the lock. The file is closed again whatever happens. What is
// missing, empty or of another program is refused before anything is created.

import History

extension StoreOptions {
    /// Runs `body` on an existing file under the writer's lock.
    func edit(_ body: (OfflineHistory) throws(HistoryError) -> Void) throws {
        if url != nil {
            throw Failure.usage("this command changes a file: use --db FILE, not --url")
        }
        // A reader refuses what is missing, empty or of another program, and creates nothing.
        _ = try HistoryReader(path: db)
        let history = try offline()
        try body(history)
        try history.finish()
    }

    /// The file under the writer's lock; made where there is none.
    func offline() throws -> OfflineHistory {
        do throws(HistoryError) {
            return try OfflineHistory(
                path: db, wallMillis: Self.nowMillis, version: Statsctl.version)
        } catch {
            guard error.reason == .alreadyWriting else { throw error }
            throw Failure.trouble(
                "\(db): a running weir writes it, and a history has one writer: do this when it"
                    + " has stopped, or on a copy made by `statsctl snapshot`")
        }
    }

    /// The file, for commands that a server cannot answer.
    func fileBackend() throws -> FileBackend {
        FileBackend(try open())
    }
}
