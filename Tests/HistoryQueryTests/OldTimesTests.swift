// Queries about times of which only roll-ups are left: the value between two of their samples is
// found, growth over borders of tiers is exact, and what has ended stays ended. And queries that
// want more than they may hold.

import Foundation
import History
import HistoryQuery
import PromQL
import Stats
import Testing

@Suite struct OldTimesTests {
    private static let hour: Int64 = 3_600_000
    private static let day = 24 * hour
    private static let flushMillis: Int64 = 600_000

    /// Seventeen days of flushes ten minutes apart of a counter and a gauge that holds the number
    /// of the flush; of the first fifteen only hours are left.
    private final class Aged {
        let path: String
        private let folder: String
        let start: Int64 = 1_800_000_000_000
        let end: Int64

        init() throws {
            folder = NSTemporaryDirectory() + "/weir-aged-" + UUID().uuidString
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            path = folder + "/weir.db"
            let registry = Registry(cellCapacity: 1 << 14)
            let counted = registry.declare(
                MetricFamily("cluster.{cluster}.rq_total", .counter, help: "Requests."))
            let level = registry.declare(MetricFamily("level", .gauge, help: "Level."))
            let shard = registry.makeShard(name: "test")
            let (a, gone) = (registry.counter(counted, ["a"]), registry.counter(counted, ["gone"]))
            shard.add(gone, 7)
            let gauge = registry.gauge(level)
            let now = start + 17 * OldTimesTests.day
            var options = HistoryOptions(path: path)
            options.retention = [Int64](repeating: 1 << 50, count: 4)
            let writer = try HistoryWriter.open(options, wallMillis: start)
            for flush in 1...17 * 144 {
                let time = start + Int64(flush) * OldTimesTests.flushMillis + 137
                shard.add(a, UInt64(flush % 3))
                shard.set(gauge, Int64(flush))
                registry.apply(shard.cut())
                let snapshot = registry.snapshot(
                    wallMillis: time, monotonicNanos: UInt64(time) * 1_000_000)
                _ = try writer.append(snapshot)
                if flush == 700 {
                    let retirement = registry.retire(label: "cluster", value: "gone")
                    shard.release(label: "cluster", value: "gone")
                    registry.release(retirement)
                }
            }
            end = now
            try writer.close(clean: true, wallMillis: now + 200)
            try forget(&options)
        }

        /// Makes all roll-ups, then drops what is old in each tier.
        private func forget(_ options: inout HistoryOptions) throws {
            try OfflineHistory(path: path, wallMillis: end + 300, version: "test").compact()
            options.retention = [OldTimesTests.day, OldTimesTests.day, OldTimesTests.day, 1 << 50]
            let writer = try HistoryWriter.open(options, wallMillis: end + 400)
            while try writer.maintain(nowMillis: end).hasMore {}
            try writer.close(clean: true, wallMillis: end + 500)
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        func instant(_ query: String, at time: Int64) throws -> [Double] {
            let source = HistorySource(try HistoryReader(path: path))
            let result = try Engine().instant(
                try Parser.expression(query), at: time, from: source)
            guard case .vector(let series) = result.value else { return [] }
            return series.compactMap { one in
                guard case .float(let value)? = one.samples.first?.value else { return nil }
                return value
            }
        }
    }

    @Test func theValueBetweenTwoHoursIsFound() throws {
        let aged = try Aged()
        let info = try HistoryReader(path: aged.path).sizes()
        let finer = info.tiers.filter { $0.tier.map { $0 < .hour } ?? true }
        #expect(finer.allSatisfy { ($0.firstMillis ?? 0) > aged.start + 14 * Self.day })
        for minutes in [61, 83, 119, 179, 200, 299, 14_000] {
            let found = try aged.instant(
                "weir_level", at: aged.start + Int64(minutes) * 60_000)
            // The last flush of this hour if it has been, else the one of the hour before.
            let flush = minutes / 60 * 6 + (minutes % 60 > 50 ? 5 : -1)
            #expect(found == [Double(flush)], "\(minutes)")
        }
        // The newest sample is a flush: it counts for the look-back.
        #expect(try aged.instant("weir_level", at: aged.end + 137) == [17 * 144])
    }

