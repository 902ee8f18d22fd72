// Times, durations, units and the dictionary's JSON: one line
// a case.

import Stats
import Testing

@testable import History

@Suite struct TextTests {
    @Test(
        arguments: [
            ("250ms", 250), ("10s", 10_000), ("1h30m", 5_400_000), ("2d", 172_800_000),
            ("1w", 604_800_000), ("3y", 94_608_000_000), ("0s", 0), ("", nil), ("10", nil),
            ("5x", nil), ("s", nil),
            ("-5s", nil), ("1.5h", nil), ("99999999999999999999s", nil), ("9999999999999999d", nil),
        ] as [(String, Int64?)])
    func durations(text: String, millis: Int64?) {
        #expect(TimeText.duration(text) == millis)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-24T14:03:05Z", 1_795_528_985_000),
            ("2026-11-24T15:03:05.25+01:00", 1_795_528_985_250),
            ("2026-11-24 14:03:05Z", 1_795_528_985_000),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000),
            ("1795528985", 1_795_528_985_000), ("1795528985.5", 1_795_528_985_500), ("now", 42),
            ("2023-02-29T00:00:00Z", nil), ("2026-13-01T00:00:00Z", nil), ("yesterday", nil),
            ("2026-11-24T25:00:00Z", nil), ("2026-11-24T14:03:05Zx", nil), ("", nil),
            ("14:61", nil), ("2026-11-24T14:03:05+1", nil), ("nan", nil), ("inf", nil),
        ] as [(String, Int64?)])
    func instants(text: String, millis: Int64?) {
        #expect(TimeText.instant(text, nowMillis: 42) == millis)
    }

    @Test func everyDayRoundTrips() {
        for days in stride(from: Int64(-800_000), through: 800_000, by: 37) {
            #expect(CivilDate(days: days).days == days)
        }
        #expect(TimeText.rfc3339(millis: -1) == "1969-12-31T23:59:59.999Z")
        #expect(TimeText.compact(millis: 1_795_528_985_250) == "20261124-140305")
    }

    @Test(arguments: [(Int64(0), "0s"), (90_000, "1m30s"), (5_400_000, "1h30m"), (1500, "1s500ms")])
    func durationsRead(millis: Int64, text: String) {
        #expect(TimeText.duration(millis: millis) == text)
    }

    @Test func localClockTimesAreToday() {
        let now: Int64 = 1_795_528_985_000
        let local = TimeText.localTime(millis: now)
        let clock = String(local.suffix(8))
        #expect(TimeText.instant(clock, nowMillis: now) == now)
        #expect(TimeText.instant(local, nowMillis: 0) == now)
    }

    @Test(arguments: [
        (950.0, "950 ns"), (1_250_000, "1.25 ms"), (2e9, "2 s"), (90e9, "90 s"),
        (12_345, "12.3 us"),
    ])
    func nanoseconds(raw: Double, text: String) {
        #expect(UnitText.human(raw, .nanoseconds) == text)
    }

    @Test func units() {
        #expect(UnitText.human(bytes: 1536) == "1.5 KiB")
        #expect(UnitText.human(bytes: 2 << 30) == "2 GiB")
        #expect(UnitText.grouped(UInt64.max) == "18,446,744,073,709,551,615")
        #expect(UnitText.grouped(-1234) == "-1,234")
        #expect(UnitText.grouped(-123) == "-123")
        #expect(UnitText.exactSeconds(nanoseconds: UInt64.max) == "18446744073.709551615")
        #expect(UnitText.exactSeconds(nanoseconds: Int64(-1)) == "-0.000000001")
        #expect(UnitText.significant(0.000_01) == "0")
        #expect(UnitText.significant(99.96) == "100")
    }

    @Test(arguments: [[], [""], ["a", "b\"\\\n\u{1}"], ["gr\u{fc}n", "\u{1F600}"]] as [[String]])
    func labelsRoundTrip(strings: [String]) {
        #expect(JSONText.strings(JSONText.array(strings)) == strings)
    }

    @Test(arguments: ["", "[", "[\"a\"", "[\"a\",]", "[1]", "[\"a\"]x", "[\"\\u12\"]", "{}"])
    func damagedLabelsAreNil(text: String) {
        #expect(JSONText.strings(text) == nil)
    }

    @Test func boundsRoundTrip() {
        #expect(JSONText.integers(JSONText.array([1, .max] as [UInt64])) == [1, .max])
        #expect(JSONText.integers("[18446744073709551616]") == nil)
    }
}
