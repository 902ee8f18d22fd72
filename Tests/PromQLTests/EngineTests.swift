// What the .test files do not ask: what a source is told, which steps are evaluated once, when
// metric names go, and which errors the engine gives in which words.

import Testing

@testable import PromQL

@Suite struct EngineTests {
    private static let minute: Int64 = 60_000

    private static func source() -> MemorySource {
        let source = MemorySource()
        source.add("a_total", ["x": "1"], values: (0...20).map { Double($0) * 60 })
        source.add("a_total", ["x": "2"], values: (0...20).map { Double($0) * 120 })
        source.add("b_total", ["x": "1"], values: (0...20).map { Double($0) * 180 })
        return source
    }

    @Test(arguments: [
        ("a_total", 600_000, 300_000, 600_000),
        ("a_total offset 1m", 600_000, 240_000, 540_000),
        ("a_total @ 60", 600_000, -240_000, 60_000),
        ("a_total @ 60 offset 1m", 600_000, -300_000, 0),
        ("rate(a_total[2m])", 600_000, 480_000, 600_000),
        ("rate(a_total[2m] offset -1m)", 600_000, 540_000, 660_000),
        ("sum_over_time(a_total[2m:1m])", 600_000, 240_000, 600_000),
        ("sum_over_time(a_total[3m:7m] @ 600 offset 1m)", 0, 120_000, 420_000),
    ])
    func asksTheSource(query: String, time: Int64, start: Int64, end: Int64) throws {
        let source = Self.source()
        _ = try Engine().text(query, at: time, from: source)
        #expect(source.asked.map(\.start) == [start])
        #expect(source.asked.map(\.end) == [end])
    }

    @Test func tellsWhatTheSamplesAreFor() throws {
        let source = Self.source()
        let minute = Self.minute
        _ = try Engine().text(
            "sum(rate(a_total[5m])) + max((a_total)) + a_total", from: 0, to: 10 * minute,
            step: minute, source)
        #expect(source.asked.map(\.function) == ["rate", "max", ""])
        #expect(source.asked.map(\.range) == [5 * minute, 0, 0])
        #expect(source.asked.map(\.step) == [minute, minute, minute])
    }

    @Test(arguments: [
        ("a_total{x=\"1\"} @ 60", "a_total{x=\"1\"} 60 60 60"),
        ("a_total{x=\"1\"} @ start()", "a_total{x=\"1\"} 300 300 300"),
        ("a_total{x=\"1\"} @ end()", "a_total{x=\"1\"} 420 420 420"),
        ("sum(rate(a_total[2m] @ end())) + 1", "{} 4 4 4"),
        ("sum_over_time(a_total{x=\"1\"}[3m:1m] @ 180)", "{x=\"1\"} 360 360 360"),
        ("sum_over_time((a_total{x=\"1\"} @ 60)[3m:1m])", "{x=\"1\"} 180 180 180"),
        ("sum_over_time(a_total{x=\"1\"}[2m:1m] @ start())", "{x=\"1\"} 540 540 540"),
        ("timestamp(a_total{x=\"1\"} @ 90)", "{x=\"1\"} 60 60 60"),
        ("vector(time()) - 300", "{} 0 60 120"),
        ("a_total{x=\"1\"} offset 1m", "a_total{x=\"1\"} 240 300 360"),
        ("max_over_time(a_total{x=\"1\"}[1m:10s] offset 30s)", "{x=\"1\"} 240 300 360"),
    ])
    func fixesTimes(query: String, expected: String) throws {
        let minute = Self.minute
        let lines = try Engine().text(
            query, from: 5 * minute, to: 7 * minute, step: minute, Self.source())
        #expect(lines == [expected])
    }

    @Test(arguments: [
        // The name is there for functions further out, and goes at the end.
        (
            "label_replace(rate(a_total[2m]), \"n\", \"$1\", \"__name__\", \"(.*)_total\")",
            ["{n=\"a\", x=\"1\"} 1", "{n=\"a\", x=\"2\"} 2"]
        ),
        // A group knows its name, but the name is still to go.
        ("sum by (__name__, x) (rate(a_total[2m]))", ["{x=\"1\"} 1", "{x=\"2\"} 2"]),
        ("sum by (__name__) (a_total) / 60", ["{} 18"]),
        (
            "label_replace(rate(a_total[2m]), \"__name__\", \"c\", \"\", \"\")",
            ["c{x=\"1\"} 1", "c{x=\"2\"} 2"]
        ),
        ("count(-{__name__=~\"._total\"})", ["{} 3"]),
        ("last_over_time(b_total[2m])", ["b_total{x=\"1\"} 1080"]),
        ("b_total > 1", ["b_total{x=\"1\"} 1080"]),
        ("b_total > bool 1", ["{x=\"1\"} 1"]),
    ])
    func dropsNamesAtTheEnd(query: String, expected: [String]) throws {
        #expect(try Engine().text(query, at: 6 * Self.minute, from: Self.source()) == expected)
    }

