// The storage of the test language: windows,
// order, reset hints, converted classic
// histograms.

import PromQL
import Testing

@testable import PromQLTest

@Suite struct StorageTests {
    private func histogram(_ text: String) throws -> FloatHistogram {
        var cursor = LineCursor("{{\(text)}}", line: 1)
        return try cursor.histogram().value
    }

    @Test func selectsOpenAtTheLeft() throws {
        let storage = TestStorage()
        let labels = Labels(["__name__": "m"])
        for time in [0, 10, 20, 30] as [Int64] {
            #expect(storage.append(labels, at: time, .float(Double(time))))
        }
        #expect(!storage.append(labels, at: 20, .float(20)))
        #expect(storage.append(labels, at: 30, .float(30)))
        #expect(!storage.append(labels, at: 30, .float(31)))
        var budget = SampleBudget(limit: 10)
        let hints = SelectHints(start: 10, end: 30, step: 0, range: 20, function: "")
        let series = try storage.select([.name("m")], hints, &budget)
        #expect(series.map(\.times) == [[20, 30]] && budget.taken == 2)
        #expect(try storage.select([.name("n")], hints, &budget).isEmpty)
        #expect(try storage.series([], start: 30, end: 40) == [labels])
        #expect(try storage.series([[.name("m")]], start: 31, end: 40) == [])
    }

    @Test func theBudgetEndsASelection() {
        let storage = TestStorage()
        for time in 0..<5 { _ = storage.append(.empty, at: Int64(time), .float(0)) }
        var budget = SampleBudget(limit: 4)
        let hints = SelectHints(start: -1, end: 9, step: 0, range: 0, function: "")
        #expect(throws: QueryFailure.tooManySamples(limit: 4)) {
            try storage.select([], hints, &budget)
        }
    }

    /// Samples one after another and the hint that the last one has.
    static let hints: [([String], FloatHistogram.ResetHint)] = [
        (["count:1"], .unknown),
        (["count:1 counter_reset_hint:reset"], .reset),
        (["count:1", "count:1"], .notReset),
        (["count:2", "count:1"], .reset),
        (["count:2 buckets:[1 1]", "count:3 buckets:[0 3]"], .reset),
        (["count:2 buckets:[0 2]", "count:3 offset:1 buckets:[3]"], .notReset),
        (["count:2 z_bucket:2", "count:3 z_bucket:1"], .reset),
        (["count:2 n_buckets:[2]", "count:3 n_buckets:[1]"], .reset),
        (["count:1", "count:2 counter_reset_hint:reset"], .reset),
        (["count:1", "count:2 schema:1"], .unknown),
        (["count:1", "count:2 z_bucket_w:0.5"], .unknown),
        (["schema:-53 custom_values:[1]", "schema:-53 custom_values:[2]"], .reset),
        (["count:1 counter_reset_hint:gauge", "count:0 counter_reset_hint:gauge"], .gauge),
        (["count:1 counter_reset_hint:gauge", "count:2"], .unknown),
        (["count:1", "count:2 counter_reset_hint:gauge"], .gauge),
    ]

    @Test(arguments: hints)
    func keepsResetHints(samples: [String], expected: FloatHistogram.ResetHint) throws {
        var hints = StoredResetHint()
        var last = FloatHistogram.ResetHint.unknown
        for sample in samples { last = hints.hint(for: try histogram(sample)) }
        #expect(last == expected)
    }

    @Test func floatsAndMarkersInBetween() throws {
        var hints = StoredResetHint()
        _ = hints.hint(for: try histogram("count:1"))
        hints.noteFloat(isStale: true)
        #expect(hints.hint(for: try histogram("count:1")) == .reset)
        hints.noteFloat(isStale: false)
        #expect(hints.hint(for: try histogram("count:1")) == .unknown)
    }

    @Test func convertsClassicHistograms() throws {
        var conversion = ClassicConversion()
        func add(_ name: String, _ le: String, _ value: Double) {
            conversion.add(Labels(["__name__": name, "le": le, "j": "k"]), at: 7, value)
        }
        for (le, value) in [("1", 2.0), ("2.5", 2), ("+Inf", 9)] { add("x_bucket", le, value) }
        add("x_sum", "", 30)
        add("y_bucket", "1", 3)
        add("y_count", "", 4)
        add("fallen_bucket", "1", 3)
        add("fallen_bucket", "2", 2)
        add("odd_bucket", "wide", 2)
        let converted = conversion.converted()
        try #require(converted.map { $0.labels.metricName } == ["x", "y"])
        let (x, y) = (converted[0].value, converted[1].value)
        #expect(
            converted[0].labels == Labels(["__name__": "x", "j": "k"]) && converted[0].time == 7)
        #expect(x.usesCustomBounds && x.customBounds == [1, 2.5] && x.count == 9 && x.sum == 30)
        #expect(x.positiveBuckets == [0: 2, 2: 7])
        #expect(y.customBounds == [1] && y.count == 4 && y.positiveBuckets == [0: 3, 1: 1])
    }

    @Test(arguments: [
        (1.0, 1.000001, true), (1, 1.00001, false), (0, 1e-300, false), (.nan, -.nan, true),
        (.infinity, .infinity, true), (.infinity, -.infinity, false),
        (StaleMarker.value, .nan, false), (StaleMarker.value, StaleMarker.value, true),
    ])
    func comparesFloats(left: Double, right: Double, expected: Bool) {
        #expect(Comparison.isAlmostEqual(left, right) == expected)
        #expect(Comparison.isAlmostEqual(right, left) == expected)
    }
}
