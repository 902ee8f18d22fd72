// sum, avg, count, first, last and present over time: one value for all samples of a window, floats
// or histograms. Sums are Kahan's; the mean is sum / count until the sum overflows, then
// incremental. Pure, any thread.

extension RangeFunctions {
    static func sumOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        if !window.histogramTimes.isEmpty {
            return histogramTotal(window, &notes) { total, sample, _ in total.add(sample) }
        }
        let values = window.values.span
        if values.isEmpty { return nil }
        var total = KahanSum()
        for index in values.indices { total.add(values[index]) }
        return .float(total.sum.isInfinite ? total.sum : total.value)
    }

    static func averageOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        if !window.histogramTimes.isEmpty {
            return histogramTotal(window, &notes) { mean, sample, count in
                // mean += sample / count - mean / count
                var step = sample.divided(by: count)
                if let mismatch = step.subtract(mean.divided(by: count)) { return mismatch }
                return mean.add(step)
            }
        }
        return window.values.isEmpty ? nil : .float(mean(of: window.values))
    }

    /// Of at least one value.
    static func mean(of numbers: ArraySlice<Double>) -> Double {
        let values = numbers.span
        var mean = CompensatedMean()
        for index in values.indices { mean.add(values[index]) }
        return mean.mean
    }

    /// Folds histograms into the first one; `count` includes the sample that is added.
    private static func histogramTotal(
        _ window: RangeWindow, _ notes: inout FunctionNotes,
        _ fold: (inout FloatHistogram, FloatHistogram, _ count: Double) -> HistogramMismatch?
    ) -> SampleValue? {
        if window.hasBoth {
            notes.annotations.warn(AnnotationText.mixedSamples(window.metricName))
            return nil
        }
        guard var total = window.histograms.first else { return nil }
        var count = 1.0
        for sample in window.histograms.dropFirst() {
            count += 1
            if let mismatch = fold(&total, sample, count) {
                notes.annotations.warn(AnnotationText.mismatch(mismatch, window.metricName))
                return nil
            }
        }
        return .histogram(total)
    }

    static func countOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        let count = window.times.count + window.histogramTimes.count
        return count == 0 ? nil : .float(Double(count))
    }

    static func presentOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        window.isEmpty ? nil : .float(1)
    }

    static func firstOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        guard let histogram = window.histograms.first, let time = window.histogramTimes.first else {
            return window.values.first.map { .float($0) }
        }
        if let float = window.times.first, float < time, let value = window.values.first {
            return .float(value)
        }
        return .histogram(histogram)
    }

    static func lastOverTime(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        guard let histogram = window.histograms.last, let time = window.histogramTimes.last else {
            return window.values.last.map { .float($0) }
        }
        if let float = window.times.last, float > time, let value = window.values.last {
            return .float(value)
        }
        return .histogram(histogram)
    }

    /// Seconds.
    static func timeOfFirst(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        let times = [window.times.first, window.histogramTimes.first].compactMap(\.self)
        return times.min().map { .float(Double($0) / 1000) }
    }

    /// Seconds.
    static func timeOfLast(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        let times = [window.times.last, window.histogramTimes.last].compactMap(\.self)
        return times.max().map { .float(Double($0) / 1000) }
    }
}
