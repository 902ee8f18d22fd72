// rate, increase and delta: the growth between the first and the last sample, extended to the
// borders of the window. The extension stops where a counter would have been 0, and goes half an
// interval only when the next sample is more than 1.1 intervals away. Pure, any thread.

extension RangeFunctions {
    private enum Kind {
        case rate
        case increase
        case delta
    }

    static func rate(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        extrapolated(window, .rate, &notes)
    }

    static func increase(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        extrapolated(window, .increase, &notes)
    }

    static func delta(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        extrapolated(window, .delta, &notes)
    }

    private static func extrapolated(
        _ window: RangeWindow, _ kind: Kind, _ notes: inout FunctionNotes
    ) -> SampleValue? {
        if window.histogramTimes.isEmpty {
            guard window.times.count > 1 else { return nil }
            return floatGrowth(window, kind, &notes)
        }
        if !window.times.isEmpty {
            notes.annotations.warn(AnnotationText.mixedSamples(window.metricName))
            return nil
        }
        guard window.histogramTimes.count > 1 else { return nil }
        return histogramGrowth(window, kind, &notes)
    }

    private static func floatGrowth(
        _ window: RangeWindow, _ kind: Kind, _ notes: inout FunctionNotes
    ) -> SampleValue {
        let values = window.values.span
        let first = values[0]
        var growth = values[values.count - 1] - first
        let shape = WindowShape(window.times, window)
        if kind == .delta { return .float(growth * shape.factor(toZero: .infinity)) }
        // After a reset the counter began at 0, so what it had before is added.
        let drops = window.drops ?? CounterDrops(window.values)
        drops.add(in: window.values, to: &growth)
        let toZero = growth > 0 && first >= 0 ? shape.sampled * (first / growth) : .infinity
        var factor = shape.factor(toZero: toZero)
        if kind == .rate { factor /= Double(window.length) / 1000 }
        noteNameOfCounter(window.metricName, &notes)
        return .float(growth * factor)
    }

    private static func histogramGrowth(
        _ window: RangeWindow, _ kind: Kind, _ notes: inout FunctionNotes
    ) -> SampleValue? {
        let samples = window.histograms
        let isCounter = kind != .delta
        guard
            var growth = isCounter
                ? counterGrowth(samples, window.metricName, &notes)
                : gaugeGrowth(samples, window.metricName, &notes)
        else { return nil }
        let shape = WindowShape(window.histogramTimes, window)
        var factor = shape.factor(toZero: .infinity)
        if kind == .rate { factor /= Double(window.length) / 1000 }
        growth.scale(by: factor)
        return .histogram(growth)
    }

    /// The names that counters have by convention; others get an info.
    private static func noteNameOfCounter(_ name: String, _ notes: inout FunctionNotes) {
        if name == notes.judgedName { return }
        notes.judgedName = name
        for ending in ["_total", "_sum", "_count", "_bucket"] where name.hasSuffix(ending) {
            return
        }
        notes.annotations.inform(AnnotationText.maybeNotCounter(name))
    }
}

/// How the samples lie in their window; seconds.
private struct WindowShape {
    /// From the first sample to the last.
    let sampled: Double
    private let toStart: Double
    private let toEnd: Double
    private let average: Double
    private let firstSpacing: Double

    /// At least two times.
    init(_ times: ArraySlice<Int64>, _ window: RangeWindow) {
        let first = times[times.startIndex]
        let last = times[times.endIndex - 1]
        sampled = Double(last - first) / 1000
        average = sampled / Double(times.count - 1)
        // Behind a border of two resolutions the average says nothing about the start.
        firstSpacing = max(average, Double(window.firstSpacing ?? 0) / 1000)
        toStart = Double(first - window.start) / 1000
        toEnd = Double(window.end - last) / 1000
    }

    /// By how much growth over `sampled` is to be extended. `toZero`: seconds before the first
    /// sample at which a counter would have been 0.
    func factor(toZero: Double) -> Double {
        let before = min(toStart >= firstSpacing * 1.1 ? firstSpacing / 2 : toStart, toZero)
        let after = toEnd >= average * 1.1 ? average / 2 : toEnd
        return (sampled + before + after) / sampled
    }
}
