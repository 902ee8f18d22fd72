// What upkeep asks of a file without changing it: a consistent copy while weir writes, how many
// bytes each family takes, the pins, and SQLite's own check. Reader's thread. Sizes are of the
// stored blobs; the rest of the file is indexes, dictionaries, page remainders and free pages.

/// A window that is kept from expiry.
public struct StoredPin: Sendable, Equatable {
    public let id: Int64
    public let fromMillis: Int64
    public let toMillis: Int64
    public let reason: String
}

/// Bytes of one kind of content.
public struct StoredSize: Sendable, Equatable {
    /// Of a family; 0 for what belongs to all of them.
    public let familyID: Int64
    public let bytes: Int64
    public let rows: Int64
}

extension HistoryReader {
    /// A copy of one moment, whole in one file, while weir writes on. `target` must not exist.
    public func snapshot(to target: String) throws(HistoryError) {
        let copy = try connection.prepare("VACUUM INTO ?", call: "copy to \(target)")
        try copy.bind(.text(target))
        while try copy.step() {}
    }

    public func pins() throws(HistoryError) -> [StoredPin] {
        guard try hasTable("pin") else { return [] }
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

    /// Frames that no block holds yet: every family at once.
    public func frameSize() throws(HistoryError) -> StoredSize {
        let rows = try connection.prepare(
            "SELECT count(*), coalesce(sum(length(data)), 0) FROM frame", call: "measure")
        guard try rows.step() else { return StoredSize(familyID: 0, bytes: 0, rows: 0) }
        return StoredSize(familyID: 0, bytes: rows.integer(1), rows: rows.integer(0))
    }

    /// Chunks by family, largest first.
    public func chunkSizes() throws(HistoryError) -> [StoredSize] {
        guard try hasTable("chunk") else { return [] }
        // The family is in the chunk's id (ChunkKey): block << 28 | family << 8 | part.
        let rows = try connection.prepare(
            """
            SELECT (id >> 8) & 0xfffff, count(*), sum(length(data)) FROM chunk
            GROUP BY 1 ORDER BY 3 DESC
            """, call: "measure")
        var result: [StoredSize] = []
        while try rows.step() {
            result.append(
                StoredSize(
                    familyID: rows.integer(0), bytes: rows.integer(2), rows: rows.integer(1)))
        }
        return result
    }

    /// Samples of all blocks, as their rows say.
    public func blockSamples() throws(HistoryError) -> Int64 {
        guard try hasTable("block") else { return 0 }
        return try connection.integer(
            "SELECT coalesce(sum(samples), 0) FROM block", call: "measure") ?? 0
    }

    /// What SQLite finds wrong, at most 20 lines; nothing when the file is sound.
    public func integrityFaults() throws(HistoryError) -> [String] {
        let rows = try connection.prepare("PRAGMA integrity_check(20)", call: "check")
        var result: [String] = []
        while try rows.step() {
            let text = rows.text(0)
            if text != "ok" { result.append(text) }
        }
        return result
    }

    private func hasTable(_ name: String) throws(HistoryError) -> Bool {
        try connection.integer(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '\(name)'",
            call: "open") == 1
    }
}
