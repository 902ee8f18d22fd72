// Addresses, times, windows, and options before the command.

import PromQL
import Testing

@testable import statsctl

struct OptionTests {
    @Test func addresses() throws {
        let cases: [(text: String, host: String, port: String, prefix: String)] = [
            ("http://h:9090", "h", "9090", ""), ("h:9090/", "h", "9090", ""),
            ("http://h", "h", "80", ""), ("http://[::1]:1/a/b/", "::1", "1", "/a/b"),
            ("http://h/prometheus/api/v1", "h", "80", "/prometheus"),
        ]
        for (text, host, port, prefix) in cases {
            let address = try ServerAddress(text)
            #expect(address.host == host && address.port == port, "\(text)")
            #expect(address.prefix == prefix, "\(text)")
        }
        for text in ["https://h", "ftp://h", "", "http://", "h:0", "h:99999", "u@h:1", "h:x"] {
            #expect(throws: Failure.self, "\(text)") { try ServerAddress(text) }
        }
    }

    @Test func times() {
        let now: Int64 = 1_795_528_980_000
        let cases: [(String, Int64?)] = [
            ("now", now), ("5m", now - 300_000), ("-1h", now - 3_600_000),
            ("now-2h", now - 7_200_000), ("1795528980", now), ("2026-11-24T14:03:00Z", now),
            ("2h ago", now - 7_200_000), ("soon", nil), ("", nil), ("yesterdays", nil),
            ("today 25:00", nil), ("ago", nil), ("now-", nil), ("200000000y", nil),
        ]
        for (text, time) in cases {
            #expect(TimeArgument.instant(text, now: now) == time, "\(text)")
        }
    }

    @Test func daysAreThoseOfTheNewestNumber() {
        let now: Int64 = 1_795_528_980_000
        let day: Int64 = 86_400_000
        let clock = TimeArgument.instant("14:03", now: now) ?? 0
        #expect(TimeArgument.instant("today 14:03", now: now) == clock)
        #expect(TimeArgument.instant("yesterday 14:03", now: now) == clock - day)
        #expect(
            TimeArgument.instant("yesterday", now: now)
                == (TimeArgument.instant("today", now: now) ?? 0) - day)
    }

    @Test func lengthsAreBounded() throws {
        #expect(try TimeArgument.length("--since", "90d") == 7_776_000_000)
        for text in ["0s", "200000000y", "9999999999999999999s", "-1h", "", "soon"] {
            #expect(throws: Failure.self, "\(text)") { try TimeArgument.length("--since", text) }
        }
    }

    @Test func stepsAreRound() {
        #expect(Window.roundStep(3_600_000, points: 240) == 15_000)
        #expect(Window.roundStep(10_000, points: 240) == 1000)
        #expect(Window.roundStep(86_400_000, points: 20) == 7_200_000)
    }

    @Test func leadingOptionsGoBehindTheCommand() {
        let cases: [([String], [String])] = [
            (["--db", "f", "list"], ["list", "--db", "f"]),
            (["--url=u", "-o", "json", "query", "up"], ["query", "up", "--url=u", "-o", "json"]),
            (["--db", "f", "db", "verify"], ["db", "verify", "--db", "f"]),
            (["--db", "f", "query", "--", "-1"], ["query", "--db", "f", "--", "-1"]),
            (["--help"], ["--help"]), (["--db", "f"], ["--db", "f"]),
        ]
        for (given, wanted) in cases {
            #expect(LeadingOptions.moved(behindCommandIn: given) == wanted)
        }
    }

    @Test func formsAreEncoded() {
        #expect(HTTPClient.encoded([("a b", "1+2&ü")]) == "a%20b=1%2B2%26%C3%BC")
    }

    @Test func seriesAreNamedByWhatDiffers() {
        let one = Labels(["__name__": "a", "x": "1", "y": "2"])
        let two = Labels(["__name__": "a", "x": "1", "y": "3"])
        #expect(SeriesText.full(one) == #"a{x="1",y="2"}"#)
        #expect(SeriesText.distinct([one, two]) == [#"{y="2"}"#, #"{y="3"}"#])
        #expect(SeriesText.full(.empty) == "{}")
    }

    @Test func numbersHaveTheUnitOfTheirName() {
        let cases: [(query: String, value: Double, text: String)] = [
            ("rq_time_seconds", 0.25, "250 ms"), ("file_size_bytes", 2048, "2.00 KiB"),
            ("rq_total", 1234, "1,234"), ("x_seconds_count", 3, "3"), ("rq_total", 2.5e7, "25M"),
        ]
        for (query, value, text) in cases {
            let shown = Quantity.guess(query).text(value)
            #expect(shown.replacing(".00", with: "") == text.replacing(".00", with: ""))
        }
    }
}
