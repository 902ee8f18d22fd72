// Functions over windows that hold native histograms,
// alone or beside floats: values and remarks of the
// published test files.

import Testing

@testable import PromQL

@Suite struct HistogramRangeTests {
    struct Outcome {
        var value: SampleValue?
        var warnings: [String]
        var infos: [String]
    }

    /// Numbers and literals, 300 s apart, in the window (end - length, end].
    static func apply(
        _ function: Function, _ samples: [String], end: Double, length: Double,
        _ parameters: [Double] = []
    ) -> Outcome {
        let values = samples.map { text in
            Double(text).map { SampleValue.float($0) } ?? .histogram(TestHistogram.read(text))
        }
        let window = TestWindow.mixed(values, interval: 300, end: end, length: length)
        var notes = FunctionNotes()
        let value = RangeFunctions.body(of: function)!(window, parameters, &notes)
        return Outcome(
            value: value, warnings: notes.annotations.warnings, infos: notes.annotations.infos)
    }

    static let bounds = "schema:-53 custom_values:[5 10]"
    static let gauge = "counter_reset_hint:gauge"
    static let steps = (0..<6).map { "sum:\(2 + 3 * $0) count:\(2 + 3 * $0)" }
    static let gauges = (0..<5).map {
        "sum:\($0) count:\(2 * $0) buckets:[\($0) \($0) \($0)] counter_reset_hint:gauge"
    }
    static let counters = gauges.map { $0.replacing(" counter_reset_hint:gauge", with: "") }
    static let resetting = [
        "schema:-53 custom_values:[1 2 4 8] count:10 sum:36 buckets:[1 2 5 2]",
        "schema:-53 custom_values:[1 2 4 8] count:6 sum:16 buckets:[3 0 2 1]",
        "schema:-53 custom_values:[1 2 4 8] count:18 sum:61 buckets:[9 0 3 6]",
    ]
    static let finer = ["schema:2 count:2 offset:1 buckets:[2]", "count:5 offset:1 buckets:[5]"]

    /// Function, samples, end = length in seconds, the result and a word of the warning.
    static let cases: [(Function, [String], Double, String?, String?)] = [
        (.irate, steps, 1200, "sum:0.01 count:0.01", nil),
        (
            .irate, ["0", "0", "sum:1 count:1", "sum:4 count:4 counter_reset_hint:gauge"], 1200,
            "sum:0.01 count:0.01",
            "not a counter"
        ),
        (.irate, ["0", "1", "2", "sum:4 count:4"], 1200, nil, "encountered a mix"),
        (
            .irate, ["0", "sum:1 count:1", bounds + " sum:3 count:3 buckets:[3]"], 1200,
            bounds + " sum:0.01 count:0.01 buckets:[0.01]", nil
        ),
        (
            .idelta,
            [
                "0", "sum:1 count:1 counter_reset_hint:gauge",
                "sum:2 count:2 counter_reset_hint:gauge",
            ], 1200, "sum:1 count:1",
            nil
        ),
        (
            .idelta, ["0", "sum:1 count:1 counter_reset_hint:gauge", "sum:2 count:2"], 1200,
            "sum:1 count:1",
            "not a gauge"
        ),
        (
            .idelta,
            [
                "0", "sum:1 count:1 counter_reset_hint:gauge",
                bounds + " sum:1 count:1 counter_reset_hint:gauge",
            ], 1200, nil,
            "exponential and custom"
        ),
        (
            .idelta,
            [
                "schema:-53 custom_values:[1] count:2 counter_reset_hint:gauge",
                bounds + " count:1 counter_reset_hint:gauge",
            ], 1200, nil,
            "incompatible custom buckets"
        ),
        (.delta, gauges, 1200, "sum:4 count:8 buckets:[4 4 4]", nil),
        (.delta, counters, 1200, "sum:4 count:8 buckets:[4 4 4]", "not a gauge"),
        (.delta, ["0", "50"] + gauges, 1200, nil, "encountered a mix"),
        (.increase, gauges, 1200, "sum:4 count:8 buckets:[4 4 4]", "not a counter"),
        (
            .rate, counters, 1200,
            "sum:0.0033333333333 count:0.0066666666666 "
                + "buckets:[0.0033333333333 0.0033333333333 0.0033333333333]", nil
        ),
        (.rate, ["count:1"], 1200, nil, nil),
        (.increase, finer, 300, "count:3 offset:1 buckets:[3]", nil),
        (
            .increase, ["schema:-53 custom_values:[1] count:1 buckets:[1]", "count:2 buckets:[2]"],
            300,
            "count:2 buckets:[2]", nil
        ),
        (
            .increase,
            ["count:1 buckets:[1]", "count:2 buckets:[2]", bounds + " count:3 buckets:[3]"],
            600, nil, "exponential and custom"
        ),
        (.sumOverTime, ["sum:1 count:1", "sum:1 count:1"], 600, "sum:2 count:2", nil),
        (
            .avgOverTime, ["sum:1 count:1", "sum:1 count:1", "sum:4 count:4"], 600, "sum:2 count:2",
            nil
        ),
        (.sumOverTime, ["1", "sum:1 count:1"], 600, nil, "encountered a mix"),
        (.avgOverTime, ["1", "sum:1 count:1"], 600, nil, "encountered a mix"),
        (
            .sumOverTime, [bounds, "schema:-53 custom_values:[1]"], 600, nil,
            "incompatible custom buckets"
        ),
        (.lastOverTime, ["1", "sum:3 count:4"], 600, "sum:3 count:4", nil),
    ]

