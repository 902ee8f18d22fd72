// PromQL over a real history: growth to the first request, over restarts and in
// every tier; classic and native histograms that agree; staleness; label queries
// without samples.

import Foundation
import History
import HistoryQuery
import PromQL
import Stats
import Testing

@Suite struct HistorySourceTests {
    /// A proxy with one counter, one gauge and one histogram, run over several boots.
    private final class Recorded {
        let path: String
        let folder: String
        private(set) var nowMillis: Int64
        let startMillis: Int64
        private(set) var requests = 0.0
        private(set) var observed: [UInt64] = []

        init(boots: Int, frames: Int, compacted: Bool) throws {
            folder = NSTemporaryDirectory() + "/weir-query-" + UUID().uuidString
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            path = folder + "/weir.db"
            nowMillis = 1_800_000_000_000
            startMillis = nowMillis
            for boot in 0..<boots {
                try run(boot, frames, isLast: boot + 1 == boots, compacted: compacted)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: folder) }

        private func run(_ boot: Int, _ frames: Int, isLast: Bool, compacted: Bool) throws {
            let registry = Registry(cellCapacity: 1 << 14)
            let counter = registry.declare(
                MetricFamily("cluster.{cluster}.rq_total", .counter, help: "Requests."))
            let gauge = registry.declare(MetricFamily("rq_active", .gauge, help: "Active."))
            let time = registry.declare(
                MetricFamily("rq_time", .histogram, unit: .nanoseconds, help: "Latency."))
            let sizes = registry.declare(
                MetricFamily("rq_size", .histogram, unit: .bytes, help: "Size."))
            let shard = registry.makeShard(name: "test")
            let writer = try HistoryWriter.open(
                HistoryOptions(path: path), wallMillis: nowMillis)
            let a = registry.counter(counter, ["a"])
            let (active, latency) = (registry.gauge(gauge), registry.histogram(time))
            let size = registry.histogram(sizes)
            for frame in 0..<frames {
                shard.add(a, UInt64(frame % 5 + 1))
                requests += Double(frame % 5 + 1)
                shard.set(active, Int64(frame % 60))
                let nanos = UInt64(1 + frame % 100) * 1_000_000
                shard.record(latency, nanos)
                shard.record(size, UInt64(frame % 1000))
                observed.append(nanos)
                nowMillis += 1000
                registry.apply(shard.cut())
                _ = try writer.append(
                    registry.snapshot(
                        wallMillis: nowMillis, monotonicNanos: UInt64(nowMillis) * 1_000_000))
            }
            if compacted { while try writer.compact(budgetNanos: 10_000_000) {} }
            try writer.close(clean: boot % 2 == 0, wallMillis: nowMillis + 200)
            if !isLast { nowMillis += 20_000 }
        }

        func instant(_ query: String) throws -> [(labels: String, value: Double)] {
            let source = HistorySource(try HistoryReader(path: path))
            let expression = try Parser.expression(query)
            let value = try Engine(EngineOptions()).instant(
                expression, at: nowMillis, from: source)
            guard case .vector(let series) = value.value else { return [] }
            return series.map { one in
                var number = Double.nan
                if case .float(let float)? = one.samples.first?.value { number = float }
                return (one.labels.pairs.map { "\($0.name)=\($0.value)" }.joined(), number)
            }
        }

        func number(_ query: String) throws -> Double {
            try instant(query).first?.value ?? .nan
        }

        /// A window that begins before everything.
        var range: String { "\((nowMillis - startMillis) / 1000 + 600)s" }
    }

