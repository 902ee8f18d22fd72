// deriv, predict_linear and double_exponential_smoothing: lines through
// the floats of a window. Histograms beside them are left out with an
// info. Pure, any thread.

extension RangeFunctions {
    /// Slope a second. The line is computed around the first sample, where numbers are small.
    static func deriv(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        noteIgnoredHistograms(window, &notes)
        guard window.times.count >= 2, let first = window.times.first else { return nil }
        return .float(line(window, zero: first).slope)
    }

    /// `parameters[0]`: seconds after the evaluation time.
    static func predictLinear(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        noteIgnoredHistograms(window, &notes)
        guard window.times.count >= 2, let seconds = parameters.first else { return nil }
        let line = line(window, zero: window.time)
        return .float(line.slope * seconds + line.intercept)
    }

    /// Least squares; `intercept` is the value at `zero`.
    private static func line(
        _ window: RangeWindow, zero: Int64
    ) -> (slope: Double, intercept: Double) {
        let times = window.times.span
        let values = window.values.span
        let first = values[0]
        var isConstant = true
        var (x, y, xy, xx) = (KahanSum(), KahanSum(), KahanSum(), KahanSum())
        for index in values.indices {
            let time = Double(times[index] - zero) / 1000
            let value = values[index]
            // The first one is not compared with itself: NaN alone would not be constant.
            if value != first, index > 0 { isConstant = false }
            x.add(time)
            y.add(value)
            xy.add(time * value)
            xx.add(time * time)
        }
        if isConstant { return first.isInfinite ? (.nan, .nan) : (0, first) }
        let count = Double(values.count)
        let covariance = xy.value - x.value * y.value / count
        let variance = xx.value - x.value * x.value / count
        let slope = covariance / variance
        return (slope, y.value / count - slope * x.value / count)
    }

    /// `parameters`: smoothing factor and trend factor, both between 0 and 1 exclusively.
    static func doubleExponentialSmoothing(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        guard parameters.count == 2 else { return nil }
        let (smoothing, trending) = (parameters[0], parameters[1])
        if smoothing <= 0 || smoothing >= 1 {
            notes.failure = factorMessage("smoothing", "sf", smoothing)
            return nil
        }
        if trending <= 0 || trending >= 1 {
            notes.failure = factorMessage("trend", "tf", trending)
            return nil
        }
        noteIgnoredHistograms(window, &notes)
        let values = window.values.span
        guard values.count >= 2 else { return nil }
        var previous = 0.0
        var level = values[0]
        var trend = values[1] - values[0]
        for index in 1..<values.count {
            if index > 1 { trend = trending * (level - previous) + (1 - trending) * trend }
            previous = level
            level = smoothing * values[index] + (1 - smoothing) * (level + trend)
        }
        return .float(level)
    }

    private static func factorMessage(_ what: String, _ name: String, _ value: Double) -> String {
        "invalid \(what) factor. Expected: 0 < \(name) < 1, got: \(FloatText.sixDecimals(value))"
    }
}
