// Series over time steps: what statsctl shows. A step (end - step, end] holds the last value, the
// exact growth, and for gauges the extremes; growth is summed sample by sample, so a restart inside
// a step loses and invents nothing. Long steps are read from a coarser tier. A flush comes some
// milliseconds early or late; a frame that is a little late still belongs to the step that it was
// meant for. Reader's thread.

/// One series in one time step.
public struct StepRow: Sendable {
    /// End of the step, inclusive.
    public let endMillis: Int64
    /// Newest value in the step; cumulative since boot for counters and histograms.
    public internal(set) var last: SampleValue?
    public internal(set) var lastMillis: Int64 = 0
    public internal(set) var lastBoot: Int64 = 0
    /// Gauges: extremes of the step.
    public internal(set) var least: Int64?
    public internal(set) var greatest: Int64?
    /// Counters and histograms: what was counted in this step.
    public internal(set) var growth: SampleValue?
    /// Time that the frames of this step cover; less than the step when weir was down.
    public internal(set) var coveredMillis: Int64 = 0

    init(endMillis: Int64) { self.endMillis = endMillis }

    /// Growth of a counter, or observations of a histogram; nil when unknown.
    public var increase: UInt64? {
        switch growth {
        case .counter(let count): count
        case .histogram(let histogram): histogram.count
        case .gauge, .float, nil: nil
        }
    }

    /// `increase` per second of covered time.
    public var rate: Double? {
        guard let increase, coveredMillis > 0 else { return nil }
        return Double(increase) * 1000 / Double(coveredMillis)
    }

    mutating func take(_ track: SeriesTracker.Track, timeMillis: Int64, boot: Int64) {
        if let growth = track.growth { self.growth = self.growth?.adding(growth) ?? growth }
        guard let value = track.value else { return }
        last = value
        lastMillis = timeMillis
        lastBoot = boot
        if case .gauge(let number) = value {
            least = min(least ?? .max, track.least ?? number)
            greatest = max(greatest ?? .min, track.greatest ?? number)
        }
    }
}

extension HistoryReader {
    /// Most steps of one question; more is refused by statsctl before it asks.
    public static let stepsMax = 100_000
    /// How late a flush may be and still belong to the step before: the timer wheel's tick.
    private static let jitterMillis: Int64 = 20

    /// Rows of each series, ascending, without steps in which a series had no frame.
    ///
    /// - Parameters:
    ///   - from: exclusive start, or one past it: frames of from < time <= to count.
    ///   - stepMillis: length of a step, at least 1; steps end at `to`, `to - step`, ...
    public func steps(
        of seriesIDs: [Int64], from: Int64, to: Int64, stepMillis: Int64
    ) throws(HistoryError) -> (rows: [[StepRow]], report: ReadReport) {
        precondition(stepMillis >= 1 && from <= to, "BUG: steps without extent")
        var rows = [[StepRow]](repeating: [], count: seriesIDs.count)
        var report = ReadReport()
        for (family, places) in try placesByFamily(seriesIDs) {
            let window = try window(
                family: family, seriesIDs: Set(places.map { seriesIDs[$0] }), from: from, to: to,
                tier: .stepAtMost(stepMillis / 60), withBase: true)
            report.merge(window.report)
            let covered = window.coveredMillis
            for place in places {
                let lives = window.lives.filter { $0.seriesID == seriesIDs[place] }
                var tracker = SeriesTracker(lives: lives)
                for (number, axis) in window.axes.enumerated() {
                    let tracks = tracker.tracks(window, axis: number)
                    for (index, time) in axis.times.enumerated() where time > from && time <= to {
                        let meantMillis = time - min(Self.jitterMillis, stepMillis / 20)
                        let end = to - (to - meantMillis) / stepMillis * stepMillis
                        guard end > from,
                            let row = Self.row(
                                endingAt: end, in: &rows[place],
                                isWanted: tracks[index].value != nil)
                        else { continue }
                        rows[place][row].take(tracks[index], timeMillis: time, boot: axis.boot)
                        rows[place][row].coveredMillis += covered[number][index]
                    }
                }
            }
        }
        return (rows, report)
    }

    /// Indices into `seriesIDs`; a series that is not in the dictionary has no rows.
    private func placesByFamily(_ seriesIDs: [Int64]) throws(HistoryError) -> [Int64: [Int]] {
        let row = try connection.prepare(
            "SELECT family FROM series WHERE id = ?", call: "find a family")
        var result: [Int64: [Int]] = [:]
        for (place, id) in seriesIDs.enumerated() {
            try row.bind(.integer(id))
            if try row.step() { result[row.integer(0), default: []].append(place) }
            row.reset()
        }
        return result
    }

    /// The row of a step, made when it is wanted; found from the end, where it nearly always is.
    /// Only after a clock stepped back does a frame belong to an earlier row.
    private static func row(
        endingAt end: Int64, in rows: inout [StepRow], isWanted: Bool
    ) -> Int? {
        let after = rows.lastIndex { $0.endMillis <= end }
        if let after, rows[after].endMillis == end { return after }
        guard isWanted else { return nil }
        let place = after.map { $0 + 1 } ?? 0
        rows.insert(StepRow(endMillis: end), at: place)
        return place
    }
}
