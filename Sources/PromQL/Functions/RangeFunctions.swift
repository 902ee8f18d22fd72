// The functions over range vectors by name; bodies are in the files beside this one, by subject.
// Each sees one window of one series. Floats alone are the hot case: one pass over a span,
// nothing allocated. Pure, any thread.

enum RangeFunctions {
    /// nil: not a function over a range, or one of the evaluator's own (absent_over_time).
    static func body(of function: Function) -> RangeFunctionBody? {
        switch function {
        case .rate, .increase, .delta, .irate, .idelta, .deriv, .predictLinear,
            .doubleExponentialSmoothing:
            slope(of: function)
        case .resets: resets
        case .changes: changes
        case .sumOverTime: sumOverTime
        case .avgOverTime: averageOverTime
        case .countOverTime: countOverTime
        case .firstOverTime: firstOverTime
        case .lastOverTime: lastOverTime
        case .presentOverTime: presentOverTime
        case .minOverTime: minOverTime
        case .maxOverTime: maxOverTime
        case .stddevOverTime: stddevOverTime
        case .stdvarOverTime: stdvarOverTime
        case .quantileOverTime: quantileOverTime
        case .madOverTime: madOverTime
        case .tsOfFirstOverTime: timeOfFirst
        case .tsOfLastOverTime: timeOfLast
        case .tsOfMinOverTime: timeOfMin
        case .tsOfMaxOverTime: timeOfMax
        default: nil
        }
    }

    private static func slope(of function: Function) -> RangeFunctionBody? {
        switch function {
        case .rate: rate
        case .increase: increase
        case .delta: delta
        case .irate: irate
        case .idelta: idelta
        case .deriv: deriv
        case .predictLinear: predictLinear
        case .doubleExponentialSmoothing: doubleExponentialSmoothing
        default: nil
        }
    }

    /// Says that histograms were left out beside floats.
    static func noteIgnoredHistograms(_ window: RangeWindow, _ notes: inout FunctionNotes) {
        if !window.histogramTimes.isEmpty, !window.times.isEmpty {
            notes.annotations.inform(AnnotationText.ignoredHistograms(window.metricName))
        }
    }
}
