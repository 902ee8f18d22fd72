// Changes a history that no weir writes: marks on the time axis, pins, compaction. It takes the
// same lock as a writer, so there is never a second one, but begins no boot: an edit is not a run.
// The thread of the caller; close() before the value goes.

public final class HistoryEditor {
    private var file: HistoryFile?
    private let connection: Connection

    /// Opens an existing history.
    ///
    /// - Throws: `.missing`, `.alreadyWriting` while a weir runs, `.notAHistory`, `.denied`,
    ///   `.newerVersion`, `.corrupt`, `.busy`.
    public init(path: String, version: String, wallMillis: Int64) throws(HistoryError) {
        // A reader refuses what is missing, empty or of another program, and creates nothing.
        _ = try HistoryReader(path: path)
        let file = try HistoryFile(locking: path)
        let connection = try Connection(path, path: path, flags: Connection.readWrite)
        do throws(HistoryError) {
            try StoreSetup.prepare(connection, wallMillis: wallMillis, version: version)
        } catch {
            // SQLite has to close before the lock's descriptor does.
            connection.close()
            throw withExtendedLifetime(file) { error }
        }
        self.file = file
        self.connection = connection
    }

    /// Puts a mark on the time axis, of the newest boot.
    public func record(
        event kind: String, subject: String = "", text: String, atMillis: Int64
    ) throws(HistoryError) {
        let insert = try connection.prepare(
            """
            INSERT INTO event (time_ms, boot, kind, subject, text)
            VALUES (?, (SELECT coalesce(max(id), 0) FROM boot), ?, ?, ?)
            """, call: "record an event")
        try insert.bind(.integer(atMillis), .text(kind), .text(subject), .text(text))
        while try insert.step() {}
    }

    /// Keeps a window from expiry; the id of the pin.
    public func pin(from: Int64, to: Int64, reason: String) throws(HistoryError) -> Int64 {
        let insert = try connection.prepare(
            "INSERT INTO pin (from_ms, to_ms, reason) VALUES (?, ?, ?) RETURNING id", call: "pin")
        try insert.bind(.integer(from), .integer(to), .text(reason))
        var id: Int64 = 0
        while try insert.step() { id = insert.integer(0) }
        return id
    }

    /// False when there is no such pin.
    public func unpin(_ id: Int64) throws(HistoryError) -> Bool {
        let delete = try connection.prepare(
            "DELETE FROM pin WHERE id = ? RETURNING id", call: "unpin")
        try delete.bind(.integer(id))
        var found = false
        while try delete.step() { found = true }
        return found
    }

    /// Packs frames into blocks as a running weir would, some of the way: calls `progress` with the
    /// frames that are left after each step; gives free pages back at the end.
    public func compact(_ progress: (_ framesLeft: Int64) -> Void) throws(HistoryError) {
        let compactor = try Compactor(connection)
        var goesOn = true
        while goesOn {
            goesOn = try compactor.step(budgetNanos: 200_000_000) { body throws(HistoryError) in
                try self.transaction(body)
            }
            progress(try connection.integer("SELECT count(*) FROM frame", call: "compact") ?? 0)
        }
        let vacuum = try connection.prepare("PRAGMA incremental_vacuum", call: "compact")
        while try vacuum.step() {}
    }

    /// Empties the WAL into the file and gives up the lock. Later calls are our bug.
    public func close() throws(HistoryError) {
        precondition(connection.isOpen, "BUG: editor closed twice")
        defer {
            connection.close()
            file = nil
        }
        _ = try connection.checkpoint(.truncate)
    }

    private func transaction(_ body: () throws(HistoryError) -> Void) throws(HistoryError) {
        try connection.execute("BEGIN IMMEDIATE", call: "compact")
        do throws(HistoryError) {
            try body()
            try connection.execute("COMMIT", call: "compact")
        } catch {
            connection.rollBack()
            throw error
        }
    }
}