    @Test func whatEndedLongAgoStaysEnded() throws {
        let aged = try Aged()
        let query = "weir_cluster_rq_total{cluster=\"gone\"}"
        #expect(try aged.instant(query, at: aged.start + 100 * Self.hour) == [7])
        #expect(try aged.instant(query, at: aged.start + 119 * Self.hour) == [])
    }

    @Test func growthOverAllTiersIsExact() throws {
        let aged = try Aged()
        let source = HistorySource(try HistoryReader(path: aged.path))
        for range in [2 * Self.hour, 3 * Self.day, 16 * Self.day] {
            var budget = SampleBudget(limit: 1 << 30)
            let series = try source.select(
                [
                    .name("weir_cluster_rq_total"),
                    try .init(
                        label: "cluster", relation: .equal, value: "a"),
                ],
                SelectHints(
                    start: aged.end - range, end: aged.end, step: 0, range: range,
                    function: "increase"), &budget)
            let values = series[0].values.filter { !StaleMarker.isStale($0) }
            // Every three flushes count three: what lies between the first and the last sample.
            let flushes = zip(series[0].times, series[0].values)
                .filter { !StaleMarker.isStale($0.1) }.map {
                    ($0.0 - aged.start - 137) / Self.flushMillis
                }
            let counted = { (flush: Int64) in Double(flush / 3 * 3 + [0, 1, 3][Int(flush % 3)]) }
            #expect(values[0] == counted(flushes[0]))
            #expect(values[values.count - 1] == counted(flushes[flushes.count - 1]))
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    /// The level grows by one a flush, so its growth over two days is the same everywhere, also
    /// where hours become flushes inside of the window.
    @Test(arguments: [15, 16, 17, 18, 19, 20, 21, 22, 23] as [Int64])
    func growthIsExtendedToTheEndsOverABorder(hours: Int64) throws {
        let aged = try Aged()
        let time = aged.start + 16 * Self.day + hours * Self.hour
        let found = try aged.instant("delta(weir_level[2d])", at: time)
        #expect(found.count == 1 && abs(found[0] - 288) < 1e-6, "\(found)")
    }

    /// The room for the question itself is refused before it is made.
    @Test(arguments: [10, 100, 1000])
    func aReadingStopsAtTheLimit(limit: Int) throws {
        let aged = try Aged()
        let source = HistorySource(try HistoryReader(path: aged.path))
        var options = EngineOptions()
        options.samplesMax = limit
        let failure = #expect(throws: QueryFailure.self) {
            try Engine(options).instant(
                try Parser.expression("{__name__=~\"weir_.+\"}[17d]"), at: aged.end, from: source)
        }
        #expect(failure == .tooManySamples(limit: limit))
    }

    @Test func aReadingIsCancelled() throws {
        let aged = try Aged()
        let source = HistorySource(try HistoryReader(path: aged.path))
        var options = EngineOptions()
        options.timeoutNanos = 1
        let failure = #expect(throws: QueryFailure.self) {
            try Engine(options).instant(
                try Parser.expression("weir_level[17d]"), at: aged.end, from: source)
        }
        #expect(failure == .timedOut)
    }

    /// Series by series: a query over many holds one of them, and the bytes it is read from.
    @Test func manySeriesNeedTheRoomOfFew() throws {
        let aged = try Aged()
        let source = HistorySource(try HistoryReader(path: aged.path))
        let result = try Engine().instant(
            try Parser.expression("sum(count_over_time({__name__=~\"weir_.+\"}[17d]))"),
            at: aged.end, from: source)
        #expect(result.statistics.samplesRead > 500)
        #expect(result.statistics.samplesPeak < 2 * result.statistics.samplesRead)
    }
}
