// A native histogram from the bounds of its buckets, which is all that the API tells: the schema
// is the coarsest whose bounds they are; bounds that fit none are custom ones. Empty buckets are
// not told, so only the populated ones come back. Pure; any thread.

import Glibc
import PromQL

enum HistogramBounds {
    private static let schemas: ClosedRange<Int32> = -4...8

    /// `buckets` ascend.
    static func histogram(
        count: Double, sum: Double, _ buckets: [HistogramBucket]
    ) -> FloatHistogram {
        var histogram = FloatHistogram()
        histogram.count = count
        histogram.sum = sum
        if buckets.isEmpty { return histogram }
        for schema in schemas where fill(&histogram, buckets, schema) { return histogram }
        fillCustom(&histogram, buckets)
        return histogram
    }

    /// False when a bucket is none of that schema.
    private static func fill(
        _ histogram: inout FloatHistogram, _ buckets: [HistogramBucket], _ schema: Int32
    ) -> Bool {
        var positive: [(index: Int, count: Double)] = []
        var negative: [(index: Int, count: Double)] = []
        var zero: HistogramBucket?
        let threshold = buckets.first { $0.lower <= 0 && $0.upper >= 0 }?.upper ?? 0
        for bucket in buckets {
            if bucket.lower <= 0 && bucket.upper >= 0 {
                guard zero == nil, bucket.lower == -bucket.upper else { return false }
                zero = bucket
            } else if bucket.lower > 0 {
                guard let index = index(bucket.lower, bucket.upper, schema, threshold) else {
                    return false
                }
                positive.append((index, bucket.count))
            } else {
                guard let index = index(-bucket.upper, -bucket.lower, schema, threshold) else {
                    return false
                }
                negative.append((index, bucket.count))
            }
        }
        histogram.schema = schema
        histogram.zeroThreshold = zero?.upper ?? 0
        histogram.zeroCount = zero?.count ?? 0
        (histogram.positiveSpans, histogram.positive) = spans(positive)
        (histogram.negativeSpans, histogram.negative) = spans(negative.reversed())
        return true
    }

    /// The index of (lower, upper]; a lower bound at the zero bucket may have been cut there.
    private static func index(
        _ lower: Double, _ upper: Double, _ schema: Int32, _ threshold: Double
    ) -> Int? {
        let scale = exp2(Double(schema))
        guard upper.isFinite else { return nil }
        let exact = log2(upper) * scale
        let index = exact.rounded()
        guard abs(exact - index) < 1e-6 * max(1, scale / 16) else { return nil }
        let below = log2(lower) * scale
        let isWhole = abs(below - (index - 1)) < 1e-6 * max(1, scale / 16)
        let isCut = lower == threshold && below > index - 1
        return isWhole || isCut ? Int(index) : nil
    }

    /// `buckets` ascend by index.
    private static func spans(
        _ buckets: [(index: Int, count: Double)]
    ) -> ([FloatHistogram.Span], [Double]) {
        var spans: [FloatHistogram.Span] = []
        var end = 0
        for bucket in buckets {
            if bucket.index == end, !spans.isEmpty {
                spans[spans.count - 1].length += 1
            } else {
                spans.append(
                    FloatHistogram.Span(offset: Int32(clamping: bucket.index - end), length: 1))
            }
            end = bucket.index + 1
        }
        return (spans, buckets.map(\.count))
    }

    private static func fillCustom(
        _ histogram: inout FloatHistogram, _ buckets: [HistogramBucket]
    ) {
        var bounds: Set<Double> = []
        for bucket in buckets {
            if bucket.lower.isFinite { bounds.insert(bucket.lower) }
            if bucket.upper.isFinite { bounds.insert(bucket.upper) }
        }
        let sorted = bounds.sorted()
        var places: [(index: Int, count: Double)] = []
        for bucket in buckets {
            places.append((sorted.firstIndex(of: bucket.upper) ?? sorted.count, bucket.count))
        }
        histogram.schema = FloatHistogram.customSchema
        histogram.customBounds = sorted
        (histogram.positiveSpans, histogram.positive) = spans(places)
    }
}
