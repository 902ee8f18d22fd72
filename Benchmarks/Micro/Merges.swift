// Cut and merge. "cut" is what one worker pays between two events; "merge" is what main pays for
// one flush: apply the cuts of all shards, then publish a snapshot. Touching, and for "merge" the
// cutting, is outside the measurement. 1 % is a random choice, another one each time and for each
// shard; 100 % is every series. The curve touches series that lie together, as those of one
// listener or cluster do. Counters only, as nearly all series are.

import Benchmark
import Stats

private final class MergeFixture {
    let registry = Registry()
    let shards: [Shard]
    private let counters: [Counter]
    private let touched: Touched
    private var numbers = SeededNumbers(state: 7)

    enum Touched {
        case all
        case atRandom(Int)
        case inARow(Int)
    }

    init(series: Int, shards shardCount: Int, _ touched: Touched) {
        let registry = self.registry
        let family = registry.declare(
            MetricFamily("c.{n}.rq", .counter, help: "Requests.", seriesLimit: series))
        counters = (0..<series).map { registry.counter(family, ["\($0)"]) }
        shards = (0..<shardCount).map { registry.makeShard(name: "wrk:\($0)") }
        self.touched = touched
        for shard in shards {
            for counter in counters { shard.add(counter) }
            registry.apply(shard.cut())
        }
        publish()
    }

    func touch(_ shard: Shard) {
        switch touched {
        case .all:
            for counter in counters { shard.add(counter) }
        case .atRandom(let count):
            for _ in 0..<count {
                shard.add(counters[Int.random(in: 0..<counters.count, using: &numbers)])
            }
        case .inARow(let count):
            for counter in counters[..<count] { shard.add(counter) }
        }
    }

    func cutAll() -> [Cut] {
        shards.map { shard in
            touch(shard)
            return shard.cut()
        }
    }

    @discardableResult func publish() -> Snapshot {
        registry.snapshot(wallMillis: 1, monotonicNanos: 1)
    }
}

func mergeBenchmarks() {
    for (series, seriesText) in [(1_000, "1,000"), (100_000, "100,000")] {
        let choices: [(String, MergeFixture.Touched)] = [
            ("1 %", .atRandom(series / 100)), ("100 %", .all),
        ]
        for (text, touched) in choices {
            cutBenchmark("\(seriesText) series, \(text)", series, touched)
            for shards in [1, 16, 64] {
                mergeBenchmark("\(seriesText) series x \(shards), \(text)", series, shards, touched)
            }
        }
    }
    for count in [0, 64, 640, 6_400, 64_000] {
        mergeBenchmark("curve, \(count) of 100,000", 100_000, 1, .inARow(count))
    }
}

private func cutBenchmark(
    _ name: String, _ series: Int, _ touched: MergeFixture.Touched
) {
    let fixture = Lazy { MergeFixture(series: series, shards: 1, touched) }
    micro("cut, \(name)") { benchmark in
        let shard = fixture.value.shards[0]
        fixture.value.touch(shard)
        benchmark.startMeasurement()
        let cut = shard.cut()
        benchmark.stopMeasurement()
        fixture.value.registry.apply(cut)
    }
}

private func mergeBenchmark(
    _ name: String, _ series: Int, _ shards: Int, _ touched: MergeFixture.Touched
) {
    let fixture = Lazy { MergeFixture(series: series, shards: shards, touched) }
    micro("merge, \(name)") { benchmark in
        let fixture = fixture.value
        let cuts = fixture.cutAll()
        benchmark.startMeasurement()
        for cut in cuts { fixture.registry.apply(cut) }
        let snapshot = fixture.publish()
        benchmark.stopMeasurement()
        blackHole(snapshot)
    }
}
