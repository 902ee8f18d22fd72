// Equality of native histograms as PromQL's `==` and `changes` see it: the same
// numbers bit by bit in the same buckets. The reset hint does not count, nor how spans
// are cut. Values, any thread.

extension FloatHistogram {
    public static func == (left: FloatHistogram, right: FloatHistogram) -> Bool {
        left.schema == right.schema
            && left.count.bitPattern == right.count.bitPattern
            && left.sum.bitPattern == right.sum.bitPattern
            && left.zeroThreshold == right.zeroThreshold
            && left.zeroCount.bitPattern == right.zeroCount.bitPattern
            && (!left.usesCustomBounds || left.customBounds == right.customBounds)
            && sameBits(left.positive, right.positive)
            && sameBits(left.negative, right.negative)
            && sameBuckets(left.positiveRow, right.positiveRow)
            && sameBuckets(left.negativeRow, right.negativeRow)
    }

    private static func sameBits(_ left: [Double], _ right: [Double]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { $0.bitPattern == $1.bitPattern }
    }

    private static func sameBuckets(_ left: BucketRow, _ right: BucketRow) -> Bool {
        left.spans == right.spans || left.indexes == right.indexes
    }
}
