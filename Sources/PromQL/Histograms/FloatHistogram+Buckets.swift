// The buckets of a native histogram in order, with their bounds. A `Cell` is a bucket by index:
// bounds cost an exp2 each, so scans for a rank look at counts alone and ask for the bounds of
// one cell. Values, any thread.

import Glibc

/// One bucket with its bounds.
public struct HistogramBucket: Sendable, Equatable {
    public var lower: Double
    public var upper: Double
    public var includesLower: Bool
    public var includesUpper: Bool
    public var count: Double

    public init(
        lower: Double, upper: Double, includesLower: Bool, includesUpper: Bool, count: Double
    ) {
        self.lower = lower
        self.upper = upper
        self.includesLower = includesLower
        self.includesUpper = includesUpper
        self.count = count
    }

    /// The number of the HTTP API: 0 (lower, upper], 1 [lower, upper), 2 open, 3 closed.
    public var boundaryRule: Int {
        switch (includesLower, includesUpper) {
        case (false, true): 0
        case (true, false): 1
        case (false, false): 2
        case (true, true): 3
        }
    }
}

extension FloatHistogram {
    enum Side {
        case negative
        case zero
        case positive
    }

    /// One bucket by index.
    struct Cell {
        var side: Side
        var index: Int
        var count: Double
    }

    var positiveRow: BucketRow {
        get { BucketRow(spans: positiveSpans, counts: positive) }
        set {
            positiveSpans = newValue.spans
            positive = newValue.counts
        }
    }

    var negativeRow: BucketRow {
        get { BucketRow(spans: negativeSpans, counts: negative) }
        set {
            negativeSpans = newValue.spans
            negative = newValue.counts
        }
    }

    /// All buckets from the lowest value to the highest; the zero bucket when it is not empty.
    func cells() -> [Cell] {
        var found: [Cell] = []
        found.reserveCapacity(positive.count + negative.count + 1)
        for (index, count) in zip(negativeRow.indexes, negative).reversed() {
            found.append(Cell(side: .negative, index: index, count: count))
        }
        if zeroCount > 0 { found.append(Cell(side: .zero, index: 0, count: zeroCount)) }
        for (index, count) in zip(positiveRow.indexes, positive) {
            found.append(Cell(side: .positive, index: index, count: count))
        }
        return found
    }

    /// The bounds of a cell as the schema draws them.
    func bucket(of cell: Cell) -> HistogramBucket {
        switch cell.side {
        case .zero:
            HistogramBucket(
                lower: -zeroThreshold, upper: zeroThreshold, includesLower: true,
                includesUpper: true, count: cell.count)
        case .negative:
            HistogramBucket(
                lower: -bound(cell.index), upper: -bound(cell.index - 1), includesLower: true,
                includesUpper: false, count: cell.count)
        case .positive:
            HistogramBucket(
                lower: bound(cell.index - 1), upper: bound(cell.index),
                includesLower: usesCustomBounds && cell.index == 0, includesUpper: true,
                count: cell.count)
        }
    }

    /// The same, cut where the zero bucket begins.
    func clippedBucket(of cell: Cell) -> HistogramBucket {
        var bucket = bucket(of: cell)
        guard !usesCustomBounds else { return bucket }
        switch cell.side {
        case .zero:
            break
        case .negative:
            bucket.upper = min(bucket.upper, -zeroThreshold)
        case .positive:
            bucket.lower = max(bucket.lower, zeroThreshold)
        }
        return bucket
    }

    /// Counts by index without the empty ones, however the spans are cut.
    public var positiveBuckets: [Int: Double] { Self.byIndex(positiveRow) }
    public var negativeBuckets: [Int: Double] { Self.byIndex(negativeRow) }

    private static func byIndex(_ row: BucketRow) -> [Int: Double] {
        var buckets: [Int: Double] = [:]
        for (index, count) in zip(row.indexes, row.counts) where count != 0 {
            buckets[index] = count
        }
        return buckets
    }

    /// Buckets that are not empty, from the lowest to the highest, as the HTTP API shows them.
    public var populatedBuckets: [HistogramBucket] {
        cells().filter { $0.count != 0 }.map { clippedBucket(of: $0) }
    }

    /// The upper bound of bucket `index` (of its absolute values, on the negative side).
    func bound(_ index: Int) -> Double {
        if usesCustomBounds {
            if index < 0 { return -.infinity }
            return index < customBounds.count ? customBounds[index] : .infinity
        }
        return Self.exponentialBound(index, schema: Int(schema))
    }

    /// 2^(index * 2^-schema); the last bound before infinity is the largest finite number.
    static func exponentialBound(_ index: Int, schema: Int) -> Double {
        let exponent: Int
        var significand = 1.0
        if schema <= 0 {
            exponent = index << -schema
        } else {
            exponent = index >> schema
            let part = index & ((1 << schema) - 1)
            if part != 0 { significand = exp2(Double(part) / Double(1 << schema)) }
        }
        if exponent == 1024, significand == 1 { return .greatestFiniteMagnitude }
        return scalbn(significand, Int32(clamping: exponent))
    }
}
