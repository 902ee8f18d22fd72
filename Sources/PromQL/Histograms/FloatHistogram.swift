// A native histogram as PromQL computes with it: float counts in sparse buckets of base
// 2^(2^-schema), or custom bounds (schema -53). Facts: the native histogram specification of
// Prometheus. A value, any thread.

/// A sparse histogram. Buckets with count 0 may be present; `compact` removes them.
public struct FloatHistogram: Sendable, Equatable {
    /// What is known of a reset between this sample and the one before.
    public enum ResetHint: UInt8, Sendable {
        case unknown
        case reset
        case notReset
        case gauge
    }

    /// `length` buckets in a row after `offset` (from index 0 for the first span, else from the
    /// end of the span before).
    public struct Span: Sendable, Equatable {
        public var offset: Int32
        public var length: UInt32

        public init(offset: Int32, length: UInt32) {
            self.offset = offset
            self.length = length
        }
    }

    /// Custom bounds: every bucket lies in `positive`, bounds in `customBounds`.
    public static let customSchema: Int32 = -53

    /// -4...8, or `customSchema`. Bucket i is (b^(i-1), b^i] with b = 2^(2^-schema).
    public var schema: Int32 = 0
    /// Width of the zero bucket [-t, t].
    public var zeroThreshold: Double = 0
    public var zeroCount: Double = 0
    public var count: Double = 0
    public var sum: Double = 0
    public var positiveSpans: [Span] = []
    public var negativeSpans: [Span] = []
    /// Absolute counts, one for each bucket that the spans name.
    public var positive: [Double] = []
    public var negative: [Double] = []
    /// Upper bounds, ascending, without +Inf; for `customSchema` only.
    public var customBounds: [Double] = []
    public var resetHint = ResetHint.unknown

    public init() {}

    public var usesCustomBounds: Bool { schema == Self.customSchema }

    /// What it takes of a budget beside its place in a column; bounds are shared and not counted.
    public var ownCost: Int {
        let bytes =
            MemoryLayout<Self>.stride + 8 * (positive.count + negative.count)
            + 8 * (positiveSpans.count + negativeSpans.count)
        return bytes / SampleBudget.bytesPerSample
    }
}
