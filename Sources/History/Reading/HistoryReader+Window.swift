// Series over a stretch of time from everything the file has: blocks of the chosen tier, finer and
// coarser ones around it, and the frames that no block holds yet. All of it in one read
// transaction, so compaction may run at the same time. A bad block or chunk is reported and costs
// its own window. Reader's thread.

extension HistoryReader {
    /// The lives of some series of one family in from < time <= to.
    ///
    /// - Parameters:
    ///   - seriesIDs: nil for all of the family.
    ///   - withBase: also the samples up to 20 minutes before `from` that lead up to it.
    public func window(
        family: Int64, seriesIDs: Set<Int64>?, from: Int64, to: Int64, tier: TierChoice,
        withBase: Bool = false
    ) throws(HistoryError) -> SeriesWindow {
        try connection.execute("BEGIN", call: "read")
        defer { connection.rollBack() }
        let reach = max(2 * FrameFormat.groupMillisMax, 2 * tier.tier.stepMillis)
        let low = withBase && from > .min + reach ? from - reach : from
        var read = try WindowRead(
            self, family: family, seriesIDs: seriesIDs, from: low, to: to)
        for planned in WindowPlan.choose(
            try BlockIndex.blocks(from: low, to: to, connection), tier.tier)
        {
            try read.take(planned)
        }
        try read.takeFrames()
        return read.finish()
    }
}

/// One reading under way.
private struct WindowRead {
    private let reader: HistoryReader
    private let family: Int64
    private let seriesIDs: Set<Int64>?
    private let from: Int64
    private let to: Int64
    private let bootStarts: [Int64: Int64]
    private var window = SeriesWindow()
    private var stitcher: LifeStitcher
    private var usedFrame = Int64.min
    private var isCut = false

    init(
        _ reader: HistoryReader, family: Int64, seriesIDs: Set<Int64>?, from: Int64, to: Int64
    ) throws(HistoryError) {
        self.reader = reader
        self.family = family
        self.seriesIDs = seriesIDs
        self.from = from
        self.to = to
        let boots = try reader.boots()
        bootStarts = Dictionary(
            boots.map { ($0.id, $0.startMillis) }, uniquingKeysWith: { first, _ in first })
        stitcher = LifeStitcher(
            bootEnds: Dictionary(
                boots.compactMap { boot in boot.endMillis.map { (boot.id, $0) } },
                uniquingKeysWith: { first, _ in first }))
    }

    // MARK: blocks

    mutating func take(_ planned: PlannedBlock) throws(HistoryError) {
        let key = planned.key
        let block: Block
        switch try reader.blobs.open(key) {
        case .success(let opened): block = opened
        case .failure(let fault):
            window.report.lose(.init(block: key, family: nil, fault: fault))
            return
        }
        let range = WindowPlan.range(of: block, planned, after: usedFrame)
        usedFrame = max(usedFrame, block.frames.prefix(range.upperBound).last ?? usedFrame)
        guard
            let axis = axis(
                block.times, range, tier: key.tier, boot: key.boot, start: key.startMillis,
                isImported: key.firstFrame < 0)
        else { return }
        window.report.blocks += 1
        stitcher.begin(axis)
        window.axes.append(axis)
        let number = window.axes.count - 1
        var reached: Set<Int> = []
        var isWhole = true
        let places = block.chunks.filter { $0.family == family }
        for (index, place) in places.enumerated() {
            let next = index + 1 < places.count ? places[index + 1].firstSeries : .max
            if let seriesIDs, !seriesIDs.contains(where: { $0 >= place.firstSeries && $0 <= next })
            {
                continue
            }
            let id = ChunkKey.id(block: key.id, family: family, part: place.part)
            switch try reader.blobs.chunk(id, samples: block.times.count) {
            case .success(let chunk):
                window.chunks.append(chunk)
                stitch(chunk, axis, number, &reached)
            case .failure(let fault):
                window.report.lose(.init(block: key, family: family, fault: fault))
                isWhole = false
            }
        }
        stitcher.endAxis(axis, reached: reached) { _ in isWhole }
    }