    @Test(arguments: [false, true])
    func increaseReachesBackToTheFirstRequest(compacted: Bool) throws {
        let recorded = try Recorded(boots: 3, frames: 1000, compacted: compacted)
        // Samples, not extrapolation: the difference over zeros and resets.
        let source = HistorySource(try HistoryReader(path: recorded.path))
        for function in ["rate", "irate"] {
            var budget = SampleBudget(limit: 1 << 30)
            let series = try source.select(
                [.name("weir_cluster_rq_total")],
                SelectHints(
                    start: 0, end: recorded.nowMillis, step: 0, range: 1 << 40,
                    function: function), &budget)
            #expect(series.count == 1)
            var total = 0.0
            var last = series[0].values[0]
            #expect(last == 0)
            for value in series[0].values.dropFirst() where !StaleMarker.isStale(value) {
                total += value >= last ? value - last : value
                last = value
            }
            #expect(total == recorded.requests, "\(function)")
            #expect(
                zip(series[0].times, series[0].times.dropFirst()).allSatisfy { $0 < $1 })
            #expect(series[0].values.filter { StaleMarker.isStale($0) }.count >= 2)
        }
    }

    @Test(arguments: [false, true])
    func classicAndNativeAgree(compacted: Bool) throws {
        let recorded = try Recorded(boots: 1, frames: 1200, compacted: compacted)
        let count = Double(recorded.observed.count)
        #expect(try recorded.number("weir_rq_time_seconds_count") == count)
        #expect(try recorded.number("histogram_count(weir_rq_time_seconds)") == count)
        let sum = Double(recorded.observed.reduce(0, +)) / 1e9
        #expect(abs(try recorded.number("weir_rq_time_seconds_sum") - sum) < 1e-9)
        #expect(abs(try recorded.number("histogram_sum(weir_rq_time_seconds)") - sum) < 1e-9)
        for (text, bound) in [("0.05", 50_000_000), ("0.001", 1_000_000), ("+Inf", Int.max)] {
            let exact = Double(recorded.observed.count { $0 <= bound })
            #expect(
                try recorded.number("weir_rq_time_seconds_bucket{le=\"\(text)\"}") == exact)
        }
        let p90 = try recorded.number("histogram_quantile(0.9, weir_rq_time_seconds)")
        #expect(abs(p90 - 0.09) < 0.09 * 0.045, "\(p90)")
        let bytes = try recorded.number("histogram_quantile(0.5, weir_rq_size_bytes)")
        #expect(abs(bytes - 400) < 400 * 0.045, "\(bytes)")
        #expect(try recorded.instant("weir_rq_time_seconds_bucket").count == 20)
    }

    @Test func gaugesUseTheColumnThatIsAskedFor() throws {
        let recorded = try Recorded(boots: 1, frames: 4000, compacted: true)
        #expect(try recorded.number("weir_rq_active") == 39)
        #expect(try recorded.number("max_over_time(weir_rq_active[1h])") == 59)
        #expect(try recorded.number("min_over_time(weir_rq_active[1h])") == 0)
        let mean = try recorded.number("avg_over_time(weir_rq_active[1h])")
        #expect(abs(mean - 29.5) < 0.5, "\(mean)")
    }

    @Test func whatEndedIsStale() throws {
        let recorded = try Recorded(boots: 1, frames: 100, compacted: true)
        #expect(try recorded.instant("weir_rq_active").count == 1)
        let source = HistorySource(try HistoryReader(path: recorded.path))
        let later = try Engine(EngineOptions()).instant(
            try Parser.expression("weir_rq_active"), at: recorded.nowMillis + 5000, from: source)
        guard case .vector(let series) = later.value else {
            Issue.record("no vector")
            return
        }
        #expect(series.isEmpty)
    }

    @Test func labelsComeFromTheDictionary() throws {
        let recorded = try Recorded(boots: 1, frames: 10, compacted: false)
        let source = HistorySource(try HistoryReader(path: recorded.path))
        let all = try source.series([], start: 0, end: .max)
        #expect(all == all.sorted())
        let names = Set(all.map(\.metricName))
        #expect(names.isSuperset(of: ["weir_cluster_rq_total", "weir_rq_time_seconds_bucket"]))
        let some = try source.series(
            [[try LabelMatcher(label: "cluster", relation: .equal, value: "a")]], start: 0,
            end: .max)
        #expect(some.map(\.metricName) == ["weir_cluster_rq_total"])
        // What two selectors choose is there once, in order, buckets too.
        let everything = try LabelMatcher(label: "nosuch", relation: .equal, value: "")
        #expect(try source.series([[everything], [], [everything]], start: 0, end: .max) == all)
        #expect(Set(all).count == all.count)
        #expect(try source.series([], start: 0, end: recorded.startMillis - 1).isEmpty)
    }
}
