// The first half of compaction: frames of one boot and one stretch of time become a block of the
// finest tier. Groups are read a few frames a step until the block is closed: long enough, full,
// or followed by another boot or an earlier time. The newest group is never touched, because the
// writer still adds to it. A group with a damaged frame gives what lies before the damage.
// History thread, between flushes.

struct FrameCompaction {
    enum Progress {
        /// More frames have to be read.
        case reading
        /// The block is closed; its chunks can be made.
        case closed
        /// There are not enough frames yet.
        case waiting
    }

    private static let framesPerStep = 30

    private(set) var collector = LifeCollector()
    private(set) var boot: Int64 = 0
    private(set) var startMillis: Int64 = 0
    /// Every frame of the groups taken, the damaged ones too.
    private(set) var range: ClosedRange<Int64>?
    private(set) var framesLost = 0

    private let rows: Statement
    /// Frames from here on are left alone.
    private let newestGroup: Int64
    private let takesEverything: Bool
    private let samplesMax: Int
    private var next: Int64
    private var decoder = FrameDecoder()
    private var expected: Int64 = 0
    private var isLost = false
    /// Time of the frame before the block, when it is of the same boot.
    private let before: (boot: Int64, time: Int64)?
    private let connection: Connection

    /// nil when the groups that the writer is done with are no whole block yet.
    init?(
        _ connection: Connection, samplesMax: Int, takesEverything: Bool
    ) throws(HistoryError) {
        let call = "find frames to compact"
        let groups = try Self.groups(connection)
        guard let newest = groups.last, takesEverything || groups.count > 1 else { return nil }
        var isEnough = takesEverything
        if !isEnough {
            isEnough = try Self.holdBlock(groups, connection, samplesMax: samplesMax)
        }
        guard isEnough,
            let first = try connection.integer("SELECT min(id) FROM frame", call: call)
        else { return nil }
        newestGroup = takesEverything ? .max : newest.id
        self.takesEverything = takesEverything
        rows = try connection.prepare(
            """
            SELECT id, time_ms, boot, keyframe, data FROM frame
            WHERE id >= ? AND id < ? ORDER BY id LIMIT \(Self.framesPerStep)
            """, call: "read frames to compact")
        next = first
        self.samplesMax = samplesMax
        let last = try connection.prepare(
            "SELECT boot, end_ms FROM block WHERE tier = 0 AND last_frame < ? AND last_frame > 0"
                + " ORDER BY last_frame DESC LIMIT 1", call: call)
        try last.bind(.integer(first))
        before = try last.step() ? (last.integer(0), last.integer(1)) : nil
        last.reset()
        self.connection = connection
    }

    private typealias Group = (id: Int64, time: Int64, series: Int64)

    /// From the index of keyframes alone.
    private static func groups(_ connection: Connection) throws(HistoryError) -> [Group] {
        let rows = try connection.prepare(
            "SELECT id, time_ms, series FROM frame WHERE keyframe = 1 ORDER BY time_ms",
            call: "find frames to compact")
        var result: [Group] = []
        while try rows.step() { result.append((rows.integer(0), rows.integer(1), rows.integer(2))) }
        return result.sorted { $0.id < $1.id }
    }

    private static func holdBlock(
        _ groups: [Group], _ connection: Connection, samplesMax: Int
    ) throws(HistoryError) -> Bool {
        var samples: Int64 = 0
        for (group, next) in zip(groups, groups.dropFirst()) {
            samples += group.series * (next.id - group.id)
            if next.time < group.time || samples >= samplesMax { return true }
        }
        let (first, newest) = (groups[0], groups[groups.count - 1])
        if newest.time - first.time >= HistoryTier.flush.blockMillis { return true }
        let boots = try connection.integer(
            "SELECT count(DISTINCT boot) FROM frame WHERE id IN (\(first.id), \(newest.id))",
            call: "find frames to compact")
        return boots == 2
    }

    /// Reads some frames.
    mutating func step() throws(HistoryError) -> Progress {
        try rows.bind(.integer(next), .integer(newestGroup))
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
        }
        if count == Self.framesPerStep { return .reading }
        return endsHere() ? .closed : .waiting
    }

    /// The samples and where they belong, for a draft.
    func draft(id: Int64) -> BlockDraft? {
        guard let range, let end = collector.times.last else { return nil }
        return BlockDraft(
            key: BlockKey(
                id: id, tier: .flush, boot: boot, startMillis: startMillis, endMillis: end,
                firstFrame: range.lowerBound, lastFrame: range.upperBound),
            block: Block(times: collector.times, frames: collector.frames, chunks: []),
            framesReplaced: range)
    }

    private func closes(before key: FrameKey) -> Bool {
        guard let last = collector.times.last, let first = collector.times.first else {
            // Nothing readable so far: the block begins here.
            return false
        }
        return key.boot != boot || key.timeMillis < last
            || key.timeMillis - first >= HistoryTier.flush.blockMillis
            || collector.samples >= samplesMax || collector.times.count >= Block.samplesMax / 2
    }

    /// Whether what was read is a whole block although only the newest group follows.
    private func endsHere() -> Bool {
        guard let last = collector.times.last, let first = collector.times.first else {
            return false
        }
        return takesEverything || last - first >= HistoryTier.flush.blockMillis - 60_000
            || collector.samples >= samplesMax
    }

    private mutating func take(_ key: FrameKey, isKeyframe: Bool) throws(HistoryError) {
        if collector.isEmpty {
            boot = key.boot
            startMillis = try start(of: key)
        }
        range = (range?.lowerBound ?? key.id)...key.id
        if isKeyframe {
            isLost = false
            expected = key.id
        }
        if isLost || key.id != expected {
            framesLost += 1
            isLost = true
            return
        }
        if decoder.apply(rows.blob(4), key: key) != nil || decoder.isKeyframe != isKeyframe {
            framesLost += 1
            isLost = true
            return
        }
        expected = key.id + 1
        collector.take(decoder, id: key.id, timeMillis: key.timeMillis)
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
