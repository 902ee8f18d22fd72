// Where a long export may be cut: at times that nothing of what was written before lies behind, and
// nothing written later lies before. With a clock that only goes forward that is the end of every
// block; where it had stepped back there is no such time, and that stretch stays whole. Values.

struct ExportTimeline {
    private let from: Int64
    private let to: Int64
    /// Times at which it may be cut, ascending, and the samples of a series up to there, about.
    private var borders: [(millis: Int64, samples: Int)] = []

    init(
        _ reader: HistoryReader, from: Int64, to: Int64, _ tier: HistoryTier
    ) throws(HistoryError) {
        self.from = from
        self.to = to
        guard from < to else { return }
        let blocks = WindowPlan.choose(
            try BlockIndex.blocks(from: from, to: to, reader.connection), tier)
        let tail = try reader.connection.integer("SELECT min(time_ms) FROM frame", call: "export")
        var earliestAfter = tail ?? .max
        var isClean = [Bool](repeating: false, count: blocks.count)
        var latest: [Int64] = []
        for planned in blocks { latest.append(max(latest.last ?? .min, planned.key.endMillis)) }
        for index in blocks.indices.reversed() {
            isClean[index] = latest[index] <= earliestAfter
            earliestAfter = min(earliestAfter, blocks[index].key.startMillis)
        }
        var samples = 0
        for (index, planned) in blocks.enumerated() {
            samples += Self.samples(planned)
            if isClean[index], latest[index] > from, latest[index] < to {
                borders.append((latest[index], samples))
            }
        }
    }

    /// Stretches with from < time <= to that have about so many samples of a series, or more where
    /// they cannot be cut.
    func slices(samplesMax: Int) -> [(from: Int64, to: Int64)] {
        guard from < to else { return [] }
        var result: [(from: Int64, to: Int64)] = []
        var start = (millis: from, samples: 0)
        for (index, border) in borders.enumerated() {
            let next = index + 1 < borders.count ? borders[index + 1].samples : border.samples
            if next - start.samples > samplesMax {
                result.append((start.millis, border.millis))
                start = border
            }
        }
        result.append((start.millis, to))
        return result
    }

    private static func samples(_ planned: PlannedBlock) -> Int {
        if planned.key.tier == .flush { return planned.frames.count }
        let (span, isOver) = planned.key.endMillis
            .subtractingReportingOverflow(planned.key.startMillis)
        return isOver ? 0 : Int(clamping: span / planned.key.tier.stepMillis)
    }
}
