// What a node of the expression yields: columns with one place per step. A step without a value
// holds the stale marker's NaN, which no arithmetic can produce (it is a signalling NaN), so
// presence costs no memory and no second array. Values, one query's thread.

/// One series over all steps of the grid.
struct StepSeries {
    var labels: Labels
    /// The metric name goes when the query ends: functions further out may still read it.
    var dropsName: Bool
    /// One a step; `StaleMarker.value` where there is no number.
    var values: [Double]
    /// One a step, or empty when the series has no histogram at any step.
    var histograms: [FloatHistogram?]

    init(
        labels: Labels, dropsName: Bool = false, values: [Double],
        histograms: [FloatHistogram?] = []
    ) {
        self.labels = labels
        self.dropsName = dropsName
        self.values = values
        self.histograms = histograms
    }

    /// With no value at any step.
    init(labels: Labels, dropsName: Bool = false, steps: Int) {
        self.init(
            labels: labels, dropsName: dropsName,
            values: [Double](repeating: StaleMarker.value, count: steps))
    }

    /// There is a column for them; at each step it may hold none.
    var hasHistograms: Bool { !histograms.isEmpty }

    var hasAnyHistogram: Bool { histograms.contains { $0 != nil } }

    func histogram(at step: Int) -> FloatHistogram? {
        histograms.isEmpty ? nil : histograms[step]
    }

    func isPresent(at step: Int) -> Bool {
        !StaleMarker.isStale(values[step]) || (!histograms.isEmpty && histograms[step] != nil)
    }

    func sample(at step: Int) -> SampleValue? {
        if !StaleMarker.isStale(values[step]) { return .float(values[step]) }
        return histogram(at: step).map { .histogram($0) }
    }

    mutating func set(_ value: SampleValue, at step: Int) {
        switch value {
        case .float(let number): values[step] = number
        case .histogram(let histogram): set(histogram, at: step)
        }
    }

    mutating func set(_ histogram: FloatHistogram, at step: Int) {
        if histograms.isEmpty {
            histograms = [FloatHistogram?](repeating: nil, count: values.count)
        }
        histograms[step] = histogram
    }

    mutating func clear(at step: Int) {
        values[step] = StaleMarker.value
        if !histograms.isEmpty { histograms[step] = nil }
    }

    /// Without a value at any step. Ends at the first value it meets.
    var isEmpty: Bool {
        for value in values where !StaleMarker.isStale(value) { return false }
        for histogram in histograms where histogram != nil { return false }
        return true
    }

    var histogramCost: Int { histograms.reduce(0) { $0 + ($1?.ownCost ?? 0) } }

    /// The same value at each of `steps` steps.
    func repeated(_ steps: Int) -> StepSeries {
        StepSeries(
            labels: labels, dropsName: dropsName,
            values: [Double](repeating: values[0], count: steps),
            histograms: histograms.isEmpty
                ? [] : [FloatHistogram?](repeating: histograms[0], count: steps))
    }
}

/// A number per step; most are the same at each.
enum StepScalar {
    case constant(Double)
    case varying([Double])

    @inline(__always)
    subscript(step: Int) -> Double {
        switch self {
        case .constant(let value): value
        case .varying(let values): values[step]
        }
    }

    /// The extremes over all steps, NaN apart; without a number both are infinite.
    func range(steps: Int) -> (least: Double, most: Double, hasNaN: Bool) {
        var (least, most, hasNaN) = (Double.infinity, -Double.infinity, false)
        for step in 0..<steps {
            let value = self[step]
            if value.isNaN { hasNaN = true }
            least = value < least ? value : least
            most = value > most ? value : most
        }
        return (least, most, hasNaN)
    }
}

enum StepValue {
    case scalar(StepScalar)
    case string(String)
    case vector([StepSeries])

    /// Places that the value takes in memory, as samples.
    func cost(steps: Int) -> Int {
        switch self {
        case .scalar(.constant), .string: 0
        case .scalar(.varying): steps
        case .vector(let series): series.reduce(0) { $0 + steps + $1.histogramCost }
        }
    }
}
