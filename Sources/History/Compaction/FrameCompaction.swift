// The first half of compaction: frames of one boot and one stretch of time become a block of the
// finest tier. Which frames that are is decided once, by `FramePlan`, from keyframes alone; they
// are read a few a step. Columns are bounded: when they are full, what there is becomes a block and
// reading goes on, even inside a group. A group with a damaged frame gives what lies before the
// damage. History thread, between flushes.

struct FrameCompaction {
    enum Progress {
        /// More frames have to be read.
        case reading
        /// The columns are full: `draft`, then `beginNext`.
        case full
        /// Everything of the plan is read.
        case closed
    }

    private static let framesPerStep = 30

    private(set) var collector = LifeCollector()
    private(set) var boot: Int64 = 0
    /// Every frame read, the damaged ones too.
    private(set) var framesTaken: ClosedRange<Int64>?
    private(set) var framesLost = 0

    private let connection: Connection
    private let rows: Statement
    private let plan: FramePlan
    private let samplesMax: Int
    private var next: Int64
    private var decoder = FrameDecoder()
    private var expected: Int64 = 0
    private var isLost = false
    private var startMillis: Int64 = 0
    /// Frames of the block in the making.
    private var range: ClosedRange<Int64>?
    /// Time of the frame before, when it is of the same boot.
    private var before: (boot: Int64, time: Int64)?

    init(
        _ plan: FramePlan, _ connection: Connection, samplesMax: Int
    ) throws(HistoryError) {
        self.plan = plan
        self.connection = connection
        self.samplesMax = samplesMax
        next = plan.first
        rows = try connection.prepare(
            """
            SELECT id, time_ms, boot, keyframe, data FROM frame
            WHERE id >= ? AND id < ? ORDER BY id LIMIT \(Self.framesPerStep)
            """, call: "read frames to compact")
        let last = try connection.prepare(
            "SELECT boot, end_ms FROM block WHERE tier = 0 AND last_frame < ? AND last_frame > 0"
                + " ORDER BY last_frame DESC LIMIT 1", call: "find frames to compact")
        try last.bind(.integer(plan.first))
        before = try last.step() ? (last.integer(0), last.integer(1)) : nil
        last.reset()
    }

    /// Reads some frames.
    mutating func step() throws(HistoryError) -> Progress {
        try rows.bind(.integer(next), .integer(plan.end))
        defer { rows.reset() }
        var count = 0
        while try rows.step() {
            count += 1
            let key = FrameKey(
                id: rows.integer(0), boot: rows.integer(2), timeMillis: rows.integer(1))
            let isKeyframe = rows.integer(3) == 1
            if isKeyframe, closes(before: key) { return .closed }
            try take(key, isKeyframe: isKeyframe)
            next = key.id + 1
            if collector.samples >= samplesMax { return .full }
        }
        return count == Self.framesPerStep ? .reading : .closed
    }

    /// The samples and where they belong; nil when nothing could be read.
    func draft(id: Int64) -> BlockDraft? {
        guard let range, let end = collector.times.last else { return nil }
        return BlockDraft(
            key: BlockKey(
                id: id, tier: .flush, boot: boot, startMillis: startMillis, endMillis: end,
                firstFrame: range.lowerBound, lastFrame: range.upperBound),
            block: Block(times: collector.times, frames: collector.frames, chunks: []))
    }

    /// Goes on behind what is in the draft.
    mutating func beginNext() {
        before = collector.times.last.map { (boot, $0) }
        collector = LifeCollector()
        range = nil
    }

    /// What the plan cannot see: a clock that stepped back by less than a group. Times of a block
    /// never fall.
    private func closes(before key: FrameKey) -> Bool {
        guard let last = collector.times.last ?? before?.time, framesTaken != nil else {
            return false
        }
        return boot != 0 && (key.boot != boot || key.timeMillis < last)
    }

    private mutating func take(_ key: FrameKey, isKeyframe: Bool) throws(HistoryError) {
        framesTaken = (framesTaken?.lowerBound ?? key.id)...key.id
        if collector.isEmpty {
            boot = key.boot
            startMillis = try start(of: key)
        }
        range = (range?.lowerBound ?? key.id)...key.id
        if isKeyframe {
            isLost = false
            expected = key.id
        }
        if isLost || key.id != expected
            || decoder.apply(rows.blob(4), key: key) != nil || decoder.isKeyframe != isKeyframe
        {
            framesLost += 1
            isLost = true
            return
        }
        expected = key.id + 1
        if collector.isEmpty, !isKeyframe {
            collector.resume(decoder, id: key.id, timeMillis: key.timeMillis)
        } else {
            collector.take(decoder, id: key.id, timeMillis: key.timeMillis)
        }
    }

    private func start(of key: FrameKey) throws(HistoryError) -> Int64 {
        if let before, before.boot == key.boot, before.time <= key.timeMillis {
            return before.time
        }
        let begun = try connection.integer(
            "SELECT start_ms FROM boot WHERE id = \(key.boot)", call: "find frames to compact")
        return min(key.timeMillis, begun ?? key.timeMillis)
    }
}
