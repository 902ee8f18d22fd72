// Walking frames: the groups of a time range by their keyframes, then each group in one short
// query. A bad frame costs the rest of its own group and is reported; nothing throws for what the
// bytes say. Reader's thread.

/// What a walk met.
public struct ReadReport: Sendable {
    public struct Fault: Sendable, Equatable, CustomStringConvertible {
        public let frameID: Int64
        public let timeMillis: Int64
        public let fault: FrameFault

        public var description: String {
            "frame \(frameID) at \(TimeText.rfc3339(millis: timeMillis)) is \(fault.rawValue)"
        }
    }

    /// A block or a chunk that could not be used.
    public struct BlockFault: Sendable, Equatable, CustomStringConvertible {
        public let blockID: Int64
        public let tier: HistoryTier
        public let startMillis: Int64
        public let endMillis: Int64
        /// nil when the whole block is meant.
        public let familyID: Int64?
        public let fault: BlobFault

        init(block: BlockKey, family: Int64?, fault: BlobFault) {
            blockID = block.id
            tier = block.tier
            startMillis = block.startMillis
            endMillis = block.endMillis
            familyID = family
            self.fault = fault
        }

        public var description: String {
            let name = familyID.map { "family \($0) in block \(blockID)" } ?? "block \(blockID)"
            let (from, to) = (
                TimeText.rfc3339(millis: startMillis), TimeText.rfc3339(millis: endMillis)
            )
            return "\(name) (\(from) to \(to)) is \(fault.rawValue)"
        }
    }

    public var blocks = 0
    /// At most 100.
    public var blockFaults: [BlockFault] = []

    public init() {}

    mutating func lose(_ fault: BlockFault) {
        if blockFaults.count < 100 { blockFaults.append(fault) }
    }

    /// Frames decoded, with those read only to reach the range.
    public var frames = 0
    /// Frames that could not be used, with the rest of their groups.
    public var framesLost = 0
    /// The first fault of each bad group, at most 100.
    public var faults: [Fault] = []

    /// Readings of other series or other stretches: numbers are those of the largest, since most
    /// met the same frames; each fault of a block is told once.
    public mutating func merge(_ other: ReadReport) {
        frames = max(frames, other.frames)
        framesLost = max(framesLost, other.framesLost)
        if other.faults.count > faults.count { faults = other.faults }
        blocks = max(blocks, other.blocks)
        for fault in other.blockFaults where !blockFaults.contains(fault) { lose(fault) }
    }

    mutating func lose(_ fault: Fault) {
        framesLost += 1
        if faults.count < 100 { faults.append(fault) }
    }
}

extension HistoryReader {
    /// Calls `body` with every frame of from <= time <= to, in the order they were written; stops
    /// when it answers false.
    public func forEachFrame(
        from: Int64, to: Int64, _ body: (FrameView) -> Bool
    ) throws(HistoryError) -> ReadReport {
        try walk(from: from, to: to) { frame in
            frame.timeMillis < from || frame.timeMillis > to || body(frame)
        }
    }

    /// Also calls `body` with the frames that lead up to `from` inside the first group.
    func walk(
        from: Int64, to: Int64, _ body: (FrameView) -> Bool
    ) throws(HistoryError) -> ReadReport {
        var report = ReadReport()
        let rows = try connection.prepare(
            """
            SELECT id, time_ms, boot, keyframe, data FROM frame
            WHERE id >= ? ORDER BY id LIMIT \(FrameFormat.groupFramesMax)
            """, call: "read frames")
        for group in try groups(from: from, to: to) {
            var goesOn = true
            do throws(HistoryError) {
                try rows.bind(.integer(group))
                goesOn = try readGroup(group, rows, &report, body)
            } catch {
                // A damaged page costs what is left of its group.
                guard error.isDamage else { throw error }
                report.lose(.init(frameID: group, timeMillis: max(from, 0), fault: .unreadable))
            }
            rows.reset()
            if !goesOn { break }
        }
        return report
    }

