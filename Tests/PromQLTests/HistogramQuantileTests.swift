// Quantiles and fractions, native and classic: values of the
// published test files, the definitions by hand, and a brute-force
// scan over random histograms.

import Glibc
import Testing

@testable import PromQL

@Suite struct HistogramQuantileTests {
    static let positive = SampleFunctionTests.positive
    static let negative = SampleFunctionTests.negative
    static let high = "schema:-53 count:120 custom_values:[0.1 0.2 1] buckets:[50 20 40 10]"

    static let native: [(String, Double, Double)] = [
        (positive, 0, 0), (positive, 0.25, 0.055), (positive, 0.5, 0.125), (positive, 0.75, 0.45),
        (positive, 1, 1), (negative, 0, -0.25), (negative, 0.25, -0.225), (negative, 0.5, -0.2),
        (negative, 0.75, -0.15), (negative, 1, -0.1), (high, 0.2, 0.048), (high, 0.5, 0.15),
        (high, 0.8, 0.72), (high, 1, 1), (high, -0.1, -.infinity), (high, 1.01, .infinity),
        (high, .nan, .nan), ("schema:0", 0.5, .nan),
        // Exponential: half of (1, 2] on a logarithmic scale, and its mirror.
        ("count:4 sum:6 offset:1 buckets:[4]", 0.5, 1.4142135623730951),
        ("count:4 sum:-6 n_offset:1 n_buckets:[4]", 0.5, -1.4142135623730951),
        ("count:4 sum:-6 n_offset:1 n_buckets:[4]", 0.25, -1.681792830507429),
        ("count:4 sum:6 offset:1 buckets:[2 2]", 0.75, 2.8284271247461903),
        ("count:4 sum:6 offset:1 buckets:[2 2]", 1, 4),
        // The zero bucket is linear, and one-sided when only one side has buckets.
        ("count:4 z_bucket:4 z_bucket_w:0.5", 0.5, 0),
        ("count:4 z_bucket:4 z_bucket_w:0.5", 0.75, 0.25),
        ("count:8 z_bucket:4 z_bucket_w:0.5 offset:1 buckets:[4]", 0.25, 0.25),
        ("count:8 z_bucket:4 z_bucket_w:0.5 n_offset:1 n_buckets:[4]", 0.75, -0.25),
    ]

    @Test(arguments: native)
    func nativeQuantile(text: String, phi: Double, expected: Double) {
        let result = TestHistogram.read(text).quantile(phi)
        #expect(isClose(result.value, expected), "\(result.value)")
        #expect(result.remark == .none)
    }

    @Test func observationsOfNaN() {
        let histogram = TestHistogram.read("count:4 sum:nan offset:1 buckets:[2]")
        #expect(histogram.quantile(0.25).remark == .skewed)
        #expect(isClose(histogram.quantile(0.25).value, 1.4142135623730951))
        #expect(histogram.quantile(0.9).remark == .isNotANumber)
        #expect(histogram.quantile(0.9).value.isNaN)
    }

