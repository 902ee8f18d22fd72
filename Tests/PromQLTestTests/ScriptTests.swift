// The test language: what a line means,
// and where a malformed file is
// reported.

import PromQL
import Testing

@testable import PromQLTest

@Suite struct ScriptTests {
    private func points(_ text: String) throws -> [String] {
        var cursor = LineCursor("m " + text, line: 1)
        return try cursor.series().points.map { point in
            switch point {
            case .absent: "_"
            case .float(let value): StaleMarker.isStale(value) ? "stale" : "\(value)"
            case .histogram(let value, _): "\(value.count)/\(value.sum)\(value.positive)"
            }
        }
    }

    @Test(arguments: [
        ("5", ["5.0"]), ("-2+4x3", ["-2.0", "2.0", "6.0", "10.0"]), ("1x2", ["1.0", "1.0", "1.0"]),
        ("_ _x3 1", ["_", "_", "_", "_", "1.0"]), ("stale NaN -Inf", ["stale", "nan", "-inf"]),
        ("inf nan +INFx1", ["inf", "nan", "inf", "inf"]),
        ("10-5x2\t.5", ["10.0", "5.0", "0.0", "0.5"]), ("1e2 1.e1", ["100.0", "10.0"]), ("", []),
        ("{{count:2 sum:3 buckets:[1 1]}}x1", ["2.0/3.0[1.0, 1.0]", "2.0/3.0[1.0, 1.0]"]),
        (
            "{{count:2 buckets:[2]}}+{{count:1 sum:5 offset:1 buckets:[1]}}x2",
            ["2.0/0.0[2.0]", "3.0/5.0[2.0, 1.0]", "4.0/10.0[2.0, 2.0]"]
        ),
        (
            "{{count:2 buckets:[2]}}-{{count:1 buckets:[1]}}x1 {{}}",
            ["2.0/0.0[2.0]", "1.0/0.0[1.0]", "0.0/0.0[]"]
        ),
    ])
    func readsPoints(text: String, expected: [String]) throws {
        #expect(try points(text) == expected)
    }

    @Test func readsEveryHistogramKey() throws {
        let text =
            "{{schema:-1 sum:-2.5 count:9 z_bucket:3 z_bucket_w:0.001 buckets:[1 0 2] offset:-4 "
            + "n_buckets:[3] n_offset:7 custom_values:[1 2.5] counter_reset_hint:not_reset}}"
        var cursor = LineCursor(text, line: 1)
        let (value, statesHint) = try cursor.histogram()
        #expect(statesHint)
        #expect(value.schema == -1 && value.sum == -2.5 && value.count == 9)
        #expect(value.zeroCount == 3 && value.zeroThreshold == 0.001)
        #expect(value.positiveBuckets == [-4: 1, -2: 2] && value.negativeBuckets == [7: 3])
        #expect(value.customBounds == [1, 2.5] && value.resetHint == .notReset)
    }

    @Test(arguments: [
        ("up 1", ["__name__": "up"]), ("{} 1", [:]),
        ("a:b{c=\"d\",} 1", ["__name__": "a:b", "c": "d"]),
        ("{ \"x.y\" , \"l.m\" = 'q\\'\\u00e9' } 1", ["__name__": "x.y", "l.m": "q'\u{e9}"]),
        ("m{a=`\\n`,b=\"\"} 1", ["__name__": "m", "a": "\\n"]),
    ])
    func readsLabels(text: String, expected: [String: String]) throws {
        var cursor = LineCursor(text, line: 1)
        #expect(try cursor.series().labels == Labels(expected))
    }

    @Test(
        arguments: [
            ("5m", 300_000), ("0", 0), ("1h30m", 5_400_000), ("250ms", 250), ("-1m", -60_000),
            ("1.5", 1500), ("1w", 604_800_000),
        ] as [(String, Int64)])
    func readsDurations(text: String, millis: Int64) throws {
        #expect(try DurationText.millis(text, line: 1) == millis)
    }

    @Test(arguments: [
        ("bogus", 1, "is no command"), ("\nload 5x\n", 2, "not a duration"),
        ("load 5m\n  m 1 2y", 2, "a space between points"), ("load 5m\n  m 1+2", 2, "\"x\""),
        ("load 5m\n  m{a} 1", 2, "\"=\""), ("load 5m\n  m{a=\"b} 1", 2, "unterminated"),
        ("load 5m\n  m {{sum:1 sum:2}}", 2, "twice"), ("load 5m\n  m {{foo:1}}", 2, "no key"),
        ("load 5m\n  m 1x9999999", 2, "1000000"), ("eval instant at 5m", 1, "query is missing"),
        ("eval later 5m x", 1, "\"instant\" or \"range\""),
        ("eval_oops instant at 0 x", 1, "eval_oops"),
        ("eval instant at 0 x\n  x 1 2", 2, "one value"), ("eval instant at 0 x\n  x", 2, "value"),
        ("eval instant at 0 x\n  expect nothing", 2, "\"nothing\" is not known"),
        ("eval instant at 0 x\n  expect warn text", 2, "msg:"),
        ("eval range from 1m to 0 step 1m x", 1, "before the start"),
        ("eval range from 0 to 1m step 0 x", 1, "above 0"),
        ("eval range to 1m step 0 x", 1, "\"from\""),
    ])
    func refuses(text: String, line: Int, words: String) {
        do {
            _ = try Script(text)
            Issue.record("no error for \(text)")
        } catch {
            #expect(error.line == line && error.text.contains(words), "\(error)")
        }
    }

    @Test func aCommentEndsABlock() throws {
        let script = try Script("load 1m\n  a 1\n# why\nclear\neval instant at 0 a\n")
        #expect(script.commands.count == 3 && script.evaluations == 1)
    }

    @Test func readsExpectations() throws {
        let script = try Script(
            """
            eval instant at 1m f(x)
              expect warn msg: PromQL warning: a (1:2)
              expect info regex: b.c
              expect no_info
              expect ordered
              expect range vector from 0 to 1m step 20s
              x 1 2
            """)
        guard case .evaluate(let evaluation) = script.commands[0] else { return }
        let expectations = evaluation.expectations
        #expect(expectations.isOrdered && expectations.refusesInfos)
        #expect(expectations.warnings[0].accepts("PromQL warning: a"))
        #expect(!expectations.warnings[0].accepts("PromQL warning: ab"))
        #expect(expectations.infos[0].accepts("PromQL info: abxcd"))
        #expect(!expectations.infos[0].accepts("PromQL info: bc"))
        #expect(evaluation.rangeVector?.step == 20_000)
    }

    /// Newer files end a message with its place and leave out a name that is not there.
    @Test(arguments: [
        ("PromQL info: a", "PromQL info: a (1:7)", true),
        ("PromQL info: a", "PromQL info: a for metric name \"\"", true),
        ("PromQL info: a", "PromQL info: a for metric name \"m\"", false),
        ("PromQL info: a", "PromQL info: b (1:7)", false),
    ])
    func comparesMessages(expected: String, text: String, isSame: Bool) {
        #expect(TextPattern.exact(expected).accepts(text) == isSame)
    }

    /// Of a series that is expected twice the last line counts.
    @Test(arguments: [("  a 2\n  a 1", true), ("  a 1\n  a 2", false)])
    func laterLineWins(lines: String, passes: Bool) throws {
        let script = try Script("load 1m\n  a 1\n\neval instant at 0 a\n" + lines)
        #expect(try ScriptRunner.run(script).failures.isEmpty == passes)
    }
}
