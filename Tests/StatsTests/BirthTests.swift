// Series born on workers: adopted by labels, folded over the limit on either side, never lost.
// Shards and registry are driven on one thread, without sleeping; the numbers are checked after
// every tick, so a fold that loses or doubles an add fails at the cut where it happens.

import Testing

@testable import Stats

@Suite struct BirthTests {
    @Test func sameLabelsAreOneSeries() {
        let bench = Bench(shards: 3)
        let shared = bench.registry.counter(bench.requests, ["a"])
        for shard in bench.shards {
            shard.add(shard.counter(bench.requests, ["a"]), 2)
            shard.add(shard.counter(bench.requests, ["a"]), 3)
            shard.add(shared, 10)
        }
        let snapshot = bench.tick()
        #expect(snapshot.series(of: bench.requests).count == 1)
        #expect(snapshot.count(bench.requests, ["a"]) == 45)
    }

    @Test func addsOfTheBirthCutCount() {
        let bench = Bench(shards: 1)
        let shard = bench.shards[0]
        shard.add(shard.counter(bench.requests, ["new"]), 7)
        shard.record(shard.histogram(bench.time, ["new"]), 5)
        let snapshot = bench.tick()
        #expect(snapshot.count(bench.requests, ["new"]) == 7)
        #expect(snapshot.histogram(snapshot.series(of: bench.time)[0]).sum == 5)
    }

    @Test func shardFoldsOverItsLimit() {
        let bench = Bench(shards: 1, seriesLimit: 3)
        let shard = bench.shards[0]
        for index in 0..<10 { shard.add(shard.counter(bench.requests, ["n\(index)"]), 1) }
        let snapshot = bench.tick()
        #expect(snapshot.series(of: bench.requests).count == 4)
        #expect(snapshot.count(bench.requests, ["other"]) == 7)
        #expect(snapshot.total(bench.requests) == 10)
        #expect(bench.registry.foldedSeries == 7)
    }

    @Test func mainFoldsTheSurplusOfSeveralShards() {
        let bench = Bench(shards: 3, seriesLimit: 4)
        for (number, shard) in bench.shards.enumerated() {
            for index in 0..<4 {
                shard.add(shard.counter(bench.requests, ["s\(number)n\(index)"]), 1)
                shard.record(shard.histogram(bench.time, ["s\(number)n\(index)"]), 100)
            }
        }
        for round in 1...3 as ClosedRange<UInt64> {
            let snapshot = bench.tick()
            #expect(snapshot.series(of: bench.requests).count == 5)
            #expect(snapshot.count(bench.requests, ["other"]) == 8 * round)
            #expect(snapshot.total(bench.requests) == 12 * round)
            let times = snapshot.series(of: bench.time).map { snapshot.histogram($0) }
            #expect(times.count == 5)
            #expect(times.reduce(0) { $0 + $1.count } == 12)
            #expect(bench.registry.foldedSeries == 16)
            for (number, shard) in bench.shards.enumerated() {
                for index in 0..<4 {
                    shard.add(shard.counter(bench.requests, ["s\(number)n\(index)"]))
                }
            }
        }
    }

    /// What the configuration names is never folded; what is born beyond it is.
    @Test func mainHasNoLimitBirthsDo() {
        let bench = Bench(shards: 1, seriesLimit: 2)
        let handles = (0..<5).map { bench.registry.counter(bench.requests, ["n\($0)"]) }
        #expect(Set(handles).count == 5)
        #expect(bench.registry.foldedSeries == 0)
        for handle in handles { bench.shards[0].add(handle) }
        bench.shards[0].add(bench.shards[0].counter(bench.requests, ["born"]))
        let snapshot = bench.tick()
        for index in 0..<5 { #expect(snapshot.count(bench.requests, ["n\(index)"]) == 1) }
        #expect(snapshot.count(bench.requests, ["other"]) == 1)
        #expect(bench.registry.seriesCount == 6)
    }

    @Test func fullTableFoldsToo() {
        let registry = Registry(cellCapacity: 2048)
        let family = registry.declare(
            MetricFamily("x.{n}", .counter, help: "", seriesLimit: 1_000_000))
        let shard = registry.makeShard(name: "w")
        for index in 0..<3000 { shard.add(registry.counter(family, ["n\(index)"])) }
        registry.apply(shard.cut())
        let snapshot = registry.snapshot(wallMillis: 0, monotonicNanos: 0)
        #expect(snapshot.series(of: family).count == 1025)
        #expect(snapshot.total(family) == 3000)
        #expect(registry.foldedSeries == 3000 - 1024)
    }

    @Test func releasedNumbersAreReusedExactly() {
        let bench = Bench(shards: 1, seriesLimit: 2)
        let shard = bench.shards[0]
        var want: UInt64 = 0
        for round in 0..<50 as Range<UInt64> {
            let name = "n\(round)"
            shard.add(shard.counter(bench.requests, [name]), round + 1)
            shard.record(shard.histogram(bench.time, [name]), round)
            shard.set(shard.gauge(bench.active, [name]), Int64(round))
            let half = bench.tick()
            #expect(half.count(bench.requests, [name]) == round + 1)
            #expect(half.find(bench.active, [name]).map { half.gaugeValue($0) } == Int64(round))
            shard.add(shard.counter(bench.requests, [name]), 100)
            want = round + 101
            shard.set(shard.gauge(bench.active, [name]), 0)
            shard.release(label: "cluster", value: name)
            let retirement = bench.registry.retire(label: "cluster", value: name)
            let snapshot = bench.tick()
            #expect(snapshot.count(bench.requests, [name]) == want)
            bench.registry.release(retirement)
            _ = bench.tick()
            _ = bench.tick()
        }
        #expect(bench.registry.foldedSeries == 0 && bench.registry.strayAdds == 0)
        #expect(bench.shards[0].births.scalarExtent <= 4)
        #expect(bench.shards[0].births.directoryExtent <= 2)
        #expect(bench.registry.series.count <= 12)
    }

    @Test func rebirthInTheReleasingCutKeepsCountsApart() {
        let bench = Bench(shards: 1)
        let shard = bench.shards[0]
        shard.add(shard.counter(bench.requests, ["a"]), 5)
        shard.release(label: "cluster", value: "a")
        shard.add(shard.counter(bench.requests, ["b"]), 3)
        shard.add(shard.counter(bench.requests, ["a"]), 2)
        let snapshot = bench.tick()
        #expect(snapshot.count(bench.requests, ["a"]) == 7)
        #expect(snapshot.count(bench.requests, ["b"]) == 3)
    }
}
