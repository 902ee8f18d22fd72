// Arithmetic of native histograms: laws on random
// histograms of mixed shapes, then cases by hand for
// layouts, resets, hints and text.

import Testing

@testable import PromQL

@Suite struct HistogramArithmeticTests {
    /// Whole counts, so that sums are exact in any order.
    private static func random(_ generator: inout SystemRandomNumberGenerator) -> FloatHistogram {
        var histogram = FloatHistogram()
        histogram.schema = Int32.random(in: -2...3, using: &generator)
        histogram.zeroThreshold = [0, 0.001, 0.5, 3].randomElement(using: &generator)!
        histogram.zeroCount = Double(Int.random(in: 0...4, using: &generator))
        func row() -> BucketRow {
            var row = BucketRow()
            for index in -6...9 where Bool.random(using: &generator) {
                row.append(index, Double(Int.random(in: 0...9, using: &generator)))
            }
            return row
        }
        histogram.positiveRow = histogram.rowOutsideZero(row(), threshold: histogram.zeroThreshold)
        histogram.negativeRow = histogram.rowOutsideZero(row(), threshold: histogram.zeroThreshold)
        histogram.count = total(histogram)
        histogram.sum = Double(Int.random(in: -50...50, using: &generator))
        return histogram
    }

    private static func total(_ histogram: FloatHistogram) -> Double {
        (histogram.positive + histogram.negative).reduce(histogram.zeroCount, +)
    }

    private static func sum(_ left: FloatHistogram, _ right: FloatHistogram) -> FloatHistogram {
        var result = left
        #expect(result.add(right) == nil)
        return result.compacted()
    }

