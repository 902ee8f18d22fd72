// Nothing gained, nothing lost: random adds on several shards, cut at random moments, against a
// plain model; wrapping; late shards; immutability of snapshots; sizes of what is hot.
// The model is a dictionary of plain numbers; whatever the order of adds and cuts, it must agree.

import Testing

@testable import Stats

@Suite struct MergeTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func anySplitOverShardsAndCutsGivesTheSameTotals(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bench = Bench(shards: 4)
        let names = (0..<40).map { "c\($0)" }
        var counts: [String: UInt64] = [:]
        var levels: [String: Int64] = [:]
        var times: [String: HistogramValue] = [:]
        let layout = HistogramLayout(classicBounds: bench.registry.declared[2].classicBounds)
        let shared = names.map { name in
            (
                bench.registry.counter(bench.requests, [name]),
                bench.registry.gauge(bench.active, [name]),
                bench.registry.histogram(bench.time, [name])
            )
        }
        for _ in 0..<5000 {
            let shard = bench.shards[Int.random(in: 0..<4, using: &random)]
            let index = Int.random(in: 0..<40, using: &random)
            let name = names[index]
            let isBorn = Bool.random(using: &random)
            let amount = random.nextSpread()
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<4:
                shard.add(isBorn ? shard.counter(bench.requests, [name]) : shared[index].0, amount)
                counts[name, default: 0] &+= amount
            case 4..<8:
                let delta = Int64(bitPattern: amount)
                shard.add(isBorn ? shard.gauge(bench.active, [name]) : shared[index].1, delta)
                levels[name, default: 0] &+= delta
            case 8..<11:
                shard.record(
                    isBorn ? shard.histogram(bench.time, [name]) : shared[index].2, amount)
                times[name, default: HistogramValue(layout: layout)].record(amount)
            default:
                bench.registry.apply(shard.cut())
                if Bool.random(using: &random) { _ = bench.snapshot() }
            }
        }
        let snapshot = bench.tick()
        for name in names {
            #expect(snapshot.count(bench.requests, [name]) ?? 0 == counts[name] ?? 0, "\(seed)")
            let level = snapshot.find(bench.active, [name]).map { snapshot.gaugeValue($0) }
            #expect(level ?? 0 == levels[name] ?? 0, "seed \(seed)")
            let time = snapshot.find(bench.time, [name]).map { snapshot.histogram($0) }
            let want = times[name] ?? HistogramValue(layout: layout)
            #expect(time ?? HistogramValue(layout: layout) == want, "seed \(seed)")
        }
        #expect(bench.registry.strayAdds == 0 && bench.registry.refusedRecords == 0)
    }

    @Test func countersWrap() {
        let bench = Bench(shards: 2)
        let counter = bench.registry.counter(bench.requests, ["a"])
        bench.shards[0].add(counter, .max)
        #expect(bench.tick().count(bench.requests, ["a"]) == .max)
        bench.shards[0].add(counter, 5)
        bench.shards[1].add(counter, 7)
        #expect(bench.tick().count(bench.requests, ["a"]) == 11)
    }

    @Test func gaugesAddUpAndCanBeSet() {
        let bench = Bench(shards: 2)
        let gauge = bench.registry.gauge(bench.active, ["a"])
        bench.shards[0].add(gauge, 3)
        bench.shards[1].add(gauge, -5)
        var snapshot = bench.tick()
        #expect(snapshot.gaugeValue(snapshot.series(of: bench.active)[0]) == -2)
        let own = bench.registry.gauge(bench.active, ["own"])
        for value in [7, 2, -9, 0, 4] as [Int64] {
            bench.shards[1].set(own, value)
            snapshot = bench.tick()
            #expect(snapshot.find(bench.active, ["own"]).map { snapshot.gaugeValue($0) } == value)
        }
    }

    @Test func lateShardKeepsItsLastCut() {
        let bench = Bench(shards: 2)
        let counter = bench.registry.counter(bench.requests, ["a"])
        for shard in bench.shards { shard.add(counter, 10) }
        #expect(bench.tick().lateShards == [])
        for shard in bench.shards { shard.add(counter, 1) }
        bench.registry.apply(bench.shards[0].cut())
        bench.registry.markLate(shard: bench.shards[1].id)
        let late = bench.snapshot()
        #expect(late.lateShards == ["wrk:1"] && late.count(bench.requests, ["a"]) == 21)
        bench.registry.apply(bench.shards[1].cut())
        let next = bench.snapshot()
        #expect(next.lateShards == [] && next.count(bench.requests, ["a"]) == 22)
    }

    @Test func snapshotsDoNotChangeAfterwards() {
        let bench = Bench(shards: 1)
        let shard = bench.shards[0]
        let counter = bench.registry.counter(bench.requests, ["a"])
        let histogram = bench.registry.histogram(bench.time, ["a"])
        var kept: [Snapshot] = []
        for round in 1...50 as ClosedRange<UInt64> {
            shard.add(counter)
            shard.record(histogram, round * 1000)
            shard.add(shard.counter(bench.requests, ["b\(round)"]), round)
            kept.append(bench.tick())
        }
        for (index, snapshot) in kept.enumerated() {
            let round = UInt64(index + 1)
            #expect(snapshot.sequence == round)
            #expect(snapshot.count(bench.requests, ["a"]) == round)
            #expect(snapshot.series(of: bench.requests).count == index + 2)
            let value = snapshot.histogram(snapshot.series(of: bench.time)[0])
            #expect(value.count == round && value.sum == 1000 * round * (round + 1) / 2)
        }
    }

    @Test func seriesAreSortedByLabels() {
        let bench = Bench(shards: 1)
        var random = SeededRandom(seed: 3)
        for _ in 0..<20 {
            for _ in 0..<30 {
                let name = "n\(UInt64.random(in: 0..<500, using: &random))"
                _ = bench.shards[0].counter(bench.requests, [name])
            }
            let snapshot = bench.tick()
            let names = snapshot.series(of: bench.requests).map { snapshot.labelValues($0)[0] }
            #expect(names == names.sorted() && Set(names).count == names.count)
        }
    }

    @Test func touchedMeansEverChanged() {
        let bench = Bench(shards: 1)
        let used = bench.registry.counter(bench.requests, ["used"])
        _ = bench.registry.counter(bench.requests, ["idle"])
        bench.shards[0].add(used)
        let snapshot = bench.tick()
        #expect(snapshot.find(bench.requests, ["used"]).map { snapshot.touched($0) } == true)
        #expect(snapshot.find(bench.requests, ["idle"]).map { snapshot.touched($0) } == false)
    }

    @Test func familyDeclaredAfterTheShardWorksThere() {
        let bench = Bench(shards: 1)
        _ = bench.tick()
        let late = bench.registry.declare(MetricFamily("late.{x}", .histogram, help: ""))
        bench.shards[0].record(bench.shards[0].histogram(late, ["born"]), 9)
        bench.shards[0].record(bench.registry.histogram(late, ["shared"]), 9)
        let snapshot = bench.tick()
        #expect(snapshot.familyID(named: "late.{x}") == late)
        #expect(snapshot.series(of: late).map { snapshot.histogram($0).sum } == [9, 9])
    }

    @Test func idleCutsAreEmpty() {
        let bench = Bench(shards: 1)
        bench.shards[0].add(bench.registry.counter(bench.requests, ["a"]))
        #expect(bench.shards[0].cut().byteCount == 8 * 9)
        #expect(bench.shards[0].cut().byteCount == 0)
    }

    @Test func hotSizes() {
        #expect(MemoryLayout<Counter>.size == 4 && MemoryLayout<Gauge>.size == 4)
        #expect(MemoryLayout<Histogram>.size == 8)
        #expect(MemoryLayout<SeriesEntry>.stride == 32)
        #expect(MemoryLayout<HistogramValue>.stride == 32)
        #expect(MemoryLayout<Snapshot>.size <= 56)
        #expect(CellSpace.directoryWords * 8 == 224)
        #expect(CellSpace.marksOffset % 4096 == 0 && CellSpace.directoriesOffset % 4096 == 0)
        #expect(CellSpace.directoryMarksOffset % 4096 == 0 && CellSpace.bucketsOffset % 4096 == 0)
        let words = CellSpace.directoryPages + CellSpace.histogramPages / 2
        #expect(words <= CellSpace.directoryWords)
        let cells = NativeBuckets.count + 1 + MetricFamily.classicBoundLimit
        #expect(cells <= CellSpace.histogramPages * CellSpace.histogramPageCells)
    }
}
