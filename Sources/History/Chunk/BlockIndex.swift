// Finding blocks and chunks in the file: the rows of `block` say what there is, a chunk is one seek
// from there. Used by the compactor on the writer's connection and by readers on theirs; every
// statement is short. Nothing here traps on what a row holds.

import Stats

enum BlockIndex {
    private static let columns =
        "id, tier, boot, start_ms, end_ms, first_frame, last_frame, samples"

    /// Blocks of a tier after the one that ends with a frame, in the order of their frames.
    static func blocks(
        _ tier: HistoryTier, after frame: Int64, _ connection: Connection
    ) throws(HistoryError) -> [BlockKey] {
        let rows = try connection.prepare(
            """
            SELECT \(columns) FROM block WHERE tier = ? AND last_frame > ? ORDER BY last_frame
            """, call: "find blocks")
        try rows.bind(.integer(Int64(tier.rawValue)), .integer(frame))
        return try keys(rows)
    }

    /// Blocks of all tiers with a sample in from <= time <= to, in the order of their frames.
    static func blocks(
        from: Int64, to: Int64, _ connection: Connection
    ) throws(HistoryError) -> [BlockKey] {
        var result: [BlockKey] = []
        for tier in HistoryTier.allCases {
            let rows = try connection.prepare(
                """
                SELECT \(columns) FROM block
                WHERE tier = ? AND end_ms >= ? AND start_ms <= ? ORDER BY first_frame
                """, call: "find blocks")
            try rows.bind(.integer(Int64(tier.rawValue)), .integer(from), .integer(to))
            result += try keys(rows)
        }
        return result
    }

    /// Classic bounds of the histogram families, by id.
    static func classicBounds(
        _ connection: Connection
    ) throws(HistoryError) -> [Int64: [UInt64]] {
        let rows = try connection.prepare(
            "SELECT id, bounds FROM family WHERE kind = \(MetricKind.histogram.rawValue)",
            call: "find bounds")
        var result: [Int64: [UInt64]] = [:]
        while try rows.step() { result[rows.integer(0)] = JSONText.integers(rows.text(1)) }
        return result
    }

    private static func keys(_ rows: Statement) throws(HistoryError) -> [BlockKey] {
        var result: [BlockKey] = []
        while try rows.step() {
            guard let tier = HistoryTier(rawValue: Int(clamping: rows.integer(1))) else { continue }
            result.append(
                BlockKey(
                    id: rows.integer(0), tier: tier, boot: rows.integer(2),
                    startMillis: rows.integer(3), endMillis: rows.integer(4),
                    firstFrame: rows.integer(5), lastFrame: rows.integer(6),
                    samples: rows.integer(7)))
        }
        return result
    }
}

/// Opens blocks and chunks with statements that are prepared once.
struct BlobReader {
    let compression = Compression()
    private let block: Statement
    private let chunk: Statement

    init(_ connection: Connection) throws(HistoryError) {
        block = try connection.prepare(
            "SELECT data FROM block WHERE id = ?", call: "read a block")
        chunk = try connection.prepare(
            "SELECT data FROM chunk WHERE id = ?", call: "read a chunk")
    }

    func open(_ key: BlockKey) throws(HistoryError) -> Result<Block, BlobFault> {
        try block.bind(.integer(key.id))
        defer { block.reset() }
        guard try block.step() else { return .failure(.missing) }
        return Block.open(block.blob(0), key, compression)
    }

    func chunk(_ id: Int64, samples: Int) throws(HistoryError) -> Result<Chunk, BlobFault> {
        try chunk.bind(.integer(id))
        defer { chunk.reset() }
        guard try chunk.step() else { return .failure(.missing) }
        return Chunk.open(chunk.blob(0), id: id, samples: samples, compression)
    }
}