    /// Ids of the keyframes whose groups can hold frames of the range, ascending, with one frame
    /// at or before `from` where there is one.
    private func groups(from: Int64, to: Int64) throws(HistoryError) -> [Int64] {
        let reach = FrameFormat.groupMillisMax
        let earliest = from < Int64.min + 2 * reach ? Int64.min : from - 2 * reach
        let keys: [(id: Int64, time: Int64)]
        do throws(HistoryError) {
            keys = try keyframes("frame", earliest, to)
        } catch {
            // The index is damaged; the table may not be.
            guard error.isDamage else { throw error }
            keys = try keyframes("frame NOT INDEXED", earliest, to)
        }
        let times = try connection.prepare(
            "SELECT time_ms FROM frame WHERE id = ?", call: "find frames")
        for index in keys.indices {
            guard index + 1 < keys.count, keys[index + 1].time <= from else {
                return keys[index...].map(\.id)
            }
            let (key, next) = (keys[index], keys[index + 1])
            // The query bounds the difference; any time may stand in a damaged file.
            if key.time < from, from - key.time > reach { continue }
            if try reaches(from, key.time, lastFrame: next.id - 1, times) {
                return keys[index...].map(\.id)
            }
        }
        return []
    }

    private func keyframes(
        _ table: String, _ earliest: Int64, _ latest: Int64
    ) throws(HistoryError) -> [(id: Int64, time: Int64)] {
        let rows = try connection.prepare(
            """
            SELECT id, time_ms FROM \(table)
            WHERE keyframe = 1 AND time_ms BETWEEN ? AND ? ORDER BY time_ms
            """, call: "find frames")
        try rows.bind(.integer(earliest), .integer(latest))
        var keys: [(id: Int64, time: Int64)] = []
        while try rows.step() { keys.append((rows.integer(0), rows.integer(1))) }
        return keys.sorted { $0.id < $1.id }
    }

    /// Whether a group reaches `from` though the next one begins before it: a clock stepped back.
    /// Keyframes alone do not show it, so the last frames of ten minutes' groups are looked at.
    ///
    /// - Parameter lastFrame: id before that of the next keyframe in the range. When groups between
    ///   lie out of the range, or it cannot be read, this says yes: that costs time and no frame.
    private func reaches(
        _ from: Int64, _ group: Int64, lastFrame: Int64, _ row: Statement
    ) throws(HistoryError) -> Bool {
        if group >= from { return true }
        try row.bind(.integer(lastFrame))
        defer { row.reset() }
        do throws(HistoryError) {
            guard try row.step() else { return true }
        } catch {
            guard error.isDamage else { throw error }
            return true
        }
        let time = row.integer(0)
        return time >= from || time < group
    }

    /// False when `body` wants no more.
    private func readGroup(
        _ group: Int64, _ rows: Statement, _ report: inout ReadReport, _ body: (FrameView) -> Bool
    ) throws(HistoryError) -> Bool {
        var decoder = FrameDecoder()
        var expected = group
        var isLost = false
        while try rows.step() {
            let key = FrameKey(
                id: rows.integer(0), boot: rows.integer(2), timeMillis: rows.integer(1))
            let isFirst = key.id == group
            if rows.integer(3) == 1, !isFirst { break }
            if isLost {
                report.framesLost += 1
                continue
            }
            var fault: FrameFault? = key.id == expected ? nil : .orphaned
            if fault == nil { fault = decoder.apply(rows.blob(4), key: key) }
            if fault == nil, decoder.isKeyframe != isFirst { fault = .malformed }
            if let fault {
                report.lose(
                    .init(frameID: key.id, timeMillis: key.timeMillis, fault: fault))
                isLost = true
                continue
            }
            report.frames += 1
            expected = key.id + 1
            let view = FrameView(
                id: key.id, timeMillis: key.timeMillis, boot: key.boot, decoder: decoder)
            if !body(view) { return false }
        }
        return true
    }
}