    private mutating func stitch(
        _ chunk: Chunk, _ axis: SampleAxis, _ number: Int, _ reached: inout Set<Int>
    ) {
        let index = window.chunks.count - 1
        for life in chunk.lives {
            if let seriesIDs, !seriesIDs.contains(life.seriesID) { continue }
            stitcher.take(
                life.seriesID, chunk.layout, isFresh: life.isFresh, first: life.first,
                end: life.end, .chunk(index, life), on: axis, number: number, reached: &reached)
        }
    }

    /// The part of `range` that lies in the window; nil when nothing does.
    private mutating func axis(
        _ times: [Int64], _ range: Range<Int>, tier: HistoryTier, boot: Int64, start: Int64,
        isImported: Bool = false
    ) -> SampleAxis? {
        let lower = range.first { times[$0] > from } ?? range.upperBound
        let upper = range.reversed().first { times[$0] <= to }.map { $0 + 1 } ?? lower
        isCut = upper < range.upperBound
        guard lower < upper else { return nil }
        return SampleAxis(
            tier: tier, boot: boot, startMillis: start, times: Array(times[lower..<upper]),
            lower: lower, blockCount: times.count,
            timeBefore: lower > 0 ? times[lower - 1] : nil,
            timeAfter: upper < range.upperBound ? nil : upper < times.count ? times[upper] : nil,
            isImported: isImported)
    }

    // MARK: frames

    mutating func takeFrames() throws(HistoryError) {
        var collectors: [(boot: Int64, collector: LifeCollector)] = []
        let wanted: Set<Int64>
        if let seriesIDs {
            wanted = seriesIDs
        } else {
            wanted = Set(try reader.seriesIDs(family: family))
        }
        let report = try reader.walk(from: from, to: to) { frame in
            let time = collectors.last?.collector.times.last
            if collectors.last?.boot != frame.boot || (time.map { $0 > frame.timeMillis } ?? false)
            {
                collectors.append((frame.boot, LifeCollector(wanted: wanted)))
            }
            collectors[collectors.count - 1].collector.take(
                frame.decoder, id: frame.id, timeMillis: frame.timeMillis)
            return true
        }
        window.report.frames += report.frames
        window.report.framesLost += report.framesLost
        window.report.faults += report.faults
        for (boot, collector) in collectors { try take(collector, boot) }
    }

    private mutating func take(
        _ collector: LifeCollector, _ boot: Int64
    ) throws(HistoryError) {
        let times = collector.times
        let start = try startMillis(boot, firstFrame: collector.frames[0], firstTime: times[0])
        guard
            let axis = axis(
                times, times.indices, tier: .flush, boot: boot, start: start)
        else { return }
        stitcher.begin(axis)
        window.axes.append(axis)
        let number = window.axes.count - 1
        var reached: Set<Int> = []
        for (life, kind) in zip(collector.lives, collector.kinds) {
            guard let layout = ColumnLayout(rawValue: kind.rawValue) else { continue }
            stitcher.take(
                life.seriesID, layout, isFresh: life.isFresh, first: life.first, end: life.end,
                .columns(life), on: axis, number: number, reached: &reached)
        }
        stitcher.endAxis(axis, reached: reached) { _ in true }
    }

    /// The time of the frame before, or the start of the boot.
    private func startMillis(
        _ boot: Int64, firstFrame: Int64, firstTime: Int64
    ) throws(HistoryError) -> Int64 {
        let row = try reader.connection.prepare(
            """
            SELECT time_ms FROM frame WHERE id = ?1 - 1 AND boot = ?2 UNION ALL
            SELECT end_ms FROM block WHERE tier = 0 AND last_frame = ?1 - 1 AND boot = ?2
            """, call: "find the frame before")
        try row.bind(.integer(firstFrame), .integer(boot))
        let before = try row.step() ? row.integer(0) : nil
        row.reset()
        return min(firstTime, before ?? bootStarts[boot] ?? firstTime)
    }

    mutating func finish() -> SeriesWindow {
        window.lives = stitcher.finish(to: to, isCut: isCut)
        return window
    }
}
