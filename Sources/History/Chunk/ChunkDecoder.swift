// Reads chunks: the directory at once, the columns of a life only when somebody wants them. Every
// number from the blob is bounded before it counts or addresses anything; a fault is a value and
// costs this chunk only. Any thread.

/// Where a life's columns lie in a chunk.
struct ChunkLife: Sendable {
    let seriesID: Int64
    let isFresh: Bool
    let first: Int
    let count: Int
    let offset: Int
    let bytes: Int

    var end: Int { first + count }
}

/// An opened chunk.
struct Chunk: Sendable {
    let layout: ColumnLayout
    let samples: Int
    let lives: [ChunkLife]
    private let payload: [UInt8]

    static func open(
        _ blob: [UInt8], id: Int64, samples: Int, _ compression: Compression
    ) -> Result<Chunk, BlobFault> {
        SealedBlob.open(blob, key: [id], compression).flatMap { payload in
            Chunk(payload: payload, samples: samples).map { .success($0) } ?? .failure(.malformed)
        }
    }

    /// nil when the directory does not fit its bytes, or the block has other samples.
    init?(payload: [UInt8], samples: Int) {
        guard let first = payload.first, let layout = ColumnLayout(rawValue: first) else {
            return nil
        }
        var reader = ColumnDecoder(payload, from: 1)
        guard reader.count(atMost: samples) == samples,
            let count = reader.count(atMost: payload.count)
        else { return nil }
        var places: [(id: Int64, isFresh: Bool, first: Int, count: Int, bytes: Int)] = []
        places.reserveCapacity(count)
        var seriesID: Int64 = 0
        for _ in 0..<count {
            guard let word = reader.varint() else { return nil }
            seriesID &+= ZigZag.decode(word >> 2)
            guard seriesID > 0, seriesID < FrameFormat.seriesIDMax else { return nil }
            var (start, length) = (0, samples)
            if word & 1 == 1 {
                guard let stated = reader.count(atMost: samples),
                    let values = reader.count(atMost: samples - stated)
                else { return nil }
                (start, length) = (stated, values)
            }
            guard length > 0, let bytes = reader.count(atMost: payload.count) else { return nil }
            places.append((seriesID, word & 2 == 2, start, length, bytes))
        }
        var offset = reader.offset
        var lives: [ChunkLife] = []
        lives.reserveCapacity(count)
        for place in places {
            guard place.bytes <= payload.count - offset else { return nil }
            lives.append(
                ChunkLife(
                    seriesID: place.id, isFresh: place.isFresh, first: place.first,
                    count: place.count, offset: offset, bytes: place.bytes))
            offset += place.bytes
        }
        guard offset == payload.count else { return nil }
        self.layout = layout
        self.samples = samples
        self.lives = lives
        self.payload = payload
    }

    /// Memory of the chunk as it is open.
    var heldBytes: Int { payload.count + lives.count * MemoryLayout<ChunkLife>.stride }

    /// Appends the values of a life; false when its column is malformed.
    func values(of life: ChunkLife, into values: inout [UInt64]) -> Bool {
        if isGrown(life) {
            guard let columns = columns(of: life) else { return false }
            values.append(contentsOf: columns.values)
            return true
        }
        var reader = ColumnDecoder(payload, from: life.offset)
        return reader.column(life.count, into: &values)
    }

    /// All columns of a life; nil when one is malformed.
    func columns(of life: ChunkLife) -> LifeColumns? {
        var result = LifeColumns(
            seriesID: life.seriesID, isFresh: life.isFresh, first: life.first)
        if isGrown(life) {
            let place = life.offset + 1..<life.offset + life.bytes
            return HistogramColumns.read(payload, place, count: life.count, into: &result)
                ? result : nil
        }
        var reader = ColumnDecoder(payload, from: life.offset)
        guard reader.column(life.count, into: &result.values) else { return nil }
        if layout == .gaugeSummary {
            guard let summary = summary(&reader, last: result.values) else { return nil }
            result.summary = summary
        }
        if layout == .histogram {
            guard let cells = cells(&reader, count: life.count) else { return nil }
            result.cells = cells
        }
        return reader.offset == life.offset + life.bytes ? result : nil
    }

    private func isGrown(_ life: ChunkLife) -> Bool {
        layout == .histogram && life.bytes > 0 && payload[life.offset] == ColumnTag.grown
    }

    private func summary(_ reader: inout ColumnDecoder, last: [UInt64]) -> GaugeSummary? {
        var result = GaugeSummary()
        guard reader.column(last.count, into: &result.least),
            reader.column(last.count, into: &result.greatest),
            reader.column(last.count, into: &result.sum),
            reader.column(last.count, into: &result.count)
        else { return nil }
        for index in last.indices {
            result.least[index] = last[index] &- result.least[index]
            result.greatest[index] = last[index] &+ result.greatest[index]
            result.sum[index] = result.sum[index] &+ last[index] &* result.count[index]
        }
        return result
    }

    private func cells(_ reader: inout ColumnDecoder, count: Int) -> [CellColumn]? {
        guard let columns = reader.count(atMost: min(payload.count, FrameFormat.cellMax)) else {
            return nil
        }
        var result: [CellColumn] = []
        result.reserveCapacity(columns)
        var next = 0
        var values: [UInt64] = []
        for _ in 0..<columns {
            values.removeAll(keepingCapacity: true)
            guard let gap = reader.count(atMost: FrameFormat.cellMax - next - 1),
                reader.column(count, into: &values)
            else { return nil }
            var column = CellColumn(cell: UInt32(next + gap), steps: [])
            var current: UInt64 = 0
            for (index, value) in values.enumerated() where value != current {
                column.steps.append(CellStep(index: index, count: value))
                current = value
            }
            result.append(column)
            next += gap + 1
            if next >= FrameFormat.cellMax { return result.count == columns ? result : nil }
        }
        return result
    }
}
