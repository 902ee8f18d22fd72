// Classic histograms: cumulative counts by upper bound (`le`). Series of one histogram may be
// scraped or computed apart, so counts are first made monotonic; differences of rounding are
// mended silently, others are worth a remark. A value, any thread.

/// The buckets of one classic histogram.
struct ClassicBuckets {
    struct Bucket {
        var upper: Double
        /// Observations up to `upper`.
        var count: Double
    }

    /// A result, and whether counts went down from one bucket to the next.
    struct Quantile: Equatable {
        var value: Double
        var wasForcedMonotonic = false
    }

    private(set) var buckets: [Bucket]
    private(set) var wasForcedMonotonic = false

    /// Bounds ascend; of one bound twice the counts are added.
    init(ascending buckets: [Bucket]) {
        self.buckets = []
        self.buckets.reserveCapacity(buckets.count)
        for bucket in buckets {
            if let last = self.buckets.last, last.upper == bucket.upper {
                self.buckets[self.buckets.count - 1].count += bucket.count
            } else {
                self.buckets.append(bucket)
            }
        }
    }

    /// NaN without observations, without a bucket +Inf or with no other bucket than that.
    mutating func quantile(_ phi: Double) -> Quantile {
        if phi.isNaN { return Quantile(value: .nan) }
        if phi < 0 { return Quantile(value: -.infinity) }
        if phi > 1 { return Quantile(value: .infinity) }
        guard let last = buckets.last, last.upper == .infinity else { return Quantile(value: .nan) }
        forceMonotonic()
        let observations = buckets[buckets.count - 1].count
        guard buckets.count >= 2, observations != 0 else { return Quantile(value: .nan) }
        return Quantile(
            value: value(atRank: phi * observations), wasForcedMonotonic: wasForcedMonotonic)
    }

    private func value(atRank rank: Double) -> Double {
        let top = buckets.count - 1
        let place = buckets[..<top].firstIndex { $0.count >= rank } ?? top
        // Nothing is known of values above the highest bound, nor below the lowest negative one.
        if place == top { return buckets[top - 1].upper }
        let bucket = buckets[place]
        if place == 0 {
            return bucket.upper <= 0 ? bucket.upper : bucket.upper * (rank / bucket.count)
        }
        let before = buckets[place - 1]
        let share = (rank - before.count) / (bucket.count - before.count)
        return before.upper + (bucket.upper - before.upper) * share
    }

    /// The share of observations between two values.
    func fraction(from lower: Double, to upper: Double) -> Double {
        guard let last = buckets.last, last.upper == .infinity, last.count != 0 else { return .nan }
        if lower.isNaN || upper.isNaN { return .nan }
        if lower >= upper { return 0 }
        let below = min(rank(below: lower), last.count)
        let above = min(rank(below: upper), last.count)
        return (above - below) / last.count
    }

    private func rank(below border: Double) -> Double {
        var start = -Double.infinity
        var rank = 0.0
        for bucket in buckets {
            if start >= border { return rank }
            if bucket.upper > border {
                // An infinite bucket cannot be divided: all of it lies below.
                if start == -.infinity { return bucket.count }
                return rank + (bucket.count - rank) * (border - start) / (bucket.upper - start)
            }
            rank = bucket.count
            start = bucket.upper
        }
        return rank
    }

    private mutating func forceMonotonic() {
        var previous = buckets[0].count
        for place in buckets.indices.dropFirst() {
            let count = buckets[place].count
            if count == previous { continue }
            if Self.isRounding(previous, count) {
                buckets[place].count = previous
            } else if count < previous {
                buckets[place].count = previous
                wasForcedMonotonic = true
            } else {
                previous = count
            }
        }
    }

    /// Apart by less than 1e-12 of both.
    private static func isRounding(_ left: Double, _ right: Double) -> Bool {
        let sum = min(abs(left) + abs(right), .greatestFiniteMagnitude)
        let smallest = Double.leastNormalMagnitude
        let difference = abs(left - right)
        if left == 0 || right == 0 || sum < smallest { return difference < 1e-12 * smallest }
        return difference / sum < 1e-12
    }
}
