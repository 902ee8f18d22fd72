// Durations, sizes, times, nearest names, log lines: text in, values out, and back.

import Testing

@testable import Proxy

struct ControlTextTests {
    static let durations: [(String, UInt64?)] = [
        ("250ms", 250_000_000), ("1s", 1_000_000_000), ("2m", 120_000_000_000),
        ("1h", 3_600_000_000_000), ("1.5s", 1_500_000_000), ("0.25ms", 250_000), ("7ns", 7),
        ("3us", 3_000), ("0s", 0), ("0.5h", 1_800_000_000_000), ("1.000000001s", 1_000_000_001),
        ("", nil), ("1", nil), ("s", nil), ("1 s", nil), ("-1s", nil), ("+1s", nil), ("1S", nil),
        ("1d", nil), ("1e3s", nil), ("1.s", nil), (".5s", nil), ("1.2.3s", nil), ("0.5ns", nil),
        ("1.0000000001s", nil), ("18446744073709551615s", nil), ("99999999999999999999s", nil),
        ("1sx", nil), ("\u{0661}s", nil),
    ]

    @Test(arguments: durations) func duration(_ text: String, _ nanos: UInt64?) {
        #expect(DurationText.nanos(text) == nanos)
    }

    @Test func durationsRoundTrip() {
        let all: [UInt64] = [0, 1, 1_000, 250_000_000, 1_500_000_000, 60_000_000_000]
        for nanos in all {
            #expect(DurationText.nanos(DurationText.text(nanos)) == nanos)
        }
        #expect(DurationText.text(60_000_000_000) == "1m")
        #expect(DurationText.text(1_500_000_000) == "1500ms")
    }

    static let sizes: [(String, UInt64?)] = [
        ("512", 512), ("512B", 512), ("64KiB", 65_536), ("1MiB", 1 << 20), ("10MB", 10_000_000),
        ("1.5KiB", 1_536), ("2GiB", 2 << 30), ("3kB", 3_000), ("0", 0),
        ("", nil), ("KiB", nil), ("1kib", nil), ("1 KiB", nil), ("-1", nil), ("1TB", nil),
        ("0.3B", nil), ("18446744073709551616", nil), ("99999999999GiB", nil),
    ]

    @Test(arguments: sizes) func size(_ text: String, _ bytes: UInt64?) {
        #expect(SizeText.bytes(text) == bytes)
    }

    @Test func sizesForPeople() {
        #expect(SizeText.text(0) == "0 B")
        #expect(SizeText.text(1_536) == "1.5 KiB")
        #expect(SizeText.text(200 << 20) == "200 MiB")
    }

    static let times: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
        (1_709_251_200_000, "2024-03-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (4_102_444_800_000, "2100-01-01T00:00:00.000Z"),
    ]

    @Test(arguments: times) func utc(_ millis: Int64, _ text: String) {
        #expect(UTCTime.text(millis) == text)
    }

    @Test func httpDates() {
        #expect(UTCTime.httpDate(784_111_777_000) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(UTCTime.httpDate(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }

    static let distances: [(String, String, Int)] = [
        ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "acb", 1),
        ("stats", "stat", 1), ("ready", "raedy", 1), ("help", "metrics", 6),
    ]

    @Test(arguments: distances) func distance(_ a: String, _ b: String, _ expected: Int) {
        #expect(NearName.distance(a, b) == expected)
        #expect(NearName.distance(b, a) == expected)
    }

    @Test func nearestIsSomethingNear() {
        #expect(NearName.nearest(to: "validat", among: ["serve", "validate"]) == "validate")
        #expect(NearName.nearest(to: "xyz", among: ["serve", "validate"]) == nil)
    }

    @Test func aLogLineIsOneLineAndBounded() {
        let line = Log.line(.warning, wallMillis: 0, thread: "wrk:0", "a\nb\u{7}c")
        #expect(
            String(decoding: line, as: UTF8.self)
                == "1970-01-01T00:00:00.000Z warning wrk:0: a b c\n")
        let long = Log.line(.info, wallMillis: 0, thread: "t", String(repeating: "x", count: 9000))
        #expect(long.count == Log.lineBytesMax)
        #expect(long.last == UInt8(ascii: "\n"))
    }

    @Test func aGateLetsFewThroughAndCountsTheRest() {
        var gate = LogGate(burst: 2, windowNanos: 100)
        #expect(gate.admit(nowNanos: 0) == 0)
        #expect(gate.admit(nowNanos: 1) == 0)
        #expect(gate.admit(nowNanos: 2) == nil)
        #expect(gate.admit(nowNanos: 99) == nil)
        #expect(gate.admit(nowNanos: 100) == 2)
    }

    @Test func jsonStringsAreEscaped() {
        #expect(JSONText.quoted("a\"b\\c\n\u{1}é") == "\"a\\\"b\\\\c\\n\\u0001é\"")
        var json = JSONText()
        json.object { json in
            json.string("a", "b")
            json.array("c") { json in
                json.number(nil, 1)
                json.boolean(nil, true)
                json.object { _ in }
            }
        }
        #expect(json.text == #"{"a":"b","c":[1,true,{}]}"#)
    }
}