    @Test(arguments: [
        (
            "rate({__name__=~\"._total\"}[2m])",
            "vector cannot contain metrics with the same labelset"
        ),
        (
            "sum by (__name__) (rate({__name__=~\"._total\"}[2m]))",
            "vector cannot contain metrics with the same labelset"
        ),
        (
            "a_total + on() b_total",
            "multiple matches for labels: many-to-one matching must be explicit "
                + "(group_left/group_right)"
        ),
        (
            "b_total + on() a_total",
            "found duplicate series for the match group {} on the right hand-side of the "
                + "operation: [{__name__=\"a_total\", x=\"2\"}, {__name__=\"a_total\", "
                + "x=\"1\"}];many-to-many matching not "
                + "allowed: matching labels must be unique on one side"
        ),
        (
            "a_total * on() group_left(x) b_total",
            "multiple matches for labels: grouping labels must ensure unique matches"
        ),
        (
            "label_join(a_total, \"x\", \"\")",
            "vector cannot contain metrics with the same labelset"
        ),
        ("topk(NaN, a_total)", "Parameter value is NaN"),
        ("topk(1e30, a_total)", "Scalar value 1e+30 overflows int64"),
    ])
    func fails(query: String, message: String) throws {
        let failure = #expect(throws: QueryFailure.self) {
            try Engine().text(query, at: 6 * Self.minute, from: Self.source())
        }
        #expect(failure?.message == message)
    }

    /// Names that go may join series which take turns, and fail when these meet.
    @Test func joinsSeriesThatTakeTurns() throws {
        let source = MemorySource()
        source.add("one", values: [1, 1, StaleMarker.value])
        source.add("two", values: [StaleMarker.value, StaleMarker.value, 2, 2])
        let lines = try Engine().text(
            "-{__name__=~\"one|two\"}", from: 0, to: 180_000, step: 60_000, source)
        #expect(lines == ["{} -1 -1 -2 -2"])
    }

    @Test func refusesStringsAndRangesOverTime() throws {
        for query in ["\"text\"", "a_total[5m]"] {
            let failure = #expect(throws: QueryFailure.self) {
                try Engine().text(query, from: 0, to: 60_000, step: 60_000, Self.source())
            }
            guard case .badData? = failure else { throw QueryFailure.execution("\(query)") }
        }
        #expect(try Engine().text("\"text\"", at: 0, from: Self.source()) == ["text"])
        #expect(
            try Engine().text("b_total[2m]", at: 180_000, from: Self.source())
                == ["b_total{x=\"1\"} 360 540"])
    }

    /// A part is in when its complement is out.
    @Test(arguments: [0.0, 0.2, 0.5, 1.0]) func splitsByRatio(ratio: Double) throws {
        let source = MemorySource()
        for index in 0..<50 { source.add("m", ["i": "\(index)"], values: [1]) }
        let one = try Engine().text("limit_ratio(\(ratio), m)", at: 0, from: source)
        let other = try Engine().text("limit_ratio(\(ratio - 1), m)", at: 0, from: source)
        #expect(Set(one).isDisjoint(with: other))
        #expect(one.count + other.count == 50)
    }

    @Test(
        arguments: [
            ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B),
            ("abc", 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64)])
    func hashesAsXXHash64(text: String, hash: UInt64) {
        #expect(LabelHash.hash(Array(text.utf8)) == hash)
    }

    @Test(arguments: [
        ("4m5", "4m600"), ("1.2.3", "1.11.3"), ("a", "b"), ("a2", "a10"), ("a", "a1"),
        ("x09", "x10"), ("", "a"),
    ])
    func ordersNaturally(first: String, second: String) {
        #expect(NaturalOrder.precedes(first, second))
        #expect(!NaturalOrder.precedes(second, first))
    }
}
