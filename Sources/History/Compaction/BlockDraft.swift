// A block in the making: its key, its samples and the blobs of its chunks, kept in memory until one
// transaction writes them all and deletes what they replace. Until then the file knows nothing of
// it, so it can be thrown away at any moment. History thread.

struct BlockDraft {
    var key: BlockKey
    var block: Block
    var blobs: [(id: Int64, data: [UInt8])] = []

    mutating func add(_ lives: [LifeColumns], family: Int64, part: Int, _ blob: [UInt8]) {
        guard let first = lives.first else { return }
        block.chunks.append(
            ChunkPlace(family: family, part: part, firstSeries: first.seriesID))
        for life in lives { key.samples += Int64(life.values.count) }
        blobs.append((ChunkKey.id(block: key.id, family: family, part: part), blob))
    }
}

/// Writes drafts; shared by the compactor and the import.
struct BlockWriter {
    private let insertBlock: Statement
    private let insertChunk: Statement
    private let deleteFrames: Statement

    init(_ connection: Connection) throws(HistoryError) {
        insertBlock = try connection.prepare(
            """
            INSERT INTO block
                (id, tier, boot, start_ms, end_ms, first_frame, last_frame, samples, data)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, call: "write a block")
        insertChunk = try connection.prepare(
            "INSERT INTO chunk (id, data) VALUES (?, ?)", call: "write a chunk")
        deleteFrames = try connection.prepare(
            "DELETE FROM frame WHERE id BETWEEN ? AND ?", call: "replace frames")
    }

    /// Inside a transaction of the caller.
    func write(_ draft: BlockDraft, _ compression: Compression) throws(HistoryError) {
        let key = draft.key
        try insertBlock.bind(
            .integer(key.id), .integer(Int64(key.tier.rawValue)), .integer(key.boot),
            .integer(key.startMillis), .integer(key.endMillis), .integer(key.firstFrame),
            .integer(key.lastFrame), .integer(key.samples),
            .blob(draft.block.encode(key, compression)))
        _ = try insertBlock.step()
        for blob in draft.blobs {
            try insertChunk.bind(.integer(blob.id), .blob(blob.data))
            _ = try insertChunk.step()
        }
    }

    /// Inside the transaction that writes the blocks in their place.
    func delete(frames: ClosedRange<Int64>) throws(HistoryError) {
        try deleteFrames.bind(.integer(frames.lowerBound), .integer(frames.upperBound))
        _ = try deleteFrames.step()
    }

    static func nextID(_ connection: Connection) throws(HistoryError) -> Int64 {
        (try connection.integer("SELECT max(id) FROM block", call: "number a block") ?? 0) + 1
    }
}
