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

    /// Every block, by id; `order` is ASC or DESC.
    static func forEachBlock(
        _ order: String, _ connection: Connection, _ body: (BlockKey) -> Void
    ) throws(HistoryError) {
        let rows = try connection.prepare(
            "SELECT \(columns) FROM block ORDER BY id \(order)", call: "find blocks")
        while try rows.step() { if let key = key(rows) { body(key) } }
    }

    private static func keys(_ rows: Statement) throws(HistoryError) -> [BlockKey] {
        var result: [BlockKey] = []
        while try rows.step() { if let key = key(rows) { result.append(key) } }
        return result
    }

    private static func key(_ rows: Statement) -> BlockKey? {
        guard let tier = HistoryTier(rawValue: Int(clamping: rows.integer(1))) else { return nil }
        return BlockKey(
            id: rows.integer(0), tier: tier, boot: rows.integer(2),
            startMillis: rows.integer(3), endMillis: rows.integer(4),
            firstFrame: rows.integer(5), lastFrame: rows.integer(6), samples: rows.integer(7))
    }
}

/// Opens blocks and chunks with statements that are prepared once.
struct BlobReader {
    let compression = Compression()
    private let block: Statement
    private let chunk: Statement
    private let toleratesDamage: Bool

    /// - Parameter toleratesDamage: for readers: a damaged page of the database costs the blobs
    ///   behind it, as a damaged blob does. A writer must not go on then.
    init(_ connection: Connection, toleratesDamage: Bool = false) throws(HistoryError) {
        self.toleratesDamage = toleratesDamage
        block = try connection.prepare(
            "SELECT data FROM block WHERE id = ?", call: "read a block")
        chunk = try connection.prepare(
            "SELECT data FROM chunk WHERE id = ?", call: "read a chunk")
    }

    func open(_ key: BlockKey) throws(HistoryError) -> Result<Block, BlobFault> {
        try data(block, key.id).flatMap { Block.open($0, key, compression) }
    }

    func chunk(_ id: Int64, samples: Int) throws(HistoryError) -> Result<Chunk, BlobFault> {
        try data(chunk, id).flatMap { Chunk.open($0, id: id, samples: samples, compression) }
    }

    private func data(
        _ statement: Statement, _ id: Int64
    ) throws(HistoryError) -> Result<[UInt8], BlobFault> {
        try statement.bind(.integer(id))
        defer { statement.reset() }
        do throws(HistoryError) {
            guard try statement.step() else { return .failure(.missing) }
        } catch {
            guard toleratesDamage, error.isDamage else { throw error }
            return .failure(.unreadable)
        }
        return .success(statement.blob(0))
    }
}
