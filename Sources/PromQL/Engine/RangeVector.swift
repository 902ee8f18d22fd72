// What a range vector is to the functions that read it: per series the samples of the whole query,
// and a window that slides over them. Windows are slices of the source's columns. Values, one
// query's thread.

/// Series with the windows' length and ends.
struct RangeVector {
    var series: [RangeSeries]
    /// The step's own times.
    let grid: StepGrid
    /// The windows' ends: the grid, with offset and `@` applied.
    let ends: StepGrid
    /// Milliseconds, > 0.
    let range: Int64
}

/// One series, stale markers left out.
struct RangeSeries {
    let labels: Labels
    let dropsName: Bool
    let times: [Int64]
    let values: [Double]
    let histogramTimes: [Int64]
    let histograms: [FloatHistogram]

    init(_ series: SourceSeries) {
        labels = series.labels
        dropsName = false
        // Series without a stale marker, nearly all, keep the source's columns.
        if series.values.contains(where: StaleMarker.isStale) {
            let kept = series.values.indices.filter { !StaleMarker.isStale(series.values[$0]) }
            times = kept.map { series.times[$0] }
            values = kept.map { series.values[$0] }
        } else {
            times = series.times
            values = series.values
        }
        if series.histograms.contains(where: { StaleMarker.isStale($0.sum) }) {
            let kept = series.histograms.indices.filter {
                !StaleMarker.isStale(series.histograms[$0].sum)
            }
            histogramTimes = kept.map { series.histogramTimes[$0] }
            histograms = kept.map { series.histograms[$0] }
        } else {
            histogramTimes = series.histogramTimes
            histograms = series.histograms
        }
    }

    /// A subquery's column; `gridTimes` are shared by the columns that have a value at each step.
    init(_ column: StepSeries, on grid: StepGrid, gridTimes: [Int64]) {
        labels = column.labels
        dropsName = column.dropsName
        var histogramTimes: [Int64] = []
        var histograms: [FloatHistogram] = []
        for (step, histogram) in column.histograms.enumerated() {
            guard let histogram else { continue }
            histogramTimes.append(grid[step])
            histograms.append(histogram.withoutResetKnowledge)
        }
        self.histogramTimes = histogramTimes
        self.histograms = histograms
        if column.values.contains(where: StaleMarker.isStale) {
            let kept = column.values.indices.filter { !StaleMarker.isStale(column.values[$0]) }
            times = kept.map { grid[$0] }
            values = kept.map { column.values[$0] }
        } else {
            times = gridTimes
            values = column.values
        }
    }
}

/// The borders of one window as indices into a series' columns.
struct WindowBorders {
    private(set) var low = 0
    private(set) var high = 0
    private(set) var histogramLow = 0
    private(set) var histogramHigh = 0

    /// Slides on to (start, end]; both only grow from call to call.
    @inline(__always)
    mutating func slide(_ series: borrowing RangeSeries, start: Int64, end: Int64) {
        Self.slide(series.times.span, start, end, &low, &high)
        if !series.histogramTimes.isEmpty {
            Self.slide(series.histogramTimes.span, start, end, &histogramLow, &histogramHigh)
        }
    }

    @inline(__always)
    private static func slide(
        _ times: Span<Int64>, _ start: Int64, _ end: Int64, _ low: inout Int, _ high: inout Int
    ) {
        while high < times.count && times[high] <= end { high += 1 }
        while low < high && times[low] <= start { low += 1 }
    }

    var isEmpty: Bool { low == high && histogramLow == histogramHigh }
}

extension FloatHistogram {
    /// What is known of a reset speaks of the stored sample before; a subquery may pass over that
    /// one, or show this one twice. That it is a gauge stays true.
    fileprivate var withoutResetKnowledge: FloatHistogram {
        guard resetHint == .reset || resetHint == .notReset else { return self }
        var histogram = self
        histogram.resetHint = .unknown
        return histogram
    }
}

extension RangeSeries {
    @inline(__always)
    func window(
        _ borders: WindowBorders, time: Int64, start: Int64, end: Int64, _ metricName: String
    ) -> RangeWindow {
        RangeWindow(
            time: time, start: start, end: end, times: times[borders.low..<borders.high],
            values: values[borders.low..<borders.high],
            histogramTimes: histogramTimes[borders.histogramLow..<borders.histogramHigh],
            histograms: histograms[borders.histogramLow..<borders.histogramHigh],
            metricName: metricName)
    }
}
