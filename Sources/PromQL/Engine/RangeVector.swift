// What a range vector is to the functions that read it: the samples of one series over the whole
// query, and a window that slides over them. Windows are slices of the source's columns. Values,
// one query's thread.

/// Where the windows of a range vector lie.
struct RangeShape {
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
    private let sparse: [SparseStretch]

    init(_ series: SourceSeries) {
        labels = series.labels
        sparse = series.sparse
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
        sparse = []
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

/// The windows of all steps over one column of times. Series that share their times, nearly all of
/// a history, share this too: their samples are not searched again.
struct WindowTable {
    private var times: [Int64] = []
    private var lows: [Int32] = []
    private var highs: [Int32] = []
    /// What it takes of the budget.
    private(set) var cost = 0

    @inline(__always)
    subscript(step: Int) -> (low: Int, high: Int) { (Int(lows[step]), Int(highs[step])) }

    /// Finds the windows of a series, unless they are those of the one before.
    mutating func prepare(
        _ series: RangeSeries, _ shape: RangeShape, _ budget: inout SampleBudget
    ) throws(QueryFailure) {
        // Arrays of one storage are equal at a glance.
        guard series.histogramTimes.isEmpty, lows.isEmpty || times != series.times else { return }
        if lows.isEmpty {
            let steps = shape.grid.count
            cost = steps / 2 + 1
            try budget.take(cost)
            lows = [Int32](repeating: 0, count: steps)
            highs = lows
        }
        times = series.times
        try budget.work(times.count)
        var borders = WindowBorders()
        for step in lows.indices {
            let end = shape.ends[step]
            borders.slide(series, start: end &- shape.range, end: end)
            lows[step] = Int32(truncatingIfNeeded: borders.low)
            highs[step] = Int32(truncatingIfNeeded: borders.high)
        }
    }
}

/// Where the numbers of a series fall: what a counter had before each place is to be added to its
/// growth. Found once, since windows overlap.
struct CounterDrops {
    /// Ascending; the fall is from the sample before.
    private let places: [Int]

    init(_ column: ArraySlice<Double>) {
        var places: [Int] = []
        let values = column.span
        for index in 1..<max(1, values.count) where values[index] < values[index - 1] {
            places.append(column.startIndex + index)
        }
        self.places = places
    }

    /// Adds what was lost inside of a window, earliest first.
    @inline(__always)
    func add(in values: ArraySlice<Double>, to growth: inout Double) {
        if places.isEmpty { return }
        addFound(in: values, to: &growth)
    }

    private func addFound(in values: ArraySlice<Double>, to growth: inout Double) {
        var low = 0
        var high = places.count
        while low < high {
            let middle = (low + high) / 2
            if places[middle] <= values.startIndex { low = middle + 1 } else { high = middle }
        }
        while low < places.count, places[low] < values.endIndex {
            growth += values[places[low] - 1]
            low += 1
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

    /// The same from borders that were found already, for series of numbers.
    @inline(__always)
    mutating func move(
        to step: Int, of table: borrowing WindowTable, _ series: borrowing RangeSeries,
        start: Int64, end: Int64
    ) {
        if series.histogramTimes.isEmpty {
            (low, high) = table[step]
        } else {
            slide(series, start: start, end: end)
        }
    }

    var isEmpty: Bool { low == high && histogramLow == histogramHigh }
    var count: Int { high - low + histogramHigh - histogramLow }
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
        var window = RangeWindow(
            time: time, start: start, end: end, times: times[borders.low..<borders.high],
            values: values[borders.low..<borders.high],
            histogramTimes: histogramTimes[borders.histogramLow..<borders.histogramHigh],
            histograms: histograms[borders.histogramLow..<borders.histogramHigh],
            metricName: metricName)
        if !sparse.isEmpty { window.firstSpacing = spacing(at: window.firstTime) }
        return window
    }

    private func spacing(at time: Int64) -> Int64? {
        sparse.first { $0.from <= time && time <= $0.to }?.spacing
    }
}
