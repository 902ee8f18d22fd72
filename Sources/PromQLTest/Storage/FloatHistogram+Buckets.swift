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
}
