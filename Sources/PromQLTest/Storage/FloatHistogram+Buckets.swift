// Buckets by index, without empty ones: what storing
// and comparing look at, however the spans are cut. Any
// thread.

internal import PromQL

extension FloatHistogram {
    var positiveBuckets: [Int32: Double] { Self.byIndex(positiveSpans, positive) }
    var negativeBuckets: [Int32: Double] { Self.byIndex(negativeSpans, negative) }

    private static func byIndex(_ spans: [Span], _ counts: [Double]) -> [Int32: Double] {
        var buckets: [Int32: Double] = [:]
        var index: Int32 = 0
        var place = 0
        for span in spans {
            index += span.offset
            for _ in 0..<span.length where place < counts.count {
                if counts[place] != 0 { buckets[index] = counts[place] }
                index += 1
                place += 1
            }
        }
        return buckets
    }

    /// With `factor` times the other one added; nil when layouts differ.
    func combined(with other: FloatHistogram, factor: Double) -> FloatHistogram? {
        guard schema == other.schema, customBounds == other.customBounds,
            zeroThreshold == other.zeroThreshold
        else { return nil }
        var result = self
        result.count += factor * other.count
        result.sum += factor * other.sum
        result.zeroCount += factor * other.zeroCount
        (result.positiveSpans, result.positive) = Self.merged(
            positiveBuckets, other.positiveBuckets, factor)
        (result.negativeSpans, result.negative) = Self.merged(
            negativeBuckets, other.negativeBuckets, factor)
        return result
    }

    private static func merged(
        _ one: [Int32: Double], _ other: [Int32: Double], _ factor: Double
    ) -> ([Span], [Double]) {
        let sums = one.merging(other.mapValues { $0 * factor }) { $0 + $1 }
        guard let low = sums.keys.min(), let high = sums.keys.max() else { return ([], []) }
        let counts = (low...high).map { sums[$0, default: 0] }
        return ([Span(offset: low, length: UInt32(counts.count))], counts)
    }
}
