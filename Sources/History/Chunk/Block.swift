// A block: the samples that a set of chunks shares. Its row says which frames it covers and in
// which tier; its blob holds the one column of times, the one of frame ids, and the list of its
// chunks, so a chunk that is gone is noticed. Any thread; reading judges bytes and never traps.

/// Resolutions, finest first; numbered as in `block.tier`.
public enum HistoryTier: Int, Sendable, CaseIterable, Comparable {
    /// As flushed, 1 s by default.
    case flush = 0
    case tenSeconds = 1
    case minute = 2
    case hour = 3

    /// Length of the windows that a sample stands for.
    public var stepMillis: Int64 {
        switch self {
        case .flush: 1000
        case .tenSeconds: 10_000
        case .minute: 60_000
        case .hour: 3_600_000
        }
    }

    /// How much time one block holds: enough samples for the encodings, few enough to wait for.
    var blockMillis: Int64 {
        switch self {
        case .flush: 900_000
        case .tenSeconds: 3_600_000
        case .minute: 6 * 3_600_000
        case .hour: 15 * 24 * 3_600_000
        }
    }

    public static func < (left: HistoryTier, right: HistoryTier) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The columns of a `block` row beside its blob.
struct BlockKey: Equatable, Sendable {
    var id: Int64
    var tier: HistoryTier
    var boot: Int64
    /// Time of the sample before the first one, or the start of the boot.
    var startMillis: Int64
    var endMillis: Int64
    var firstFrame: Int64
    var lastFrame: Int64
    /// Values in all its chunks; a histogram counts as one.
    var samples: Int64 = 0

    var columns: [Int64] {
        [id, Int64(tier.rawValue), boot, startMillis, endMillis, firstFrame, lastFrame, samples]
    }
}

/// One chunk of a block.
struct ChunkPlace: Equatable, Sendable {
    var family: Int64
    var part: Int
    /// The lowest series id inside; parts of a family are in ascending order.
    var firstSeries: Int64
}

struct Block: Sendable {
    var times: [Int64]
    var frames: [Int64]
    var chunks: [ChunkPlace]

    func encode(_ key: BlockKey, _ compression: Compression) -> [UInt8] {
        var columns = ColumnEncoder()
        var payload: [UInt8] = []
        payload.append(varint: UInt64(times.count))
        columns.append(times.map { UInt64(bitPattern: $0) }[...], to: &payload)
        columns.append(frames.map { UInt64(bitPattern: $0) }[...], to: &payload)
        payload.append(varint: UInt64(chunks.count))
        var family: Int64 = 0
        for chunk in chunks {
            payload.append(varint: UInt64(chunk.family - family))
            payload.append(varint: UInt64(chunk.firstSeries))
            family = chunk.family
        }
        return SealedBlob.seal(payload, key: key.columns, compression)
    }

    static func open(
        _ blob: [UInt8], _ key: BlockKey, _ compression: Compression
    ) -> Result<Block, BlobFault> {
        SealedBlob.open(blob, key: key.columns, compression).flatMap { payload in
            Block(payload: payload).map { .success($0) } ?? .failure(.malformed)
        }
    }

    init(times: [Int64], frames: [Int64], chunks: [ChunkPlace]) {
        self.times = times
        self.frames = frames
        self.chunks = chunks
    }

    /// Most samples of a block: what a decoder is willing to make room for.
    static let samplesMax = 1 << 20

    init?(payload: [UInt8]) {
        var reader = ColumnDecoder(payload, from: 0)
        guard let count = reader.count(atMost: Self.samplesMax), count > 0 else { return nil }
        var numbers: [UInt64] = []
        guard reader.column(count, into: &numbers) else { return nil }
        times = numbers.map { Int64(bitPattern: $0) }
        numbers.removeAll(keepingCapacity: true)
        guard reader.column(count, into: &numbers) else { return nil }
        frames = numbers.map { Int64(bitPattern: $0) }
        guard let places = reader.count(atMost: payload.count) else { return nil }
        chunks = []
        for _ in 0..<places {
            guard let gap = reader.count(atMost: Int(ChunkKey.familyMax)),
                let series = reader.count(atMost: Int(FrameFormat.seriesIDMax))
            else { return nil }
            let before = chunks.last
            let family = (before?.family ?? 0) + Int64(gap)
            let part = before?.family == family ? (before?.part ?? 0) + 1 : 0
            guard family < ChunkKey.familyMax, part < ChunkKey.partsMax else { return nil }
            chunks.append(
                ChunkPlace(family: family, part: part, firstSeries: Int64(series)))
        }
        guard zip(times, times.dropFirst()).allSatisfy({ $0 <= $1 }),
            zip(frames, frames.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
    }
}
