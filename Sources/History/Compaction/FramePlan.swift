// Which frames make the next block: the one rule of when a block is whole. It looks at keyframes
// alone and knows groups only: a block ends before the group that is of another boot, begins at an
// earlier time, lies a block's length after the first one, or would not fit. The newest group is
// never in it, because the writer still adds to it. History thread.

struct FramePlan: Equatable {
    /// Frames with first <= id < end.
    let first: Int64
    let end: Int64

    /// A keyframe and what the index says of its group.
    struct Group: Equatable {
        var id: Int64
        var timeMillis: Int64
        var boot: Int64
        var series: Int64
    }

    /// nil when the groups that the writer is done with are no whole block yet.
    ///
    /// - Parameters:
    ///   - skipped: frames up to this id are left alone.
    ///   - takesEverything: nobody adds frames; what is there is whole.
    static func next(
        _ connection: Connection, after skipped: Int64, samplesMax: Int, takesEverything: Bool
    ) throws(HistoryError) -> FramePlan? {
        let call = "find frames to compact"
        let groups = try groups(connection, after: skipped)
        guard
            let first = try connection.integer(
                "SELECT min(id) FROM frame WHERE id > \(skipped)", call: call), first > 0
        else { return nil }
        if let end = end(of: groups, samplesMax: samplesMax) {
            return FramePlan(first: first, end: end)
        }
        return takesEverything && !groups.isEmpty ? FramePlan(first: first, end: .max) : nil
    }

    /// The first frame behind a whole block; nil when there is none.
    static func end(of groups: [Group], samplesMax: Int) -> Int64? {
        guard let first = groups.first else { return nil }
        var samples: Int64 = 0
        for (index, group) in groups.enumerated() {
            let isNewest = index + 1 == groups.count
            let frames =
                isNewest ? FrameFormat.groupFramesMax : groups[index + 1].id - group.id
            let (values, isOver) = group.series.multipliedReportingOverflow(by: frames)
            samples &+= values
            if index == 0 { continue }
            if isOver || samples > samplesMax || group.boot != first.boot
                || group.timeMillis < groups[index - 1].timeMillis
                || group.timeMillis &- first.timeMillis >= HistoryTier.flush.blockMillis
                || group.id - first.id >= Block.samplesMax / 2
            {
                return group.id
            }
        }
        return nil
    }

    private static func groups(
        _ connection: Connection, after skipped: Int64
    ) throws(HistoryError) -> [Group] {
        // Found by the index of keyframes; the order of ids is the order of everything.
        let rows = try connection.prepare(
            """
            SELECT id, time_ms, boot, series FROM frame INDEXED BY frame_group
            WHERE keyframe = 1 AND id > ? ORDER BY time_ms
            """, call: "find frames to compact")
        try rows.bind(.integer(skipped))
        var result: [Group] = []
        while try rows.step() {
            result.append(
                Group(
                    id: rows.integer(0), timeMillis: rows.integer(1), boot: rows.integer(2),
                    series: max(0, rows.integer(3))))
        }
        return result.sorted { $0.id < $1.id }
    }
}
