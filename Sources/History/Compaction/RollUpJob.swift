// The second half of compaction: the blocks of one tier that together span a block of the next one,
// rolled up series by series in the order of their ids: of each source one chunk is open at a time,
// of a series its columns only while it is rolled. A chunk that is damaged leaves a gap in its own
// family; lives go on after it. The finer blocks stay until their own retention takes them. History
// thread, between flushes.

struct RollUpJob {
    let tier: HistoryTier
    let sources: [BlockKey]
    private(set) var draft: BlockDraft

    private let blobs: BlobReader
    private let picks: [Int]
    private var opened: [(id: Int64, offset: Int, block: Block)] = []
    private var families: [Int64]
    private var current: FamilyMerge?

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

    /// Opens a chunk, rolls a series or makes a chunk; false when all are made.
    mutating func step(
        _ encoder: inout ChunkEncoder, _ compression: Compression
    ) throws(HistoryError) -> Bool {
        guard var family = current else {
            guard let id = families.popLast() else { return false }
            current = FamilyMerge(id, opened)
            return true
        }
        current = nil
        if try family.openNext(blobs) {
            current = family
        } else if let lives = family.nextSeries() {
            family.rolled += lives.map { RollUp.roll($0, picks, family.layout) }.sortedBySeries()
            family.rolledSeries += 1
            if family.isPartFull { add(&family, &encoder, compression) }
            current = family
        } else {
            add(&family, &encoder, compression)
        }
        return true
    }

    /// Makes a chunk of what is rolled.
    private mutating func add(
        _ family: inout FamilyMerge, _ encoder: inout ChunkEncoder, _ compression: Compression
    ) {
        if family.rolled.isEmpty { return }
        let id = ChunkKey.id(block: draft.key.id, family: family.id, part: family.part)
        let blob = encoder.encode(
            family.rolled, RollUp.layout(above: family.layout), samples: picks.count, id: id,
            compression)
        draft.add(family.rolled, family: family.id, part: family.part, blob)
        family.beginPart()
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
