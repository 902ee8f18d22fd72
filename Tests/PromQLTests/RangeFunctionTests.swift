// Functions over windows of floats: values
// of the published test files, one line a
// case.

import Testing

@testable import PromQL

@Suite struct RangeFunctionTests {
    /// A series `interval` seconds apart, and the window (end - length, end] over it.
    struct Case: Sendable {
        var function: Function
        var values: [Double?]
        var interval = 300.0
        var end = 3000.0
        var length = 3000.0
        var parameters: [Double] = []
        var expected: Double?
    }

    static func ramp(_ start: Double, _ step: Double, _ count: Int) -> [Double?] {
        (0..<count).map { start + step * Double($0) }
    }

    static let foo: [Double?] = [1, 2, 3, 0, 1, 0, 0, 1, 2, 0]
    static let bar: [Double?] = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    static let middle = ramp(0, 10, 5) + ramp(0, 10, 6)

    static let counters: [Case] = [
        Case(function: .resets, values: foo, length: 300, expected: nil),
        Case(function: .resets, values: foo, length: 1200, expected: 1),
        Case(function: .resets, values: foo, length: 1920, expected: 2),
        Case(function: .resets, values: bar, length: 3000, expected: 1),
        Case(function: .changes, values: foo, length: 3000, expected: 7),
        Case(function: .changes, values: bar, length: 1800, expected: 4),
        Case(function: .changes, values: [.nan, .nan, .nan], length: 3001, expected: 0),
        Case(function: .changes, values: [0, .nan, 0], length: 3001, expected: 2),
        Case(function: .increase, values: ramp(0, 10, 11), expected: 100),
        Case(function: .increase, values: ramp(0, 18, 6) + ramp(0, 18, 6), expected: 160),
        Case(function: .increase, values: ramp(0, 10, 11), length: 6000, expected: 100),
        Case(
            function: .increase, values: ramp(0, 18, 6) + ramp(0, 18, 6), length: 6000,
            expected: 162),
        Case(function: .increase, values: ramp(10, 10, 11), length: 6000, expected: 105),
        Case(function: .increase, values: ramp(1, 10, 11), length: 6000, expected: 101),
        Case(
            function: .increase, values: [0, 1, 2, 3, 2, 3, 4], end: 1800, length: 1800,
            expected: 7),
        Case(function: .rate, values: ramp(0, 27, 5) + ramp(0, 27, 6), expected: 0.08),
        Case(function: .rate, values: ramp(0, 10, 10) + [0, 10], length: 300, expected: nil),
        Case(function: .rate, values: ramp(0, 10, 10) + [0, 10], length: 360, expected: 0),
        Case(function: .rate, values: ramp(0, 80, 11), expected: 0.26666666666666666),
        Case(
            function: .rate, values: ramp(0, 240, 11), interval: 240, end: 600, length: 1200,
            expected: 0.5),
        Case(
            function: .rate, values: ramp(60, 240, 11), interval: 240, end: 600, length: 1200,
            expected: 0.55),
        Case(
            function: .rate, values: ramp(180, 240, 11), interval: 240, end: 600, length: 1200,
            expected: 0.6),
        Case(
            function: .delta, values: [200, 150, 100, 50, 0], end: 1200, length: 1200,
            expected: -200),
        Case(function: .irate, values: ramp(0, 10, 11), expected: 0.03333333333333333),
        Case(
            function: .irate, values: ramp(0, 10, 6) + ramp(0, 10, 6), end: 1800, expected: 0),
        Case(
            function: .irate, values: [1, .nan, .nan, 5, 11], end: 1200, length: 901,
            expected: 0.02),
        Case(function: .irate, values: [1, .nan, .nan, 5], end: 900, length: 901, expected: .nan),
        Case(function: .idelta, values: [0, 50, 100, 50], end: 1200, length: 1200, expected: -50),
        Case(function: .deriv, values: ramp(0, 80, 11), expected: 0.26666666666666666),
        Case(function: .deriv, values: middle, length: 6000, expected: 0.010606060606060607),
        Case(
            function: .predictLinear, values: middle, length: 3000, parameters: [3600],
            expected: 70),
        Case(
            function: .predictLinear, values: middle, length: 3300, parameters: [3600],
            expected: 76.81818181818181),
        Case(
            function: .deriv, values: [-.infinity] + ramp(0, 80, 9) + [.infinity], length: 6000,
            expected: .nan),
        Case(function: .deriv, values: [52, 52, 52], length: 3600, expected: 0),
        Case(
            function: .doubleExponentialSmoothing, values: ramp(0, 10, 1001), interval: 10,
            end: 8000, length: 60, parameters: [0.01, 0.1], expected: 8000),
    ]

    static func overTime(
        _ function: Function, _ values: [Double?], _ expected: Double?, _ parameters: [Double] = []
    ) -> Case {
        Case(
            function: function, values: values, interval: 10, end: 120, length: 121,
            parameters: parameters, expected: expected)
    }

