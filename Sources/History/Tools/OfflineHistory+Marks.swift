// What a person puts into a history that no weir writes now, what pins there are, and where the
// weir is that writes the file: its admin takes marks in its place. The WAL is emptied by `finish`.
// The thread of the OfflineHistory or of the reader.

/// A window that is kept from expiry.
public struct StoredPin: Sendable, Equatable {
    public let id: Int64
    public let fromMillis: Int64
    public let toMillis: Int64
    public let reason: String

    public init(id: Int64, fromMillis: Int64, toMillis: Int64, reason: String) {
        self.id = id
        self.fromMillis = fromMillis
        self.toMillis = toMillis
        self.reason = reason
    }
}

extension OfflineHistory {
    /// In a transaction of its own; annotations belong to the newest boot.
    ///
    /// - Precondition: `mark.refusal` had nothing against it.
    public func put(_ mark: HistoryMark) throws(HistoryError) -> MarkOutcome {
        var outcome = MarkOutcome.done
        try transaction { () throws(HistoryError) in
            let boot = try self.connection.integer("SELECT max(id) FROM boot", call: "annotate")
            outcome = try MarkStore(self.connection).put(mark, boot: max(0, boot ?? 0))
        }
        return outcome
    }
}

extension HistoryReader {
    /// Base URL of the admin of the weir that wrote last, while it runs or after it was killed; nil
    /// after a clean end, and when it had none.
    public func adminURL() throws(HistoryError) -> String? {
        let row = try connection.prepare(
            "SELECT value FROM meta WHERE name = 'admin'", call: "find the admin")
        guard try row.step() else { return nil }
        defer { row.reset() }
        return row.text(0)
    }

    /// By start; none in a file from before there were pins.
    public func pins() throws(HistoryError) -> [StoredPin] {
        let table = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'pin'"
        guard try connection.integer(table, call: "read pins") == 1 else { return [] }
        let rows = try connection.prepare(
            "SELECT id, from_ms, to_ms, reason FROM pin ORDER BY from_ms, id", call: "read pins")
        var result: [StoredPin] = []
        while try rows.step() {
            result.append(
                StoredPin(
                    id: rows.integer(0), fromMillis: rows.integer(1), toMillis: rows.integer(2),
                    reason: rows.text(3)))
        }
        return result
    }
}
