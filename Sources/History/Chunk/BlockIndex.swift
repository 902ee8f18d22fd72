// Finding blocks and chunks in the file: the rows of `block` say what there is, a chunk is one seek
// from there. Used by the compactor on the writer's connection and by readers on theirs; every
// statement is short. Nothing here traps on what a row holds.

enum BlockIndex {
    private static let columns =
        "id, tier, boot, start_ms, end_ms, first_frame, last_frame, samples"

    /// Blocks of a tier that begin after a frame, in the order of their frames.
    static func blocks(
        _ tier: HistoryTier, after frame: Int64, _ connection: Connection
    ) throws(HistoryError) -> [BlockKey] {
        let rows = try connection.prepare(
            """
            SELECT \(columns) FROM block WHERE tier = ? AND first_frame > ? ORDER BY first_frame
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

    static func open(
        _ key: BlockKey, _ connection: Connection, _ compression: Compression
    ) throws(HistoryError) -> Result<Block, BlobFault> {
        let row = try connection.prepare("SELECT data FROM block WHERE id = ?", call: "read a block")
        try row.bind(.integer(key.id))
        guard try row.step() else { return .failure(.missing) }
        let blob = row.blob(0)
        row.reset()
        return Block.open(blob, key, compression)
    }

    static func chunk(
        _ id: Int64, samples: Int, _ connection: Connection, _ compression: Compression
    ) throws(HistoryError) -> Result<Chunk, BlobFault> {
        let row = try connection.prepare("SELECT data FROM chunk WHERE id = ?", call: "read a chunk")
        try row.bind(.integer(id))
        guard try row.step() else { return .failure(.missing) }
        let blob = row.blob(0)
        row.reset()
        return Chunk.open(blob, id: id, samples: samples, compression)
    }
}