    @Test(arguments: cases)
    func histogramResult(
        function: Function, samples: [String], end: Double, expected: String?, warning: String?
    ) {
        let outcome = Self.apply(function, samples, end: end, length: end + 1)
        #expect(outcome.warnings.count == (warning == nil ? 0 : 1), "\(outcome.warnings)")
        if let warning { #expect(outcome.warnings.first?.contains(warning) == true) }
        guard case .histogram(let histogram) = outcome.value else {
            #expect(expected == nil && outcome.value == nil)
            return
        }
        let wanted = TestHistogram.read(expected ?? "count:-1")
        #expect(Self.isNear(histogram, wanted), "\(histogram.testLiteral)")
    }

    /// The windows of `cases` begin 1 s before the first sample; growth is extended by that at
    /// most.
    private static func isNear(_ left: FloatHistogram, _ right: FloatHistogram) -> Bool {
        let (left, right) = (left.compacted(), right.compacted())
        return left.schema == right.schema && left.positiveSpans == right.positiveSpans
            && left.customBounds == right.customBounds
            && zip(
                left.positive + [left.count, left.sum], right.positive + [right.count, right.sum]
            )
            .allSatisfy { abs($0 - $1) <= 0.004 * abs($1) }
    }

    @Test func increaseOverAReset() {
        let outcome = Self.apply(.increase, Self.resetting, end: 600, length: 900)
        let expected = TestHistogram.read(
            "schema:-53 custom_values:[1 2 4 8] count:27 sum:91.5 buckets:[13.5 0 4.5 9]")
        guard case .histogram(let histogram) = outcome.value else {
            Issue.record("no histogram")
            return
        }
        #expect(histogram.isClose(to: expected), "\(histogram.testLiteral)")
        #expect(histogram.resetHint == .gauge)
    }

    static let mixedBar = [
        "0", "0", "0", "0", "0", "0", "0", "0", "sum:1 count:1", "sum:1 count:1",
    ]
    static let mixedBiz = [
        "0", "1", "0", "2", "0", "3", "0", "sum:1 count:1 z_bucket_w:0.001 z_bucket:2",
        "sum:2 count:2 z_bucket_w:0.001 z_bucket:1", "sum:1 count:1 z_bucket_w:0.001 z_bucket:2",
    ]
    static let threeAndTwo = ["1", "1", "1", "schema:1 sum:2 count:3", "schema:1 sum:2 count:3"]

    /// Function, samples, parameters, the result and whether histograms were ignored.
    static let numbers: [(Function, [String], [Double], Double?, Bool)] = [
        (.resets, mixedBar, [], 1, false), (.resets, mixedBiz, [], 6, false),
        (.changes, mixedBar, [], 1, false), (.changes, mixedBiz, [], 9, false),
        (.resets, resetting, [], 1, false),
        (.countOverTime, threeAndTwo, [], 5, false), (.presentOverTime, resetting, [], 1, false),
        (.stddevOverTime, threeAndTwo, [], 0, true), (.stdvarOverTime, resetting, [], nil, false),
        (.minOverTime, threeAndTwo, [], 1, true), (.maxOverTime, resetting, [], nil, false),
        (.madOverTime, threeAndTwo, [], 0, true), (.quantileOverTime, threeAndTwo, [0.5], 1, true),
        (.deriv, threeAndTwo, [], 0, true), (.deriv, resetting, [], nil, false),
        (.deriv, ["1", "count:1"], [], nil, true),
        (.predictLinear, threeAndTwo, [60], 1, true),
        (.doubleExponentialSmoothing, threeAndTwo, [0.1, 0.1], 1, true),
        (.tsOfLastOverTime, threeAndTwo, [], 1200, false),
        (.tsOfMaxOverTime, threeAndTwo, [], 600, true),
        (.lastOverTime, ["count:1", "4"], [], 4, false),
    ]

    @Test(arguments: numbers)
    func floatResult(
        function: Function, samples: [String], parameters: [Double], expected: Double?,
        isIgnored: Bool
    ) {
        let outcome = Self.apply(function, samples, end: 3000, length: 3001, parameters)
        let info =
            "PromQL info: ignored histograms in a range containing both floats and "
            + "histograms for metric name \"x\""
        #expect(outcome.infos == (isIgnored ? [info] : []))
        #expect(outcome.warnings.isEmpty)
        guard case .float(let value) = outcome.value else {
            #expect(expected == nil && outcome.value == nil)
            return
        }
        #expect(isClose(value, expected ?? -1e99), "\(value)")
    }
}
