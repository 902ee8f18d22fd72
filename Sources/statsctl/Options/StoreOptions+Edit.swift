// Opening the file to change it, for the few commands that do: never on a server, and
// never beside a running weir, which holds the lock. The file is closed again whatever
// happens.

import History

extension StoreOptions {
    /// Runs `body` on the file under the writer's lock.
    func edit(_ body: (HistoryEditor) throws(HistoryError) -> Void) throws {
        if url != nil {
            throw Failure.usage("this command changes a file: use --db FILE, not --url")
        }
        let editor: HistoryEditor
        do throws(HistoryError) {
            editor = try HistoryEditor(
                path: db, version: Statsctl.version, wallMillis: Self.nowMillis)
        } catch {
            guard error.reason == .alreadyWriting else { throw error }
            throw Failure.trouble(
                "\(db): a running weir writes it, and a history has one writer: do this when it"
                    + " has stopped, or on a copy made by `statsctl snapshot`")
        }
        do throws(HistoryError) {
            try body(editor)
        } catch {
            try? editor.close()
            throw error
        }
        try editor.close()
    }

    /// The file, for commands that a server cannot answer.
    func fileBackend() throws -> FileBackend {
        _ = try open()
        return try FileBackend(path: db)
    }
}
