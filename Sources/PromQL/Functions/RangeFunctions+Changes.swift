// resets and changes: how often neighbours differ in a window. Floats and
// histograms are read in the order of their times; a change of kind counts as a
// difference. Pure, any thread.

extension RangeFunctions {
    static func resets(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        if window.isEmpty { return nil }
        if !window.histogramTimes.isEmpty {
            return .float(
                countPairs(
                    window, floats: { $1 < $0 }, histograms: { $1.detectsReset(after: $0) }))
        }
        let values = window.values.span
        var count = 0
        for index in 1..<values.count where values[index] < values[index - 1] { count += 1 }
        return .float(Double(count))
    }

    static func changes(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        if window.isEmpty { return nil }
        if !window.histogramTimes.isEmpty {
            return .float(countPairs(window, floats: differ, histograms: { $0 != $1 }))
        }
        let values = window.values.span
        var count = 0
        for index in 1..<values.count where differ(values[index - 1], values[index]) {
            count += 1
        }
        return .float(Double(count))
    }

    /// NaN after NaN is no change.
    @inline(__always)
    private static func differ(_ left: Double, _ right: Double) -> Bool {
        left != right && !(left.isNaN && right.isNaN)
    }

    private static func countPairs(
        _ window: RangeWindow, floats: (Double, Double) -> Bool,
        histograms: (FloatHistogram, FloatHistogram) -> Bool
    ) -> Double {
        var count = 0.0
        var (i, j) = (window.times.startIndex, window.histogramTimes.startIndex)
        var wasFloat: Bool?
        while i < window.times.endIndex || j < window.histogramTimes.endIndex {
            let isFloat =
                j == window.histogramTimes.endIndex
                || (i < window.times.endIndex && window.times[i] < window.histogramTimes[j])
            if let wasFloat, wasFloat != isFloat {
                count += 1
            } else if wasFloat != nil {
                let differs =
                    isFloat
                    ? floats(window.values[i - 1], window.values[i])
                    : histograms(window.histograms[j - 1], window.histograms[j])
                if differs { count += 1 }
            }
            wasFloat = isFloat
            if isFloat { i += 1 } else { j += 1 }
        }
        return count
    }
}