    @Test func sumsFollowTheLaws() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let (a, b) = (Self.random(&generator), Self.random(&generator))
            let both = Self.sum(a, b)
            #expect(both == Self.sum(b, a), "\(a.testLiteral) + \(b.testLiteral)")
            // Nothing gained, nothing lost.
            #expect(Self.total(both) == Self.total(a) + Self.total(b))
            #expect(both.count == Self.total(both))
            var difference = both
            #expect(difference.subtract(b) == nil)
            var expected = a
            expected.widenZeroBucket(to: both.zeroThreshold)
            expected.reduceResolution(to: both.schema)
            #expect(difference.compacted() == expected.compacted())
            #expect(Self.sum(a, a) == a.scaled(by: 2).compacted())
            #expect(Self.sum(a, a).divided(by: 2) == a.compacted())
            #expect(Self.sum(a, a).detectsReset(after: a) == false)
            #expect(!both.detectsReset(after: both))
        }
    }

    @Test func reducedResolutionKeepsBounds() {
        let fine = TestHistogram.read("schema:2 count:45 offset:-3 buckets:[1 2 3 4 5 6 7 8 9]")
        var coarse = fine
        coarse.reduceResolution(to: 0)
        // (2^-1, 1] holds the indexes -3...0, (1, 2] 1...4 and (2, 4] 5.
        #expect(coarse.positiveRow.indexes == [0, 1, 2])
        #expect(coarse.positive == [10, 26, 9])
        #expect(FloatHistogram.exponentialBound(4, schema: 2) == 2)
        #expect(FloatHistogram.exponentialBound(-3, schema: -1) == 1.0 / 64)
        #expect(isClose(FloatHistogram.exponentialBound(1, schema: 8), 1.0027112750502025))
        #expect(FloatHistogram.exponentialBound(1024, schema: 0) == .greatestFiniteMagnitude)
        #expect(FloatHistogram.exponentialBound(1025, schema: 0) == .infinity)
    }

    @Test func zeroBucketsGrowOverPopulatedBuckets() {
        // The threshold 3 cuts the populated bucket (2, 4], so it becomes 4.
        var left = TestHistogram.read("count:7 z_bucket:1 z_bucket_w:0.5 buckets:[1 1 2 2]")
        let right = TestHistogram.read("count:5 z_bucket:5 z_bucket_w:3")
        #expect(left.add(right) == nil)
        #expect(
            left.compacted()
                == TestHistogram.read(
                    "count:12 z_bucket:10 z_bucket_w:4 offset:3 buckets:[2]"))
        // An empty one may be cut.
        left = TestHistogram.read("count:4 z_bucket:1 z_bucket_w:0.5 buckets:[1 0 0 2]")
        #expect(left.add(right) == nil)
        #expect(left.zeroThreshold == 3 && left.zeroCount == 7)
    }

    static let mismatches: [(String, String, HistogramMismatch?)] = [
        ("schema:-53 custom_values:[1 2] buckets:[1]", "schema:0 buckets:[1]", .schemas),
        ("schema:0 buckets:[1]", "schema:-53 custom_values:[1 2] buckets:[1]", .schemas),
        ("schema:-53 custom_values:[1 2]", "schema:-53 custom_values:[1 3]", .bounds),
        ("schema:-53 custom_values:[1 2]", "schema:-53 custom_values:[1 2]", nil),
        ("schema:-4 buckets:[1]", "schema:8 buckets:[1]", nil),
    ]

    @Test(arguments: mismatches)
    func whatDoesNotFit(left: String, right: String, expected: HistogramMismatch?) {
        var histogram = TestHistogram.read(left)
        let before = histogram
        #expect(histogram.add(TestHistogram.read(right)) == expected)
        if expected != nil { #expect(histogram == before) }
        #expect(histogram.subtract(TestHistogram.read(right)) == expected)
    }

    @Test func hints() {
        let cases:
            [(FloatHistogram.ResetHint, FloatHistogram.ResetHint, FloatHistogram.ResetHint)] = [
                (.unknown, .unknown, .unknown), (.gauge, .reset, .gauge),
                (.notReset, .gauge, .gauge),
                (.reset, .notReset, .unknown), (.reset, .reset, .reset),
                (.unknown, .notReset, .unknown),
            ]
        for (left, right, expected) in cases {
            var (one, other) = (FloatHistogram(), FloatHistogram())
            (one.resetHint, other.resetHint) = (left, right)
            var difference = one
            #expect(one.add(other) == nil)
            #expect(one.resetHint == expected)
            #expect(difference.subtract(other) == nil)
            #expect(difference.resetHint == expected)
        }
        #expect(FloatHistogram().scaled(by: -1).resetHint == .gauge)
        #expect(FloatHistogram().divided(by: -2).resetHint == .gauge)
        #expect(FloatHistogram().scaled(by: 2).resetHint == .unknown)
    }

    @Test func divisionByZero() {
        let result = TestHistogram.read("count:3 sum:-1 buckets:[3]").divided(by: 0)
        #expect(result.count == .infinity && result.sum == -.infinity && result.zeroCount.isNaN)
        #expect(result.positive.isEmpty && result.positiveSpans.isEmpty)
    }

    static let resets: [(String, String, Bool)] = [
        ("count:2 buckets:[2]", "count:3 buckets:[3]", false),
        ("count:3 buckets:[3]", "count:2 buckets:[2]", true),
        ("count:3 buckets:[3]", "count:9 buckets:[2 7]", true),
        ("count:3 buckets:[0 3]", "count:4 offset:1 buckets:[4]", false),
        ("count:3 buckets:[1 2]", "count:4 offset:1 buckets:[4]", true),
        ("count:3 n_buckets:[3]", "count:4 n_buckets:[2] buckets:[2]", true),
        ("count:3 buckets:[3]", "count:4 buckets:[4] counter_reset_hint:reset", true),
        ("count:3 buckets:[3]", "count:1 buckets:[1] counter_reset_hint:not_reset", false),
        ("schema:1 count:2 buckets:[1 1]", "schema:0 count:3 buckets:[1 2]", false),
        ("schema:0 count:2 buckets:[1 1]", "schema:1 count:3 buckets:[1 2]", true),
        ("schema:1 count:3 offset:1 buckets:[2 1]", "schema:0 count:3 offset:1 buckets:[3]", false),
        (
            "schema:1 count:3 offset:1 buckets:[2 1]", "schema:0 count:4 offset:1 buckets:[2 2]",
            true
        ),
        (
            "count:2 z_bucket:2 z_bucket_w:0.1", "count:2 z_bucket:1 z_bucket_w:0.1 buckets:[1]",
            true
        ),
        ("count:2 z_bucket_w:0.2 z_bucket:2", "count:3 z_bucket_w:0.1 z_bucket:3", true),
        // A wider zero bucket takes in whole buckets, or else it is another process.
        ("count:2 buckets:[1 1]", "count:2 z_bucket_w:1 z_bucket:1 offset:1 buckets:[1]", false),
        ("count:2 buckets:[1 1]", "count:2 z_bucket_w:1.5 z_bucket:2", true),
        (
            "schema:-53 custom_values:[1 2] count:1 buckets:[1]",
            "schema:-53 custom_values:[1 3] count:2 buckets:[2]", true
        ),
        (
            "schema:-53 custom_values:[1 2] count:1 buckets:[1]",
            "schema:-53 custom_values:[1 2] count:2 buckets:[1 1]", false
        ),
        ("schema:-53 custom_values:[1 2] count:1 buckets:[1]", "count:2 buckets:[2]", true),
    ]

    @Test(arguments: resets)
    func detectsResets(before: String, after: String, expected: Bool) {
        let (before, after) = (TestHistogram.read(before), TestHistogram.read(after))
        #expect(after.detectsReset(after: before) == expected)
    }

    @Test func compactingKeepsTheBuckets() {
        var histogram = FloatHistogram()
        histogram.positiveSpans = [
            .init(offset: -2, length: 2), .init(offset: 0, length: 2), .init(offset: 3, length: 2),
        ]
        histogram.positive = [0, 1, 2, 0, 0, 5]
        histogram.compact()
        #expect(
            histogram.positiveSpans == [
                .init(offset: -1, length: 2), .init(offset: 5, length: 1),
            ])
        #expect(histogram.positive == [1, 2, 5])
        #expect(histogram.positiveRow.indexes == [-1, 0, 6])
        var same = histogram
        same.positiveSpans = [
            .init(offset: -1, length: 1), .init(offset: 0, length: 1), .init(offset: 5, length: 1),
        ]
        #expect(same == histogram)
        same.resetHint = .gauge
        #expect(same == histogram)
        same.sum = 1
        #expect(same != histogram)
    }

    static let texts: [(String, String, String)] = [
        ("schema:0", "{count:0, sum:0}", "{{}}"),
        (
            "schema:1 count:5 sum:2e6 z_bucket:1 z_bucket_w:0.001 buckets:[2] n_buckets:[1 1]",
            "{count:5, sum:2e+06, [-1.4142135623730951,-1):1, [-1,-0.7071067811865476):1, "
                + "[-0.001,0.001]:1, (0.7071067811865476,1]:2}",
            "{{schema:1 count:5 sum:2e+06 z_bucket:1 z_bucket_w:0.001 buckets:[2] n_buckets:[1 1]}}"
        ),
        (
            "schema:-53 count:3 custom_values:[1 2] buckets:[1 0 2] counter_reset_hint:gauge",
            "{count:3, sum:0, [-Inf,1]:1, (2,+Inf]:2}",
            "{{schema:-53 count:3 custom_values:[1 2] counter_reset_hint:gauge buckets:[1 0 2]}}"
        ),
        (
            "count:3 offset:1 buckets:[0 1 2] n_offset:2 n_buckets:[0.5]",
            "{count:3, sum:0, [-4,-2):0.5, (2,4]:1, (4,8]:2}",
            "{{count:3 offset:2 buckets:[1 2] n_offset:2 n_buckets:[0.5]}}"
        ),
    ]

    @Test(arguments: texts)
    func writesItself(literal: String, description: String, test: String) {
        let histogram = TestHistogram.read(literal)
        #expect(histogram.description == description)
        #expect(histogram.testLiteral == test)
    }
}
