// Quantiles and fractions of native histograms. Inside an exponential bucket values are taken
// as spread evenly on a logarithmic scale; in the zero bucket and between custom bounds evenly
// as they are. Observations of NaN count, but lie in no bucket; a sum that is NaN gives them
// away. Pure, any thread.

import Glibc

/// A quantile, and what observations of NaN did to it.
struct HistogramQuantile: Equatable {
    enum Remark: Equatable {
        case none
        /// The rank lies among the observations of NaN.
        case isNotANumber
        /// They stand above all others and so move the quantile up.
        case skewed
    }

    var value: Double
    var remark = Remark.none
}

extension FloatHistogram {
    /// `phi` below 0: -Inf, above 1: +Inf; NaN when it is NaN or nothing was observed.
    func quantile(_ phi: Double) -> HistogramQuantile {
        if phi < 0 { return HistogramQuantile(value: -.infinity) }
        if phi > 1 { return HistogramQuantile(value: .infinity) }
        if count == 0 || phi.isNaN { return HistogramQuantile(value: .nan) }
        // From the nearer end, as rounding errors grow on the way. NaN would stand at the upper
        // end.
        let isUpward = sum.isNaN || phi < 0.5
        var rank = (isUpward ? phi : 1 - phi) * count
        let (cell, seen) = cell(atRank: rank, isUpward: isUpward)
        guard let cell else {
            return sum.isNaN
                ? HistogramQuantile(value: .nan, remark: .isNotANumber)
                : HistogramQuantile(value: 0)
        }
        var bucket = quantileBucket(of: cell)
        let remark = hasNaNObservations ? HistogramQuantile.Remark.skewed : .none
        if usesCustomBounds {
            if bucket.lower == -.infinity {
                if bucket.upper <= 0 { return HistogramQuantile(value: bucket.upper) }
                bucket.lower = 0
            } else if bucket.upper == .infinity {
                return HistogramQuantile(value: bucket.lower)
            }
        }
        let reached = min(seen, count)
        if reached < rank {
            if sum.isNaN { return HistogramQuantile(value: .nan, remark: .isNotANumber) }
            return HistogramQuantile(value: bucket.upper)
        }
        rank = isUpward ? rank - (reached - bucket.count) : reached - rank
        return HistogramQuantile(
            value: bucket.value(at: rank / bucket.count, isLinear: usesCustomBounds),
            remark: remark)
    }

    /// The first populated cell where the counts so far reach `rank` (else the last one), and
    /// them.
    private func cell(atRank rank: Double, isUpward: Bool) -> (Cell?, seen: Double) {
        let cells = cells()
        var found: Cell?
        var seen = 0.0
        for step in cells.indices {
            let cell = isUpward ? cells[step] : cells[cells.count - 1 - step]
            if cell.count == 0 { continue }
            found = cell
            seen += cell.count
            if seen >= rank { break }
        }
        return (found, seen)
    }

    /// The bucket, with a zero bucket cut to the sign that the histogram has.
    private func quantileBucket(of cell: Cell) -> HistogramBucket {
        var bucket = clippedBucket(of: cell)
        if !usesCustomBounds, bucket.lower < 0, bucket.upper > 0 { cutAtZero(&bucket) }
        return bucket
    }

    /// Without buckets on one side, that side of the zero bucket is empty too.
    private func cutAtZero(_ bucket: inout HistogramBucket) {
        if negative.isEmpty, !positive.isEmpty { bucket.lower = 0 }
        if positive.isEmpty, !negative.isEmpty { bucket.upper = 0 }
    }

    /// Observations of NaN: counted, but in no bucket. A sum that is NaN may also come from both
    /// infinities, which lie in buckets.
    var hasNaNObservations: Bool { sum.isNaN && inBuckets < count }

    private var inBuckets: Double {
        cells().reduce(0) { $0 + $1.count }
    }

    /// The share of observations between two values; NaN when a border is, or nothing was
    /// observed. Observations of NaN lie between no values, though they are a part of the whole.
    func fraction(from lower: Double, to upper: Double) -> Double {
        if count == 0 || lower.isNaN || upper.isNaN { return .nan }
        if lower >= upper { return 0 }
        var below = BorderRank(border: lower)
        var above = BorderRank(border: upper)
        var rank = 0.0
        for cell in cells() where cell.count != 0 {
            var bucket = clippedBucket(of: cell)
            let holdsZero = bucket.lower <= 0 && bucket.upper >= 0
            if holdsZero { cutAtZero(&bucket) }
            let isLinear = usesCustomBounds || holdsZero
            below.visit(bucket, from: rank, isLinear: isLinear)
            above.visit(bucket, from: rank, isLinear: isLinear)
            if below.rank != nil, above.rank != nil { break }
            rank += cell.count
        }
        let most = sum.isNaN ? inBuckets : count
        return (min(above.rank ?? most, most) - min(below.rank ?? most, most)) / count
    }
}

/// How many observations lie below a border; known once the scan has come to it.
private struct BorderRank {
    let border: Double
    var rank: Double?

    mutating func visit(_ bucket: HistogramBucket, from start: Double, isLinear: Bool) {
        if rank != nil { return }
        if bucket.lower >= border {
            rank = start
        } else if bucket.upper > border {
            // An infinite bucket cannot be divided: all of it lies below.
            let share =
                bucket.lower == -.infinity ? 1 : bucket.share(below: border, isLinear: isLinear)
            rank = start + bucket.count * share
        }
    }
}

extension HistogramBucket {
    /// The value at `share` of the way through the bucket.
    fileprivate func value(at share: Double, isLinear: Bool) -> Double {
        if isLinear || (lower <= 0 && upper >= 0) { return lower + (upper - lower) * share }
        let low = log2(abs(lower))
        let high = log2(abs(upper))
        if lower > 0 { return exp2(low + (high - low) * share) }
        return -exp2(high + (low - high) * (1 - share))
    }

    /// How much of the bucket lies below `border`, which is inside it.
    fileprivate func share(below border: Double, isLinear: Bool) -> Double {
        if isLinear { return (border - lower) / (upper - lower) }
        let low = log2(abs(lower))
        let high = log2(abs(upper))
        let place = log2(abs(border))
        if border > 0 { return (place - low) / (high - low) }
        return 1 - (place - high) / (low - high)
    }
}
