// Numbers as text against what Go prints
// for them.

import Testing

@testable import PromQL

@Suite struct FloatTextTests {
    /// Value, plain, API, general.
    static let known: [(Double, String, String, String)] = [
        (0, "0", "0", "0"), (-0.0, "-0", "-0", "-0"), (1, "1", "1", "1"),
        (-42, "-42", "-42", "-42"), (0.1, "0.1", "0.1", "0.1"),
        (1234.5, "1234.5", "1234.5", "1234.5"), (100_000, "100000", "100000", "100000"),
        (1e6, "1000000", "1000000", "1e+06"),
        (123_456_789, "123456789", "123456789", "1.23456789e+08"),
        (1e20, "100000000000000000000", "100000000000000000000", "1e+20"),
        (1e21, "1000000000000000000000", "1e+21", "1e+21"),
        (1.5e22, "15000000000000000000000", "1.5e+22", "1.5e+22"),
        (0.0001, "0.0001", "0.0001", "0.0001"), (0.00001, "0.00001", "0.00001", "1e-05"),
        (1e-6, "0.000001", "0.000001", "1e-06"), (1e-7, "0.0000001", "1e-07", "1e-07"),
        (-2.5e-7, "-0.00000025", "-2.5e-07", "-2.5e-07"),
        (0.26666666666666666, "0.26666666666666666", "0.26666666666666666", "0.26666666666666666"),
        (.infinity, "+Inf", "+Inf", "+Inf"), (-.infinity, "-Inf", "-Inf", "-Inf"),
        (.nan, "NaN", "NaN", "NaN"),
        (9_007_199_254_740_992, "9007199254740992", "9007199254740992", "9.007199254740992e+15"),
    ]

    @Test(arguments: known)
    func writesAsGo(value: Double, plain: String, api: String, general: String) {
        #expect(FloatText.plain(value) == plain)
        #expect(FloatText.api(value) == api)
        #expect(FloatText.general(value) == general)
    }

    @Test(
        arguments: [
            (0, "0.000000"), (1, "1.000000"), (-0.5, "-0.500000"), (1.0000004, "1.000000"),
            (0.9999996, "1.000000"), (-2.25e-3, "-0.002250"),
            (1e20, "100000000000000000000.000000"),
            (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func writesSixDecimals(value: Double, text: String) {
        #expect(FloatText.sixDecimals(value) == text)
    }

    @Test func readsBack() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            for text in [FloatText.plain(value), FloatText.api(value), FloatText.general(value)] {
                #expect(Double(text) == value)
            }
        }
        #expect(FloatText.api(.leastNonzeroMagnitude) == "5e-324")
        #expect(FloatText.api(.greatestFiniteMagnitude) == "1.7976931348623157e+308")
    }
}
