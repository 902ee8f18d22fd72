// Series over a stretch of time from everything the file has: blocks of the chosen tier, finer and
// coarser ones around it, and the frames that no block holds yet. Planned and walked once, in one
// read transaction, so compaction may run at the same time; chunks are opened for some series at a
// time, so a reader holds those and not the whole answer. A bad block or chunk is reported and
// costs its own window. Reader's thread.

/// One family's series in a stretch of time, to be taken in parts.
public final class SeriesReading {
    /// What to read.
    public struct Question {
        public var family: Int64
        /// nil for all of the family.
        public var seriesIDs: Set<Int64>?
        /// Samples of from < time <= to.
        public var from: Int64
        public var to: Int64
        public var tier: TierChoice
        /// Also the samples up to 20 minutes before `from` that lead up to it.
        public var withBase = false
        /// Set: the value at `from` + this is wanted too, so a tier whose samples are further apart
        /// is read from earlier on.
        public var lookbackMillis: Int64?
        /// Asked between blocks and groups with the bytes held; false ends the reading.
        public var goesOn: (Int) -> Bool = { _ in true }

        public init(
            family: Int64, seriesIDs: Set<Int64>?, from: Int64, to: Int64, tier: TierChoice
        ) {
            self.family = family
            self.seriesIDs = seriesIDs
            self.from = from
            self.to = to
            self.tier = tier
        }
    }

    private enum Content {
        case block(BlockKey, [ChunkPlace])
        case frames(LifeCollector)
    }

    public let question: Question
    /// In the order of their frames; all windows of this reading share them.
    public private(set) var axes: [SampleAxis] = []
    /// `goesOn` said no: what is there is not the answer.
    public private(set) var isStopped = false
    private let reader: HistoryReader
    private let boots: [StoredBoot]
    private var contents: [Content] = []
    private var seriesOfFrames: Set<Int64> = []
    /// Of the plan; each window says what else it met.
    public private(set) var report = ReadReport()
    private var usedFrame = Int64.min
    private var isCut = false
    /// Of axes and frames: what stays for the whole reading.
    private var heldBytes = 0

    init(_ reader: HistoryReader, _ question: Question) throws(HistoryError) {
        self.reader = reader
        self.question = question
        try reader.connection.execute("BEGIN", call: "read")
        defer { reader.connection.rollBack() }
        boots = try reader.boots()
        let low = question.earliest
        let blocks = try BlockIndex.blocks(from: low, to: question.to, reader.connection)
        for planned in WindowPlan.choose(blocks, question.tier.tier) where !isStopped {
            try take(planned)
        }
        if !isStopped { try takeFrames() }
    }

    // MARK: plan

    private func take(_ planned: PlannedBlock) throws(HistoryError) {
        let key = planned.key
        let block: Block
        switch try reader.blobs.open(key) {
        case .success(let opened): block = opened
        case .failure(let fault):
            report.lose(.init(block: key, family: nil, fault: fault))
            return
        }
        let range = WindowPlan.range(of: block, planned, after: usedFrame)
        usedFrame = max(usedFrame, block.frames.prefix(range.upperBound).last ?? usedFrame)
        guard
            let axis = axis(
                block.times, range, tier: key.tier, boot: key.boot, start: key.startMillis,
                isImported: key.firstFrame < 0)
        else { return }
        report.blocks += 1
        axes.append(axis)
        contents.append(.block(key, block.chunks.filter { $0.family == question.family }))
        hold(axis.times.count * 8)
    }

    /// The part of `range` that lies in the window; nil when nothing does.
    private func axis(
        _ times: [Int64], _ range: Range<Int>, tier: HistoryTier, boot: Int64, start: Int64,
        isImported: Bool = false
    ) -> SampleAxis? {
        let from = question.start(in: tier)
        let lower = range.first { times[$0] > from } ?? range.upperBound
        let upper = range.reversed().first { times[$0] <= question.to }.map { $0 + 1 } ?? lower
        guard lower < upper else { return nil }
        isCut = upper < range.upperBound
        return SampleAxis(
            tier: tier, boot: boot, startMillis: start, times: Array(times[lower..<upper]),
            lower: lower, blockCount: times.count,
            timeBefore: lower > 0 ? times[lower - 1] : nil,
            timeAfter: upper < range.upperBound ? nil : upper < times.count ? times[upper] : nil,
            isImported: isImported)
    }