    /// Both directions of `quantile` and `fraction` agree with each other on random histograms.
    @Test func quantileAndFractionAreInverse() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var histogram = FloatHistogram()
            histogram.schema = Int32.random(in: -1...4, using: &generator)
            histogram.zeroThreshold = 0.001
            histogram.zeroCount = Double(Int.random(in: 0...3, using: &generator))
            var row = BucketRow()
            for index in 1...12 where Bool.random(using: &generator) {
                row.append(index, Double(Int.random(in: 1...9, using: &generator)))
            }
            histogram.positiveRow = row
            if Bool.random(using: &generator) { histogram.negativeRow = row }
            histogram.count = (histogram.positive + histogram.negative).reduce(0, +)
            histogram.count += histogram.zeroCount
            if histogram.count == 0 { continue }
            for phi in [0.1013, 0.3037, 0.4931, 0.5077, 0.7719, 0.9533] {
                let value = histogram.quantile(phi).value
                let share = histogram.fraction(from: -.infinity, to: value)
                #expect(abs(share - phi) < 1e-9, "\(histogram) at \(phi): \(value), \(share)")
                #expect(isClose(value, Self.bruteForce(histogram, phi)))
            }
        }
    }

    /// From the definition: walk up the buckets with observations, divide the one that holds the
    /// rank.
    private static func bruteForce(_ histogram: FloatHistogram, _ phi: Double) -> Double {
        var rest = phi * histogram.count
        for bucket in histogram.populatedBuckets {
            if rest > bucket.count {
                rest -= bucket.count
                continue
            }
            let share = rest / bucket.count
            if bucket.lower < 0, bucket.upper > 0 {
                let lower = histogram.negative.isEmpty && !histogram.positive.isEmpty
                return lower ? bucket.upper * share : bucket.lower * (1 - 2 * share)
            }
            if bucket.lower > 0 { return bucket.lower * pow(bucket.upper / bucket.lower, share) }
            return bucket.lower * pow(bucket.upper / bucket.lower, share)
        }
        return histogram.populatedBuckets.last?.upper ?? .nan
    }

    static let fractions: [(String, Double, Double, Double)] = [
        ("schema:-53 count:3 custom_values:[0 2 4 6] buckets:[0 1 1 1]", 0, 4, 0.6666666666666666),
        ("schema:-53 count:3 custom_values:[0 2 4 6] buckets:[0 1 1 1]", 0, 6, 1),
        ("schema:-53 count:3 custom_values:[0 2 4 6] buckets:[0 1 1 1]", 0, 3.5, 0.58333333333333),
        ("count:4 offset:1 buckets:[2 2]", 1, 2, 0.5),
        ("count:4 offset:1 buckets:[2 2]", 1.4142135623730951, 2.8284271247461903, 0.5),
        ("count:4 n_offset:1 n_buckets:[2 2]", -2, -1, 0.5),
        ("count:4 n_offset:1 n_buckets:[4]", -1.4142135623730951, 0, 0.5),
        ("count:4 offset:1 buckets:[2 2]", 3, 3, 0),
        ("count:4 offset:1 buckets:[4]", .nan, 3, .nan),
        ("count:8 z_bucket:4 z_bucket_w:1 n_offset:1 n_buckets:[4]", -0.5, .infinity, 0.25),
        ("schema:0", 0, 1, .nan),
    ]

    @Test(arguments: fractions)
    func nativeFraction(text: String, lower: Double, upper: Double, expected: Double) {
        let result = TestHistogram.read(text).fraction(from: lower, to: upper)
        #expect(isClose(result, expected), "\(result)")
    }

    // Upper bounds with cumulative counts.
    static let third: [(Double, Double)] = [
        (0, 0), (0.1, 50), (0.2, 70), (1, 110), (.infinity, 110),
    ]
    static let crooked: [(Double, Double)] = [
        (0.1, 20), (1, 10), (10, 50), (100, 40), (1000, 90), (.infinity, 80),
    ]
    static let below: [(Double, Double)] = [(-0.2, 10), (-0.1, 20), (0.3, 20), (.infinity, 30)]

    static let classic: [([(Double, Double)], Double, Double, Bool)] = [
        (third, 0, 0, false), (third, 0.25, 0.055, false), (third, 0.5, 0.125, false),
        (third, 1, 1, false), (below, 0.2, -0.2, false), (below, 0.5, -0.15, false),
        (below, 0.8, 0.3, false), (below, 1.01, .infinity, false), (below, -0.1, -.infinity, false),
        (crooked, 0.01, 0.0045, true), (crooked, 0.5, 8.5, true), (crooked, 0.99, 979.75, true),
        ([(0.1, 1), (0.2, 1), (0.2, 1), (0.2, 1), (.infinity, 4)], 0.5, 0.15, false),
        ([(0.1, 0), (.infinity, 0)], 0.5, .nan, false), ([(0.1, 1)], 0.5, .nan, false),
        ([(.infinity, 1)], 0.5, .nan, false),
        ([(1, 10), (2, 9.999999999999998), (.infinity, 10)], 0.5, 0.5, false),
    ]

    @Test(arguments: classic)
    func classicQuantile(
        buckets: [(Double, Double)], phi: Double, expected: Double, isForced: Bool
    ) {
        var histogram = ClassicBuckets(ascending: buckets.map { .init(upper: $0.0, count: $0.1) })
        let result = histogram.quantile(phi)
        #expect(isClose(result.value, expected), "\(result.value)")
        #expect(result.wasForcedMonotonic == isForced)
    }

    static let classicFractions: [([(Double, Double)], Double, Double, Double)] = [
        ([(0, 0), (2, 1), (4, 2), (6, 3), (.infinity, 3)], 0, 4, 0.6666666666666666),
        ([(0, 0), (2, 1), (4, 2), (6, 3), (.infinity, 3)], 0, 3.5, 0.5833333333333334),
        (third, 0, 0.2, 0.6363636363636364), (below, 0, 0.2, 0), (third, 1, 0, 0),
        ([(1, 2)], 0, 1, .nan),
    ]

    @Test(arguments: classicFractions)
    func classicFraction(
        buckets: [(Double, Double)], lower: Double, upper: Double, expected: Double
    ) {
        let histogram = ClassicBuckets(ascending: buckets.map { .init(upper: $0.0, count: $0.1) })
        let result = histogram.fraction(from: lower, to: upper)
        #expect(isClose(result, expected), "\(result)")
    }
}
