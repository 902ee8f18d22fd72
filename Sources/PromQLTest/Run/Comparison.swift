// When two values count as the same: floats within a millionth of their sum, histograms bucket
// by bucket after empty buckets are left out, reset hints only where the test names one. Any
// thread.

internal import PromQL

enum Comparison {
    private static let tolerance = 0.000_001

    /// A stale marker equals a stale marker only; any other NaN any other NaN.
    static func isAlmostEqual(_ left: Double, _ right: Double) -> Bool {
        if StaleMarker.isStale(left) || StaleMarker.isStale(right) {
            return StaleMarker.isStale(left) && StaleMarker.isStale(right)
        }
        if left.isNaN && right.isNaN { return true }
        if left == right { return true }
        let sum = left.magnitude + right.magnitude
        let difference = (left - right).magnitude
        let smallest = Double.leastNormalMagnitude
        if left == 0 || right == 0 || sum < smallest { return difference < tolerance * smallest }
        return difference / min(sum, .greatestFiniteMagnitude) < tolerance
    }

    /// The first difference, or nil.
    static func difference(
        _ expected: FloatHistogram, statesHint: Bool, _ actual: FloatHistogram
    ) -> String? {
        let figures = [
            ("count", expected.count, actual.count), ("sum", expected.sum, actual.sum),
            ("z_bucket", expected.zeroCount, actual.zeroCount),
        ]
        if expected.schema != actual.schema {
            return "schema \(expected.schema) expected, got \(actual.schema)"
        }
        for (name, one, other) in figures where !isAlmostEqual(one, other) {
            return "\(name) \(text(one)) expected, got \(text(other))"
        }
        if expected.zeroThreshold != actual.zeroThreshold {
            return "z_bucket_w \(expected.zeroThreshold) expected, got \(actual.zeroThreshold)"
        }
        if expected.usesCustomBounds, expected.customBounds != actual.customBounds {
            return "custom_values \(expected.customBounds) expected, got \(actual.customBounds)"
        }
        if let text = difference(expected.positiveBuckets, actual.positiveBuckets) {
            return "bucket \(text)"
        }
        if let text = difference(expected.negativeBuckets, actual.negativeBuckets) {
            return "negative bucket \(text)"
        }
        if statesHint, expected.resetHint != actual.resetHint {
            return "hint \(expected.resetHint) expected, got \(actual.resetHint)"
        }
        return nil
    }

    private static func difference(
        _ expected: [Int: Double], _ actual: [Int: Double]
    ) -> String? {
        for index in Set(expected.keys).union(actual.keys).sorted() {
            switch (expected[index], actual[index]) {
            case (let one?, let other?) where isAlmostEqual(one, other): continue
            case (let one, let other):
                return "\(index): \(text(one ?? 0)) expected, got \(text(other ?? 0))"
            }
        }
        return nil
    }

    static func text(_ value: Double) -> String {
        StaleMarker.isStale(value) ? "stale" : FloatText.general(value)
    }
}
