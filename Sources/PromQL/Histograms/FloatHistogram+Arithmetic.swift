// Sums, differences and scaling of native histograms. Two exponential histograms always fit:
// the lower resolution and the wider zero bucket win. Custom bounds fit only when they are the
// same. Values, any thread.

/// Why two histograms cannot be combined.
public enum HistogramMismatch: Sendable, Equatable {
    /// One has exponential buckets, the other custom bounds.
    case schemas
    /// Both have custom bounds, different ones.
    case bounds
}

extension FloatHistogram {
    /// nil: done. Otherwise nothing has changed.
    public mutating func add(_ other: FloatHistogram) -> HistogramMismatch? {
        let hint = hintOfSum(with: other)
        if let mismatch = combine(other, times: 1) { return mismatch }
        resetHint = hint
        return nil
    }

    /// nil: done. Otherwise nothing has changed. The hint is that of a sum: who subtracts to move a
    /// mean has no gauge by it, so callers that do have one say so.
    public mutating func subtract(_ other: FloatHistogram) -> HistogramMismatch? {
        let hint = hintOfSum(with: other)
        if let mismatch = combine(other, times: -1) { return mismatch }
        resetHint = hint
        return nil
    }

    /// A negative factor makes a gauge.
    public mutating func scale(by factor: Double) {
        count *= factor
        sum *= factor
        zeroCount *= factor
        for index in positive.indices { positive[index] *= factor }
        for index in negative.indices { negative[index] *= factor }
        if factor < 0 { resetHint = .gauge }
    }

    /// By 0: count, sum and zero count become infinite or NaN, and all buckets go.
    public mutating func divide(by divisor: Double) {
        count /= divisor
        sum /= divisor
        zeroCount /= divisor
        if divisor == 0 {
            positiveRow = BucketRow()
            negativeRow = BucketRow()
            return
        }
        for index in positive.indices { positive[index] /= divisor }
        for index in negative.indices { negative[index] /= divisor }
        if divisor < 0 { resetHint = .gauge }
    }

    public func scaled(by factor: Double) -> FloatHistogram {
        var copy = self
        copy.scale(by: factor)
        return copy
    }

    public func divided(by divisor: Double) -> FloatHistogram {
        var copy = self
        copy.divide(by: divisor)
        return copy
    }

    /// A gauge makes the sum a gauge; two hints that differ otherwise say nothing.
    private func hintOfSum(with other: FloatHistogram) -> ResetHint {
        if resetHint == other.resetHint { return resetHint }
        return resetHint == .gauge || other.resetHint == .gauge ? .gauge : .unknown
    }

    private mutating func combine(
        _ other: FloatHistogram, times sign: Double
    ) -> HistogramMismatch? {
        if usesCustomBounds != other.usesCustomBounds { return .schemas }
        if usesCustomBounds, customBounds != other.customBounds { return .bounds }
        if hasLayout(of: other) {
            for index in positive.indices { positive[index] += sign * other.positive[index] }
            for index in negative.indices { negative[index] += sign * other.negative[index] }
            addTotals(other, times: sign)
            return nil
        }
        var other = other
        if !usesCustomBounds {
            Self.alignZeroBuckets(&self, &other)
            let lowest = min(schema, other.schema)
            reduceResolution(to: lowest)
            other.reduceResolution(to: lowest)
        }
        positiveRow = positiveRow.adding(other.positiveRow, times: sign)
        negativeRow = negativeRow.adding(other.negativeRow, times: sign)
        addTotals(other, times: sign)
        return nil
    }

    private mutating func addTotals(_ other: FloatHistogram, times sign: Double) {
        count += sign * other.count
        sum += sign * other.sum
        zeroCount += sign * other.zeroCount
    }

    /// The same buckets in the same places: counts can be taken one by one.
    func hasLayout(of other: FloatHistogram) -> Bool {
        schema == other.schema && zeroThreshold == other.zeroThreshold
            && positive.count == other.positive.count && negative.count == other.negative.count
            && positiveSpans == other.positiveSpans && negativeSpans == other.negativeSpans
    }
}
