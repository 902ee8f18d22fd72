// Cut and merge. "cut" is what one worker pays between two events; "merge" is what main pays for
// one flush: apply the cuts of all shards, then publish a snapshot. Touching, and for "merge" the
// cutting, is outside the measurement. 1 % is a random choice, another one each time and for each
// shard; 100 % is every series. Counters only, as nearly all series are.

import Benchmark
import Stats

private final class MergeFixture {
    let registry = Registry()
    let shards: [Shard]
    private let counters: [Counter]
    private let touched: Int
    private var numbers = SeededNumbers(state: 7)

    init(series: Int, shards shardCount: Int, percent: Int) {
        let registry = self.registry
        let family = registry.declare(
            MetricFamily("c.{n}.rq", .counter, help: "Requests.", seriesLimit: series))
        counters = (0..<series).map { registry.counter(family, ["\($0)"]) }
        shards = (0..<shardCount).map { registry.makeShard(name: "wrk:\($0)") }
        touched = series * percent / 100
        for shard in shards {
            for counter in counters { shard.add(counter) }
            registry.apply(shard.cut())
        }
        publish()
    }

    func touch(_ shard: Shard) {
        if touched == counters.count {
            for counter in counters { shard.add(counter) }
            return
        }
        for _ in 0..<touched {
            shard.add(counters[Int.random(in: 0..<counters.count, using: &numbers)])
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
        for percent in [1, 100] {
            cutBenchmark("\(seriesText) series, \(percent) %", series, percent)
            for shards in [1, 16, 64] {
                mergeBenchmark(
                    "\(seriesText) series x \(shards), \(percent) %", series, shards, percent)
            }
        }
    }
}

private func cutBenchmark(_ name: String, _ series: Int, _ percent: Int) {
    let fixture = Lazy { MergeFixture(series: series, shards: 1, percent: percent) }
    micro("cut, \(name)") { benchmark in
        let shard = fixture.value.shards[0]
        fixture.value.touch(shard)
        benchmark.startMeasurement()
        let cut = shard.cut()
        benchmark.stopMeasurement()
        fixture.value.registry.apply(cut)
    }
}

private func mergeBenchmark(_ name: String, _ series: Int, _ shards: Int, _ percent: Int) {
    let fixture = Lazy { MergeFixture(series: series, shards: shards, percent: percent) }
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