    private func takeFrames() throws(HistoryError) {
        // Frames hold all families; chunks hold one.
        let wanted: Set<Int64>
        if let seriesIDs = question.seriesIDs {
            wanted = seriesIDs
        } else {
            wanted = Set(try reader.seriesIDs(family: question.family))
        }
        seriesOfFrames = wanted
        if let tail = try reader.newestTail() {
            for (boot, collector) in tail.collectors {
                let lower = collector.frames.firstIndex { $0 > usedFrame }
                guard let lower else { continue }
                try take(collector, boot, from: lower)
            }
            return
        }
        var collectors: [(boot: Int64, collector: LifeCollector)] = []
        let walked = try reader.walk(from: question.start(in: .flush), to: question.to) { frame in
            let key = FrameKey(id: frame.id, boot: frame.boot, timeMillis: frame.timeMillis)
            collectors.take(frame.decoder, key, wanted: wanted)
            if frame.isKeyframe, !question.goesOn(heldBytes + collectors.samples * 8) {
                isStopped = true
            }
            return !isStopped
        }
        report.frames += walked.frames
        report.framesLost += walked.framesLost
        report.faults += walked.faults
        for (boot, collector) in collectors {
            hold(collector.samples * 8)
            try take(collector, boot, from: 0)
        }
    }

    private func take(
        _ collector: LifeCollector, _ boot: Int64, from lower: Int
    ) throws(HistoryError) {
        let times = collector.times
        let start = try startMillis(
            boot, firstFrame: collector.frames[lower], firstTime: times[lower])
        let range = lower..<times.count
        guard let axis = axis(times, range, tier: .flush, boot: boot, start: start) else { return }
        axes.append(axis)
        contents.append(.frames(collector))
        hold(axis.times.count * 8)
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
        let started = boots.first { $0.id == boot }?.startMillis
        return min(firstTime, before ?? started ?? firstTime)
    }

    private func hold(_ bytes: Int) {
        heldBytes += bytes
        if !question.goesOn(heldBytes) { isStopped = true }
    }

    // MARK: parts

    /// The series asked for in the parts in which they are stored: what lies in one chunk is best
    /// read together. Empty when all of the family was asked for.
    public var parts: [Set<Int64>] {
        guard let seriesIDs = question.seriesIDs else { return [] }
        var borders: [Int64] = []
        for case .block(_, let places) in contents where places.count > borders.count {
            borders = places.map(\.firstSeries)
        }
        var parts: [Set<Int64>] = []
        var border = -1
        for id in seriesIDs.sorted() {
            var next = border
            while next + 1 < borders.count, borders[next + 1] <= id { next += 1 }
            let isFull = (parts.last?.count ?? 0) >= ChunkKey.seriesPerPart
            if parts.isEmpty || next != border || isFull { parts.append([]) }
            parts[parts.count - 1].insert(id)
            border = next
        }
        return parts
    }

    /// The lives of some of the series; nil for all that were asked for.
    public func window(_ seriesIDs: Set<Int64>?) throws(HistoryError) -> SeriesWindow {
        let seriesIDs = seriesIDs ?? question.seriesIDs
        try reader.connection.execute("BEGIN", call: "read")
        defer { reader.connection.rollBack() }
        var window = SeriesWindow()
        window.axes = axes
        window.report = report
        var stitcher = LifeStitcher(
            bootEnds: Dictionary(
                boots.compactMap { boot in boot.endMillis.map { (boot.id, $0) } },
                uniquingKeysWith: { first, _ in first }))
        for (number, axis) in axes.enumerated() where !isStopped {
            stitcher.begin(axis)
            var reached: Set<Int> = []
            var isWhole = true
            switch contents[number] {
            case .block(let key, let places):
                isWhole = try stitch(
                    key, places, seriesIDs, number, &window, &stitcher, &reached)
            case .frames(let collector):
                stitch(
                    collector, seriesIDs ?? seriesOfFrames, number, &stitcher, &reached)
            }
            stitcher.endAxis(axis, reached: reached) { _ in isWhole }
        }
        window.lives = stitcher.finish(to: question.to, isCut: isCut)
        return window
    }

