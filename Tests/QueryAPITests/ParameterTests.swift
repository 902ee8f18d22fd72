// Times, lengths, label names and numbers as text.

import PromQL
import Testing

@testable import QueryAPI

struct ParameterTests {
    static let times: [(String, Int64?)] = [
        ("0", 0), ("4", 4000), ("1435781451.781", 1_435_781_451_781), ("-1.5", -1500),
        ("1e3", 1_000_000), ("1.0005", 1000), ("1e300", TimeText.latest),
        ("1970-01-01T00:00:00Z", 0), ("2015-07-01T20:10:51.781Z", 1_435_781_451_781),
        ("2015-07-01T22:10:51.781+02:00", 1_435_781_451_781),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("1969-12-31T23:59:59.999999999Z", -1), ("2015-07-01T20:10:51-00:30", 1_435_783_251_000),
        ("-292273086-05-16T16:47:06Z", TimeText.earliest), ("", nil), ("foo", nil), ("NaN", nil),
        ("Inf", nil), ("0x10", nil), ("2015-07-01", nil), ("2015-02-29T00:00:00Z", nil),
        ("2015-13-01T00:00:00Z", nil), ("2015-07-01T24:00:00Z", nil), ("2015-07-01T20:10:51", nil),
        ("2015-07-01T20:10:51.Z", nil), ("2015-07-01T20:10:51Zx", nil), ("1 ", nil),
    ]

    @Test(arguments: times) func time(_ text: String, _ millis: Int64?) {
        #expect(TimeText.time(text) == millis)
    }

    static let lengths: [(String, TimeText.Length)] = [
        ("1", .millis(1000)), ("0.25", .millis(250)), ("-1", .millis(-1000)), ("0", .millis(0)),
        ("5m", .millis(300_000)), ("1h30m", .millis(5_400_000)), ("1d", .millis(86_400_000)),
        ("1y2w3d4h5m6s7ms", .millis(33_019_506_007)), ("15ms", .millis(15)), ("", .malformed),
        ("5", .millis(5000)), ("m", .malformed), ("5x", .malformed), ("5m1h", .malformed),
        ("1m1m", .malformed), ("1.5h", .malformed), ("-5m", .malformed), ("1e20", .overflow),
        ("99999999999999999999y", .malformed), ("9999999999999y", .malformed),
    ]

    @Test(arguments: lengths) func length(_ text: String, _ length: TimeText.Length) {
        #expect(TimeText.length(text) == length)
    }

    static let printed: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00Z"), (1_435_781_451_780, "2015-07-01T20:10:51.78Z"),
        (4_107_542_399_000, "2100-02-28T23:59:59Z"), (4_107_542_400_000, "2100-03-01T00:00:00Z"),
    ]

    @Test(arguments: printed) func printedTime(_ millis: Int64, _ text: String) {
        #expect(TimeText.rfc3339(millis) == text)
        #expect(TimeText.time(text) == millis)
    }

    static let names: [(String, String)] = [
        ("job", "job"), ("U__http_2e_status", "http.status"), ("U__a__b", "a_b"),
        ("U___1f600_", "\u{1F600}"), ("U__", ""), ("U__a_", "U__a_"), ("U__a_zz_", "U__a_zz_"),
        ("U__a_1234567_", "U__a_1234567_"), ("U__a_d800_", "U__a_d800_"), ("U__a_2e", "U__a_2e"),
        ("U__a_+2_", "U__a_+2_"),
    ]

    @Test(arguments: names) func name(_ escaped: String, _ name: String) {
        #expect(LabelNameEscape.decoded(escaped) == name)
    }

    static let numbers: [(Double, String)] = [
        (0, "0"), (-0.0, "-0"), (1, "1"), (-1, "-1"), (0.1, "0.1"), (1.5, "1.5"), (1e6, "1000000"),
        (1e15, "1000000000000000"), (9e15, "9000000000000000"), (1e20, "100000000000000000000"),
        (1e21, "1e+21"), (1.5e300, "1.5e+300"), (1e-4, "0.0001"), (1.25e-5, "0.0000125"),
        (1e-6, "0.000001"), (1e-7, "1e-07"), (.leastNonzeroMagnitude, "5e-324"), (.nan, "NaN"),
        (.infinity, "+Inf"), (-.infinity, "-Inf"), (1.0 / 3, "0.3333333333333333"),
        (123_456.789, "123456.789"), (-2.5e-9, "-2.5e-09"),
    ]

    @Test(arguments: numbers) func number(_ value: Double, _ text: String) {
        var json = JSONBuffer()
        json.quoted(value)
        #expect(String(decoding: json.bytes, as: UTF8.self) == "\"\(text)\"")
        #expect(FloatText.api(value) == text)
    }

    @Test func numbersAgreeWithFloatText() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(bitPattern: state)
            var json = JSONBuffer()
            json.quoted(value)
            let near = Double(Int64(truncatingIfNeeded: state >> 20)) / 1000
            json.quoted(near)
            let expected = "\"\(FloatText.api(value))\"\"\(FloatText.api(near))\""
            #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
        }
    }

    static let strings: [(String, String)] = [
        ("", #""""#), ("a/é😀", #""a/é😀""#), ("\"\\\n\r\t", #""\"\\\n\r\t""#),
        ("\u{0}\u{1f}\u{7f}", "\"\\u0000\\u001f\u{7f}\""),
    ]

    @Test(arguments: strings) func string(_ text: String, _ json: String) {
        #expect(APIRequest.quoted(text) == json)
    }
}
