// Growth of native histograms in a window. Schemas may change on the way: the lowest one wins.
// Between exponential buckets and custom bounds, or two sets of bounds, there is no growth, only
// a remark. Pure, any thread.

extension RangeFunctions {
    /// Last minus first, plus what was lost at each reset; nil when the samples do not fit
    /// together.
    static func counterGrowth(
        _ samples: ArraySlice<FloatHistogram>, _ name: String, _ notes: inout FunctionNotes
    ) -> FloatHistogram? {
        var previous = samples[samples.startIndex]
        let second = samples[samples.startIndex + 1]
        // After a reset the first sample counts for nothing, not even with its layout.
        if second.detectsReset(after: previous) { previous = emptyHistogram(like: second) }
        for sample in samples.dropFirst()
        where sample.usesCustomBounds != previous.usesCustomBounds {
            notes.annotations.warn(AnnotationText.mixedSchemas(name))
            return nil
        }
        var growth = samples[samples.endIndex - 1]
        let schemas = samples.dropFirst().map(\.schema) + [previous.schema]
        growth.reduceResolution(to: schemas.min() ?? growth.schema)
        var mismatch = growth.subtract(previous)
        for current in samples.dropFirst() {
            if mismatch != nil { break }
            if current.detectsReset(after: previous) { mismatch = growth.add(previous) }
            previous = current
        }
        if mismatch == nil, samples.contains(where: { $0.resetHint == .gauge }) {
            notes.annotations.warn(AnnotationText.notCounter(name))
        }
        return finished(growth, mismatch, name, &notes)
    }

    /// Last minus first.
    static func gaugeGrowth(
        _ samples: ArraySlice<FloatHistogram>, _ name: String, _ notes: inout FunctionNotes
    ) -> FloatHistogram? {
        let first = samples[samples.startIndex]
        var growth = samples[samples.endIndex - 1]
        let areGauges = first.resetHint == .gauge && growth.resetHint == .gauge
        let mismatch = growth.subtract(first)
        if mismatch == nil, !areGauges {
            notes.annotations.warn(AnnotationText.notGauge(name))
        }
        return finished(growth, mismatch, name, &notes)
    }

    private static func finished(
        _ growth: FloatHistogram, _ mismatch: HistogramMismatch?, _ name: String,
        _ notes: inout FunctionNotes
    ) -> FloatHistogram? {
        if let mismatch {
            notes.annotations.warn(AnnotationText.mismatch(mismatch, name))
            return nil
        }
        var growth = growth
        growth.resetHint = .gauge
        growth.compact()
        return growth
    }

    private static func emptyHistogram(like other: FloatHistogram) -> FloatHistogram {
        var histogram = FloatHistogram()
        histogram.schema = other.schema
        histogram.customBounds = other.customBounds
        return histogram
    }
}
