// The second half of compaction: the blocks of one tier that together span a block of the next one,
// rolled up family by family, at most 64 series a step. A chunk that is damaged leaves a gap in its
// own family; lives go on after it. The finer blocks stay until their own retention takes them.
// History thread, between flushes.

struct RollUpJob {
    let tier: HistoryTier
    let sources: [BlockKey]
    private(set) var draft: BlockDraft

    private let blobs: BlobReader
    private let picks: [Int]
    private var opened: [(id: Int64, offset: Int, block: Block)] = []
    private var families: [Int64]
    private var current: OpenFamily?

    /// The chunks of one family in all source blocks, and the series that wait.
    private struct OpenFamily {
        let id: Int64
        var chunks: [(offset: Int, chunk: Chunk)]
        var series: [Int64]
        var part = 0
    }

    /// The next roll-up into `tier`; nil while the finer tier does not hold a whole block.
    static func next(
        _ tier: HistoryTier, after skipped: Int64, _ connection: Connection, _ blobs: BlobReader
    ) throws(HistoryError) -> RollUpJob? {
        let finer = HistoryTier.allCases[tier.rawValue - 1]
        let done =
            try connection.integer(
                "SELECT max(last_frame) FROM block WHERE tier = \(tier.rawValue)",
                call: "find blocks to roll up") ?? 0
        var sources: [BlockKey] = []
        for key in try BlockIndex.blocks(finer, after: max(skipped, done), connection) {
            if let last = sources.last, let first = sources.first {
                let isClosed =
                    key.boot != last.boot || key.startMillis < last.endMillis
                    || last.endMillis - first.startMillis >= tier.blockMillis
                if isClosed { return try RollUpJob(tier, sources, connection, blobs) }
            }
            sources.append(key)
        }
        guard let first = sources.first, let last = sources.last,
            last.endMillis - first.startMillis >= tier.blockMillis
        else { return nil }
        return try RollUpJob(tier, sources, connection, blobs)
    }

    private init(
        _ tier: HistoryTier, _ sources: [BlockKey], _ connection: Connection, _ blobs: BlobReader
    ) throws(HistoryError) {
        self.tier = tier
        self.sources = sources
        self.blobs = blobs
        var times: [Int64] = []
        var frames: [Int64] = []
        var names: Set<Int64> = []
        for key in sources {
            guard case .success(let block) = try blobs.open(key) else { continue }
            opened.append((key.id, times.count, block))
            times.append(contentsOf: block.times)
            frames.append(contentsOf: block.frames)
            names.formUnion(block.chunks.map(\.family))
        }
        families = names.sorted(by: >)
        picks = RollUp.picks(times, stepMillis: tier.stepMillis)
        let first = sources[0]
        let last = sources[sources.count - 1]
        draft = BlockDraft(
            key: BlockKey(
                id: try BlockWriter.nextID(connection), tier: tier, boot: first.boot,
                startMillis: first.startMillis, endMillis: last.endMillis,
                firstFrame: first.firstFrame, lastFrame: last.lastFrame),
            block: Block(
                times: picks.map { times[$0] }, frames: picks.map { frames[$0] }, chunks: []))
    }

    /// False when none of its sources could be read: there is nothing to write.
    var hasSamples: Bool { !picks.isEmpty }

    /// Makes one chunk; false when all are made.
    mutating func step(
        _ encoder: inout ChunkEncoder, _ compression: Compression
    ) throws(HistoryError) -> Bool {
        if current == nil {
            guard let family = families.popLast() else { return false }
            current = try open(family)
        }
        guard var family = current else { return false }
        let isLastPart = family.part == ChunkKey.partsMax - 1
        let count = isLastPart ? family.series.count : ChunkKey.seriesPerPart
        let series = Set(family.series.prefix(count))
        family.series.removeFirst(series.count)
        if !series.isEmpty { add(family, series, &encoder, compression) }
        family.part += 1
        current = family.series.isEmpty ? nil : family
        return true
    }

    private func open(_ family: Int64) throws(HistoryError) -> OpenFamily {
        var result = OpenFamily(id: family, chunks: [], series: [])
        var series: Set<Int64> = []
        for source in opened {
            for place in source.block.chunks where place.family == family {
                let id = ChunkKey.id(block: source.id, family: family, part: place.part)
                guard
                    case .success(let chunk) = try blobs.chunk(
                        id, samples: source.block.times.count)
                else { continue }
                result.chunks.append((source.offset, chunk))
                series.formUnion(chunk.lives.map(\.seriesID))
            }
        }
        result.series = series.sorted()
        return result
    }

    private mutating func add(
        _ family: OpenFamily, _ series: Set<Int64>, _ encoder: inout ChunkEncoder,
        _ compression: Compression
    ) {
        var joiner = LifeJoiner()
        var layout = ColumnLayout.counter
        for (offset, chunk) in family.chunks {
            layout = chunk.layout
            for life in chunk.lives where series.contains(life.seriesID) {
                if let columns = chunk.columns(of: life) { joiner.take(columns, offset: offset) }
            }
        }
        let rolled = joiner.lives.map { RollUp.roll($0, picks, layout) }.sortedBySeries()
        if rolled.isEmpty { return }
        let id = ChunkKey.id(block: draft.key.id, family: family.id, part: family.part)
        let blob = encoder.encode(
            rolled, RollUp.layout(above: layout), samples: picks.count, id: id, compression)
        draft.add(rolled, family: family.id, part: family.part, blob)
    }
}

extension [LifeColumns] {
    /// Ascending by series; lives of one series in the order in which they began.
    func sortedBySeries() -> [LifeColumns] {
        enumerated().sorted {
            ($0.element.seriesID, $0.element.first, $0.offset)
                < ($1.element.seriesID, $1.element.first, $1.offset)
        }.map(\.element)
    }
}
