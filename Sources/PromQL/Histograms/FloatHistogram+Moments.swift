// Mean and spread of native histograms. The mean is exact (sum over count); the spread takes
// every observation at the middle of its bucket: the geometric mean of the bounds, 0 in the zero
// bucket, the arithmetic mean between custom bounds. Pure, any thread.

extension FloatHistogram {
    var average: Double { sum / count }

    /// Population variance.
    var variance: Double {
        let mean = average
        var total = KahanSum()
        for cell in cells() where cell.count != 0 {
            let distance = middle(of: clippedBucket(of: cell)) - mean
            total.add(cell.count * distance * distance)
        }
        return total.value / count
    }

    private func middle(of bucket: HistogramBucket) -> Double {
        if usesCustomBounds { return (bucket.upper + bucket.lower) / 2 }
        if bucket.lower <= 0, bucket.upper >= 0 { return 0 }
        let middle = (bucket.upper * bucket.lower).squareRoot()
        return bucket.upper < 0 ? -middle : middle
    }
}
