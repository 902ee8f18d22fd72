// Samples of a roll-up stand for a longer time than the look-back: the source says so, and the
// value is found between two of them, until a stale marker or the end of that time.

import Testing

@testable import PromQL

@Suite struct LookbackTests {
    private static let hour: Int64 = 3_600_000

    /// A sample an hour up to 3 h, then one each 10 s for five minutes.
    private static func source(stale: Int64? = nil) -> MemorySource {
        let source = MemorySource()
        var times = (0...3).map { Int64($0) * hour }
        times += (1...30).map { 3 * hour + Int64($0) * 10_000 }
        var values = times.indices.map { Double($0) }
        if let stale {
            let place = times.firstIndex { $0 > stale } ?? times.count
            times.insert(stale, at: place)
            values.insert(StaleMarker.value, at: place)
        }
        var series = SourceSeries(
            labels: Labels([("__name__", "m")]), times: times, values: values)
        series.sparse = [SparseStretch(from: 0, to: 3 * hour, reach: 5_400_000, spacing: hour)]
        source.stored = [series]
        return source
    }

    @Test(
        arguments: [
            (0, "0"), (1_380_000, "0"), (3_599_999, "0"), (3_600_000, "1"), (9_000_000, "2"),
            (10_799_999, "2"), (10_810_000, "4"),
            // The last one is of the fine stretch: it counts for the look-back alone.
            (11_399_999, "33"), (11_400_000, ""),
        ] as [(Int64, String)])
    func findsTheValueBetweenSamplesOfARollUp(time: Int64, value: String) throws {
        let lines = try Engine().text("m", at: time, from: Self.source())
        #expect(lines == (value.isEmpty ? [] : ["m \(value)"]))
    }

    @Test func aStaleMarkerEndsItAtOnce() throws {
        let source = Self.source(stale: 4_000_000)
        #expect(try Engine().text("m", at: 3_999_999, from: source) == ["m 1"])
        #expect(try Engine().text("m", at: 4_000_000, from: source) == [])
        #expect(try Engine().text("m", at: 7_199_999, from: source) == [])
    }

    @Test func rangesOfStepsAndTimestampsSeeTheSame() throws {
        let source = Self.source()
        #expect(
            try Engine().text("m", from: 0, to: 7_200_000, step: 1_800_000, source)
                == ["m 0 0 1 1 2"])
        #expect(
            try Engine().text("timestamp(m)", from: 0, to: 7_200_000, step: 1_800_000, source)
                == ["{} 0 0 3600 3600 7200"])
    }

    /// A counter of one a second: its samples are 10 s apart, then 1 s. Windows over the border
    /// see it too.
    @Test func ratesAreExactOverABorderOfResolutions() throws {
        let source = MemorySource()
        let times = (1...60).map { Int64($0) * 10_000 } + (601...1200).map { Int64($0) * 1000 }
        var series = SourceSeries(
            labels: Labels([("__name__", "m_total")]), times: times,
            values: times.map { 5 + Double($0) / 1000 })
        let query = "abs(rate(m_total[5m]) - 1) > 1e-9"
        source.stored = [series]
        #expect(try !Engine().text(query, from: 320_000, to: 1_190_000, step: 7000, source).isEmpty)
        series.sparse = [
            SparseStretch(from: 10_000, to: 600_000, reach: 15_000, spacing: 10_000)
        ]
        source.stored = [series]
        #expect(try Engine().text(query, from: 320_000, to: 1_190_000, step: 7000, source) == [])
    }
}
