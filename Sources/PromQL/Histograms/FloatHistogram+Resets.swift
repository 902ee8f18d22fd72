// Whether a counter histogram has started again between two samples. A hint decides
// alone; without one every count is compared, as nothing in a counter ever becomes
// less. Pure, any thread.

extension FloatHistogram {
    /// O(buckets).
    public func detectsReset(after previous: FloatHistogram) -> Bool {
        switch resetHint {
        case .reset: return true
        case .notReset: return false
        case .unknown, .gauge: break
        }
        if count < previous.count { return true }
        if usesCustomBounds != previous.usesCustomBounds { return true }
        if usesCustomBounds, customBounds != previous.customBounds { return true }
        // A process never gains resolution or narrows its zero bucket while it runs.
        if schema > previous.schema || zeroThreshold < previous.zeroThreshold { return true }
        if holdsEachCount(of: previous) { return false }
        let (zeros, threshold) = previous.zeroBucket(widenedTo: zeroThreshold)
        if threshold != zeroThreshold || zeroCount < zeros { return true }
        var earlier = previous
        earlier.positiveRow = rowOutside(previous, previous.positiveRow)
        earlier.negativeRow = rowOutside(previous, previous.negativeRow)
        earlier.reduceResolution(to: schema)
        return rowOutside(self, positiveRow).isLess(thanIn: earlier.positiveRow)
            || rowOutside(self, negativeRow).isLess(thanIn: earlier.negativeRow)
    }

    private func rowOutside(_ owner: FloatHistogram, _ row: BucketRow) -> BucketRow {
        owner.rowOutsideZero(row, threshold: zeroThreshold)
    }

    /// The common case, one pass without indexes: the same layout and nothing less.
    private func holdsEachCount(of previous: FloatHistogram) -> Bool {
        guard hasLayout(of: previous), zeroCount >= previous.zeroCount else { return false }
        for index in positive.indices where positive[index] < previous.positive[index] {
            return false
        }
        for index in negative.indices where negative[index] < previous.negative[index] {
            return false
        }
        return true
    }
}
