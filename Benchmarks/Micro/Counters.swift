// Counter add: 64 counters in turn, as a request touches many different ones, so that no add waits
// for the store of the one before. The loop and the load of the handle are part of the figure.
// After each iteration the merged total must have grown by exactly the number of adds: a loop that
// the optimiser had shortened would stop the program.

import Benchmark
import Stats

private final class CounterFixture {
    let registry = Registry()
    let family: FamilyID
    let shard: Shard
    let counters: [Counter]
    private var expected: UInt64 = 0

    init() {
        let registry = self.registry
        let family = registry.declare(MetricFamily("c.{n}.rq", .counter, help: "Requests."))
        self.family = family
        shard = registry.makeShard(name: "wrk:0")
        counters = (0..<64).map { registry.counter(family, ["\($0)"]) }
    }

    func check(added: Int) {
        registry.apply(shard.cut())
        expected += UInt64(added)
        let snapshot = registry.snapshot(wallMillis: 1, monotonicNanos: 1)
        let total = snapshot.series(of: family).reduce(0) { $0 + snapshot.value($1) }
        precondition(total == expected, "BUG: \(total) counted, \(expected) added")
    }
}

func counterBenchmarks() {
    let fixture = Lazy(CounterFixture.init)
    micro("counter add", scale: .mega) { benchmark in
        let shard = fixture.value.shard
        let counters = fixture.value.counters
        counters.withUnsafeBufferPointer { counters in
            benchmark.startMeasurement()
            for index in benchmark.scaledIterations { shard.add(counters[index & 63]) }
            benchmark.stopMeasurement()
        }
        fixture.value.check(added: benchmark.scaledIterations.count)
    }
}