    /// False when a chunk could not be read.
    private func stitch(
        _ key: BlockKey, _ places: [ChunkPlace], _ seriesIDs: Set<Int64>?, _ number: Int,
        _ window: inout SeriesWindow, _ stitcher: inout LifeStitcher, _ reached: inout Set<Int>
    ) throws(HistoryError) -> Bool {
        let axis = axes[number]
        var isWhole = true
        for (index, place) in places.enumerated() {
            let next = index + 1 < places.count ? places[index + 1].firstSeries : .max
            if let seriesIDs, !seriesIDs.contains(where: { $0 >= place.firstSeries && $0 <= next })
            {
                continue
            }
            let id = ChunkKey.id(block: key.id, family: place.family, part: place.part)
            switch try reader.blobs.chunk(id, samples: axis.blockCount) {
            case .success(let chunk):
                window.chunks.append(chunk)
                window.heldBytes += chunk.heldBytes
                let chosen = window.chunks.count - 1
                for life in chunk.lives where seriesIDs?.contains(life.seriesID) ?? true {
                    stitcher.take(
                        life.seriesID, chunk.layout, isFresh: life.isFresh, first: life.first,
                        end: life.end, .chunk(chosen, life), on: axis, number: number,
                        reached: &reached)
                }
            case .failure(let fault):
                isWhole = false
                // What expired since the plan was made is no fault.
                if fault == .missing, try !isThere(key) { continue }
                window.report.lose(.init(block: key, family: place.family, fault: fault))
            }
        }
        if !question.goesOn(heldBytes + window.heldBytes) { isStopped = true }
        return isWhole
    }

    private func isThere(_ key: BlockKey) throws(HistoryError) -> Bool {
        try reader.connection.integer(
            "SELECT count(*) FROM block WHERE id = \(key.id)", call: "find a block") == 1
    }

    private func stitch(
        _ collector: LifeCollector, _ seriesIDs: Set<Int64>, _ number: Int,
        _ stitcher: inout LifeStitcher, _ reached: inout Set<Int>
    ) {
        for (life, kind) in zip(collector.lives, collector.kinds) {
            guard seriesIDs.contains(life.seriesID),
                let layout = ColumnLayout(rawValue: kind.rawValue)
            else { continue }
            stitcher.take(
                life.seriesID, layout, isFresh: life.isFresh, first: life.first, end: life.end,
                .columns(life), on: axes[number], number: number, reached: &reached)
        }
    }
}

extension SeriesReading.Question {
    /// Before everything that any tier is asked for.
    fileprivate var earliest: Int64 {
        HistoryTier.allCases.map { start(in: $0) }.min() ?? from
    }

    fileprivate func start(in tier: HistoryTier) -> Int64 {
        var reach: Int64 = 0
        if withBase {
            reach = max(2 * FrameFormat.groupMillisMax, 2 * self.tier.tier.stepMillis)
        } else if let lookbackMillis {
            reach = max(0, tier.reachMillis - lookbackMillis)
        }
        return from > .min + reach ? from - reach : from
    }
}

extension HistoryReader {
    /// Plans the answer to a question; its parts are read one by one.
    public func reading(
        _ question: SeriesReading.Question
    ) throws(HistoryError) -> SeriesReading {
        try SeriesReading(self, question)
    }

    /// The lives of some series of one family in from < time <= to, all at once.
    ///
    /// - Parameters:
    ///   - seriesIDs: nil for all of the family.
    ///   - withBase: also the samples up to 20 minutes before `from` that lead up to it.
    public func window(
        family: Int64, seriesIDs: Set<Int64>?, from: Int64, to: Int64, tier: TierChoice,
        withBase: Bool = false
    ) throws(HistoryError) -> SeriesWindow {
        var question = SeriesReading.Question(
            family: family, seriesIDs: seriesIDs, from: from, to: to, tier: tier)
        question.withBase = withBase
        return try reading(question).window(nil)
    }
}

extension HistoryTier {
    /// How long a sample stands for itself when one asks for the value at a moment: the next one
    /// may come a flush late. Marks of an end hold in every tier.
    public var reachMillis: Int64 { self == .flush ? 0 : stepMillis + stepMillis / 2 }
}
