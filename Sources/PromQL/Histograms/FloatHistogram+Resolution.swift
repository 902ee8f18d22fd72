// Making native histograms alike: fewer buckets, a lower
// resolution, a wider zero bucket. Nothing here changes what was
// counted. Values, any thread.

extension FloatHistogram {
    /// Removes empty buckets and joins spans that touch.
    public mutating func compact() {
        positiveRow = positiveRow.compacted()
        negativeRow = negativeRow.compacted()
    }

    public func compacted() -> FloatHistogram {
        var copy = self
        copy.compact()
        return copy
    }

    /// To a smaller exponential schema; 2^(schema - target) neighbours become one bucket.
    mutating func reduceResolution(to target: Int32) {
        guard target < schema, !usesCustomBounds else { return }
        let halvings = Int(schema - target)
        positiveRow = positiveRow.reduced(halvings: halvings)
        negativeRow = negativeRow.reduced(halvings: halvings)
        schema = target
    }

    /// What the zero bucket would hold at `wanted` or above: a populated bucket that `wanted` cuts
    /// goes in whole, and the threshold grows to its bound.
    func zeroBucket(widenedTo wanted: Double) -> (count: Double, threshold: Double) {
        if wanted == zeroThreshold { return (zeroCount, wanted) }
        var threshold = wanted
        while true {
            var total = zeroCount
            var widest = threshold
            for row in [positiveRow, negativeRow] {
                for (index, count) in zip(row.indexes, row.counts) {
                    if bound(index - 1) >= threshold { break }
                    total += count
                    let upper = bound(index)
                    if upper > threshold {
                        if count != 0 { widest = max(widest, upper) }
                        break
                    }
                }
            }
            if widest == threshold { return (total, threshold) }
            threshold = widest
        }
    }

    /// Widens the zero bucket and takes the buckets that it covers out of the rows.
    mutating func widenZeroBucket(to wanted: Double) {
        let (total, threshold) = zeroBucket(widenedTo: wanted)
        if threshold == zeroThreshold { return }
        positiveRow = rowOutsideZero(positiveRow, threshold: threshold)
        negativeRow = rowOutsideZero(negativeRow, threshold: threshold)
        zeroCount = total
        zeroThreshold = threshold
    }

    /// Buckets that begin at `threshold` or above.
    func rowOutsideZero(_ row: BucketRow, threshold: Double) -> BucketRow {
        guard threshold > 0, !usesCustomBounds else { return row }
        for index in row.indexes where bound(index - 1) >= threshold {
            return index == row.indexes.first ? row : row.dropping(below: index)
        }
        return BucketRow()
    }

    /// Gives both histograms the wider of the two zero buckets.
    static func alignZeroBuckets(_ left: inout FloatHistogram, _ right: inout FloatHistogram) {
        while left.zeroThreshold != right.zeroThreshold {
            if left.zeroThreshold > right.zeroThreshold {
                right.widenZeroBucket(to: left.zeroThreshold)
            } else {
                left.widenZeroBucket(to: right.zeroThreshold)
            }
        }
    }
}
