// min, max, stddev, stdvar, quantile and mad over time, and the times of extremes:
// how the floats of a window are spread. Histograms beside them are left out with an
// info. Pure, any thread.

extension RangeFunctions {
    static func minOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        noteIgnoredHistograms(window, &notes)
        let values = window.values.span
        if values.isEmpty { return nil }
        var least = values[0]
        // NaN only when all are.
        for index in 1..<values.count where values[index] < least || least.isNaN {
            least = values[index]
        }
        return .float(least)
    }

    static func maxOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        noteIgnoredHistograms(window, &notes)
        let values = window.values.span
        if values.isEmpty { return nil }
        var greatest = values[0]
        for index in 1..<values.count where values[index] > greatest || greatest.isNaN {
            greatest = values[index]
        }
        return .float(greatest)
    }

    /// Seconds; of equal extremes the last one.
    static func timeOfMin(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        timeOfExtreme(window, &notes, isMoreExtreme: <=)
    }

    static func timeOfMax(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        timeOfExtreme(window, &notes, isMoreExtreme: >=)
    }

    private static func timeOfExtreme(
        _ window: RangeWindow, _ notes: inout FunctionNotes,
        isMoreExtreme: (Double, Double) -> Bool
    ) -> SampleValue? {
        noteIgnoredHistograms(window, &notes)
        let values = window.values.span
        if values.isEmpty { return nil }
        var place = 0
        for index in 1..<values.count
        where isMoreExtreme(values[index], values[place]) || values[place].isNaN {
            place = index
        }
        return .float(Double(window.times[window.times.startIndex + place]) / 1000)
    }

    static func stdvarOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        noteIgnoredHistograms(window, &notes)
        return variance(of: window.values).map { .float($0) }
    }

    static func stddevOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        noteIgnoredHistograms(window, &notes)
        return variance(of: window.values).map { .float($0.squareRoot()) }
    }

    /// Of the population, by Welford's method.
    static func variance(of numbers: ArraySlice<Double>) -> Double? {
        let values = numbers.span
        if values.isEmpty { return nil }
        var mean = KahanSum()
        var squares = KahanSum()
        for index in values.indices {
            let distance = values[index] - mean.value
            mean.add(distance / Double(index + 1))
            squares.add(distance * (values[index] - mean.value))
        }
        return squares.value / Double(values.count)
    }

    /// `parameters[0]`: the quantile wanted, 0...1.
    static func quantileOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        guard let phi = parameters.first, !window.values.isEmpty else { return nil }
        if !(phi >= 0 && phi <= 1) { notes.annotations.warn(AnnotationText.badQuantile(phi)) }
        noteIgnoredHistograms(window, &notes)
        var values = Array(window.values)
        return .float(quantile(phi, &values))
    }

    /// The median of distances from the median.
    static func madOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        noteIgnoredHistograms(window, &notes)
        if window.values.isEmpty { return nil }
        var values = Array(window.values)
        let median = quantile(0.5, &values)
        var distances = values.map { abs($0 - median) }
        return .float(quantile(0.5, &distances))
    }

    /// Between two neighbours by weight. `values` get sorted, NaN below all. Also for the
    /// aggregation `quantile`.
    static func quantile(_ phi: Double, _ values: inout [Double]) -> Double {
        if values.isEmpty || phi.isNaN { return .nan }
        if phi < 0 { return -.infinity }
        if phi > 1 { return .infinity }
        values.sort { $0 < $1 || ($0.isNaN && !$1.isNaN) }
        let rank = phi * Double(values.count - 1)
        let lower = Int(rank.rounded(.down))
        let upper = min(values.count - 1, lower + 1)
        let weight = rank - Double(lower)
        return values[lower] * (1 - weight) + values[upper] * weight
    }
}