    static let huge = 9.988465674311579e+307
    static let spread: [Double?] = [
        -1.78264e219, 0.76342771, 1.9592258, 2.3757689e217, -2.3757689e217, 2.258e220, 7.69805412,
        1.78264e219, -458.90154,
    ]

    static let totals: [Case] = [
        overTime(.avgOverTime, [1, 2, 3, 4, 5], 3), overTime(.avgOverTime, [], nil),
        overTime(.avgOverTime, [1, 2, 3, 4, .infinity], .infinity),
        overTime(.avgOverTime, [1, 2, 3, .infinity, -.infinity], .nan),
        overTime(.avgOverTime, [.infinity, 0, .infinity], .infinity),
        overTime(.avgOverTime, [-.infinity, 0, -.infinity], -.infinity),
        overTime(.avgOverTime, [1, 2, 3, .nan, .nan], .nan),
        overTime(.avgOverTime, [huge, huge], huge),
        overTime(.avgOverTime, [-huge, -huge, -huge], -huge),
        overTime(.avgOverTime, [-huge, huge], 0),
        overTime(.sumOverTime, [huge, huge], .infinity),
        overTime(.sumOverTime, [1, 1e100, 1, -1e100], 2),
        overTime(.avgOverTime, [1, 1e100, 1, -1e100], 0.5),
        overTime(.avgOverTime, [1e10, 1e-6, 1e-6, 1e-6, 1e-6, 1e-6], 1.6666666666666675e+09),
        overTime(.avgOverTime, spread, 2.5088888888888888e+219),
        overTime(.stdvarOverTime, [0, 8, 8, 2, 3], 10.56),
        overTime(.stddevOverTime, [0, 8, 8, 2, 3], 3.2496153618543842),
        overTime(.stdvarOverTime, [1.5990505637277868, 1.5990505637277868, 1.5990505637277868], 0),
        overTime(.madOverTime, [4, 6, 2, 1, 999, 1, 2], 1),
        overTime(.quantileOverTime, [0, 1, 4], 2.5, [0.75]),
        overTime(.quantileOverTime, [0, 1, 4], 2.8, [0.8]),
        overTime(.quantileOverTime, [0, 1], 0.5, [0.5]),
        overTime(.quantileOverTime, [0, 1], -.infinity, [-1]),
        overTime(.quantileOverTime, [0, 1], .infinity, [2]),
        overTime(.minOverTime, [2, .nan, 1], 1), overTime(.minOverTime, [.nan, 0, 1], 0),
        overTime(.minOverTime, [.nan, .nan], .nan), overTime(.maxOverTime, [2, 0, .nan], 2),
        overTime(.maxOverTime, [.nan, 0, 1], 1), overTime(.lastOverTime, [2, .nan, 1], 1),
        overTime(.countOverTime, [2, nil, .nan], 2), overTime(.countOverTime, [], nil),
        overTime(.presentOverTime, [7], 1),
        overTime(.tsOfMinOverTime, [1, 2, 3, 0, 5, 6, 2, 1, 4], 30),
        overTime(.tsOfMaxOverTime, [1, 2, 3, 0, 5, 6, 2, 6, 4], 70),
        overTime(.tsOfLastOverTime, [1, 2, 3, nil, nil], 20),
    ]

    @Test(arguments: counters + totals)
    func computes(one: Case) throws {
        let window = TestWindow.floats(
            one.values, interval: one.interval, end: one.end, length: one.length)
        var notes = FunctionNotes()
        let body = try #require(RangeFunctions.body(of: one.function))
        guard case .float(let value) = body(window, one.parameters, &notes) else {
            #expect(one.expected == nil, "\(one)")
            return
        }
        #expect(isClose(value, one.expected ?? -1e99), "\(one): \(value)")
        #expect(notes.failure == nil)
        #expect(notes.annotations.infos.isEmpty)
    }

    @Test func meanOfEqualNumbersIsExact() {
        for count in 1...40 {
            let numbers = [Double](repeating: 52, count: count)
            #expect(RangeFunctions.mean(of: numbers[...]) == 52)
        }
    }

    @Test func remarks() throws {
        let floats = TestWindow.floats([1, 2, 3], interval: 10, end: 20, length: 30, name: "up")
        var notes = FunctionNotes()
        for _ in 0..<2 { _ = RangeFunctions.rate(floats, [], &notes) }
        #expect(
            notes.annotations.infos == [
                "PromQL info: metric might not be a counter, name does not end in "
                    + "_total/_sum/_count/_bucket: \"up\""
            ])
        _ = RangeFunctions.quantileOverTime(floats, [2], &notes)
        #expect(
            notes.annotations.warnings == [
                "PromQL warning: quantile value should be between 0 and 1, got 2"
            ])
        _ = RangeFunctions.doubleExponentialSmoothing(floats, [0.5, 1], &notes)
        #expect(notes.failure?.hasPrefix("invalid trend factor") == true)
    }
}
