// Selectors: one question to the source per selector, then two indices that only move forward
// over each series' columns. No search per step, no copy of samples. Hot: every sample a query
// reads passes here once. One query's thread.

extension Evaluator {
    /// The latest sample of each series at each step, at most the look-back old.
    func instant(
        _ selector: VectorSelector, on grid: StepGrid, _ within: String
    ) throws(QueryFailure) -> [StepSeries] {
        let looked = grid.shifted(by: try resolve(selector.shift))
        var result: [StepSeries] = []
        try forEachSeries(selector, looked, within) { series throws(QueryFailure) in
            try reserve(1, on: grid)
            result.append(latest(of: series, at: looked))
        }
        return result
    }

    /// `timestamp(selector)`: when the sample at each step was taken, in seconds.
    func timestamps(
        of selector: VectorSelector, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        let looked = grid.shifted(by: try resolve(selector.shift))
        var result: [StepSeries] = []
        let within = Function.timestamp.rawValue
        try forEachSeries(selector, looked, within) { series throws(QueryFailure) in
            try reserve(1, on: grid)
            result.append(timesOfLatest(series, at: looked))
        }
        return result
    }

    /// When the sample at each step was taken, in seconds.
    func timesOfLatest(_ series: SourceSeries, at looked: StepGrid) -> StepSeries {
        var result = StepSeries(labels: series.labels, dropsName: true, steps: looked.count)
        var place = LatestSample(series, lookback: options.lookbackMillis)
        for step in 0..<looked.count {
            guard let time = place.move(to: looked[step]) else { continue }
            result.values[step] = Double(time) / 1000
        }
        return result
    }

    func forEachSeries(
        _ selector: VectorSelector, _ looked: StepGrid, _ within: String,
        _ body: (SourceSeries) throws(QueryFailure) -> Void
    ) throws(QueryFailure) {
        var hints = SelectHints(
            start: looked.start &- options.lookbackMillis, end: looked.end, step: looked.step,
            range: 0, function: within)
        hints.lookback = options.lookbackMillis
        try forEachSeries(selector.allMatchers, hints, body)
    }

    /// What the source has, one series after another. While the source is at work the budget is
    /// its own; `body` uses the evaluator's.
    func forEachSeries(
        _ matchers: [LabelMatcher], _ hints: SelectHints,
        _ body: (SourceSeries) throws(QueryFailure) -> Void
    ) throws(QueryFailure) {
        var lent = budget
        try source.forEachSeries(matchers, hints, &lent) {
            (series, lent: inout SampleBudget) throws(QueryFailure) in
            budget = lent
            let count = series.times.count + series.histogramTimes.count
            samplesRead += count
            try work(count)
            try body(series)
            lent = budget
        }
        budget = lent
    }

    func latest(of series: SourceSeries, at looked: StepGrid) -> StepSeries {
        guard series.histogramTimes.isEmpty, series.sparse.isEmpty else {
            return latestOfMany(series, at: looked)
        }
        var result = StepSeries(labels: series.labels, steps: looked.count)
        // Floats only: a stale marker in the column is already the sign for no value.
        let times = series.times.span
        let values = series.values.span
        let lookback = options.lookbackMillis
        var next = 0
        for step in 0..<looked.count {
            let time = looked[step]
            while next < times.count && times[next] <= time { next += 1 }
            if next > 0 && times[next - 1] > time &- lookback {
                result.values[step] = values[next - 1]
            }
        }
        return result
    }

    /// With histograms, or with samples that count longer than the look-back.
    private func latestOfMany(_ series: SourceSeries, at looked: StepGrid) -> StepSeries {
        var result = StepSeries(labels: series.labels, steps: looked.count)
        var place = LatestSample(series, lookback: options.lookbackMillis)
        for step in 0..<looked.count where place.move(to: looked[step]) != nil {
            result.set(place.value, at: step)
        }
        return result
    }
}

/// Walks over one series with floats and histograms.
private struct LatestSample {
    private let series: SourceSeries
    private let lookback: Int64
    private var floats = 0
    private var histograms = 0
    /// Of the last `move` that found one.
    private(set) var value = SampleValue.float(0)

    init(_ series: SourceSeries, lookback: Int64) {
        self.series = series
        self.lookback = lookback
    }

    /// The time of the latest sample at `time`; nil when there is none or it is a stale marker.
    mutating func move(to time: Int64) -> Int64? {
        while floats < series.times.count && series.times[floats] <= time { floats += 1 }
        while histograms < series.histogramTimes.count
            && series.histogramTimes[histograms] <= time
        {
            histograms += 1
        }
        let floatTime = floats > 0 ? series.times[floats - 1] : Int64.min
        let histogramTime = histograms > 0 ? series.histogramTimes[histograms - 1] : Int64.min
        if histogramTime > floatTime {
            let histogram = series.histograms[histograms - 1]
            guard isFresh(histogramTime, at: time), !StaleMarker.isStale(histogram.sum) else {
                return nil
            }
            value = .histogram(histogram)
            return histogramTime
        }
        guard floats > 0, isFresh(floatTime, at: time) else { return nil }
        let number = series.values[floats - 1]
        guard !StaleMarker.isStale(number) else { return nil }
        value = .float(number)
        return floatTime
    }

    private func isFresh(_ sampled: Int64, at time: Int64) -> Bool {
        let lookback =
            series.sparse.isEmpty ? lookback : series.lookback(of: sampled, lookback)
        return sampled > time &- lookback
    }
}
