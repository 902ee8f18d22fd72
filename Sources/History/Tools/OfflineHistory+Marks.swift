// What a person puts into a history that no weir writes now: marks on the time axis, and pins that
// keep a window from expiry. Each is a transaction of its own; the WAL is emptied by `finish`.
// The thread of the OfflineHistory.

/// A window that is kept from expiry.
public struct StoredPin: Sendable, Equatable {
    public let id: Int64
    public let fromMillis: Int64
    public let toMillis: Int64
    public let reason: String
}

extension OfflineHistory {
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
}

extension HistoryReader {
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
