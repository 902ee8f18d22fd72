// irate and idelta: the step between the last
// two samples of a window, whatever their
// kinds. Pure, any thread.

extension RangeFunctions {
    private enum Kind {
        case rate
        case delta
    }

    static func irate(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        lastStep(window, .rate, &notes)
    }

    static func idelta(
        _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
    ) -> SampleValue? {
        lastStep(window, .delta, &notes)
    }

    private static func lastStep(
        _ window: RangeWindow, _ kind: Kind, _ notes: inout FunctionNotes
    ) -> SampleValue? {
        guard window.times.count + window.histogramTimes.count >= 2 else { return nil }
        let floats = window.times.suffix(2)
        let histograms = window.histogramTimes.suffix(2)
        // How many of the last two samples are histograms decides.
        if histograms.isEmpty || isBefore(histograms.last, floats.dropLast().last) {
            let (first, last) = (window.values.endIndex - 2, window.values.endIndex - 1)
            return floatStep(
                window.values[first], window.values[last],
                seconds: Double(window.times[last] - window.times[first]) / 1000, kind)
        }
        if floats.isEmpty || isBefore(floats.last, histograms.dropLast().last) {
            return histogramStep(window, kind, &notes)
        }
        notes.annotations.warn(AnnotationText.mixedSamples(window.metricName))
        return nil
    }

    /// Both exist, and `time` is the earlier one.
    private static func isBefore(_ time: Int64?, _ other: Int64?) -> Bool {
        guard let time, let other else { return false }
        return time < other
    }

    private static func floatStep(
        _ first: Double, _ last: Double, seconds: Double, _ kind: Kind
    ) -> SampleValue? {
        if seconds == 0 { return nil }
        switch kind {
        case .delta: return .float(last - first)
        case .rate: return .float((last < first ? last : last - first) / seconds)
        }
    }

    private static func histogramStep(
        _ window: RangeWindow, _ kind: Kind, _ notes: inout FunctionNotes
    ) -> SampleValue? {
        let end = window.histograms.endIndex
        let first = window.histograms[end - 2]
        var step = window.histograms[end - 1]
        let seconds =
            Double(window.histogramTimes[end - 1] - window.histogramTimes[end - 2]) / 1000
        if seconds == 0 { return nil }
        let hints = [first.resetHint, step.resetHint]
        switch kind {
        case .rate:
            if hints.contains(.gauge) {
                notes.annotations.warn(AnnotationText.notCounter(window.metricName))
            }
        case .delta:
            if hints != [.gauge, .gauge] {
                notes.annotations.warn(AnnotationText.notGauge(window.metricName))
            }
        }
        if kind == .delta || !step.detectsReset(after: first) {
            if let mismatch = step.subtract(first) {
                notes.annotations.warn(AnnotationText.mismatch(mismatch, window.metricName))
                return nil
            }
        }
        step.resetHint = .gauge
        step.compact()
        if kind == .rate { step.divide(by: seconds) }
        return .histogram(step)
    }
}
