// Retirement: every sink gets the last increments, numbers are reused only when nobody can add to
// them, an add to a retired series neither vanishes nor lands in a stranger's.
// docs/internals/stats.md argues why; each step of that argument has a test here.

import Testing

@testable import Stats

@Suite struct RetirementTests {
    @Test func staysUntilEverySinkHasTheLastChange() {
        let bench = Bench(shards: 2)
        let sinks = [bench.registry.addSink("statsd"), bench.registry.addSink("history")]
        let counter = bench.registry.counter(bench.requests, ["a"])
        bench.shards[0].add(counter, 5)
        let first = bench.tick()
        for sink in sinks { bench.registry.acknowledge(sink, sequence: first.sequence) }
        bench.shards[1].add(counter, 2)
        _ = bench.registry.retire(label: "cluster", value: "a")
        let last = bench.tick()
        #expect(last.count(bench.requests, ["a"]) == 7)
        bench.registry.acknowledge(sinks[0], sequence: last.sequence)
        #expect(bench.tick().count(bench.requests, ["a"]) == 7)
        bench.registry.acknowledge(sinks[1], sequence: last.sequence)
        #expect(bench.tick().find(bench.requests, ["a"]) == nil)
        #expect(bench.registry.seriesCount == 0)
    }

    @Test func acknowledgementWithoutTheLastCutIsNotEnough() {
        let bench = Bench(shards: 2)
        let sink = bench.registry.addSink("statsd")
        let counter = bench.registry.counter(bench.requests, ["a"])
        for shard in bench.shards { shard.add(counter) }
        _ = bench.registry.retire(label: "cluster", value: "a")
        bench.registry.apply(bench.shards[0].cut())
        for _ in 0..<3 {
            let snapshot = bench.snapshot()
            bench.registry.acknowledge(sink, sequence: snapshot.sequence)
            #expect(snapshot.count(bench.requests, ["a"]) == 1)
        }
        let whole = bench.tick()
        #expect(whole.count(bench.requests, ["a"]) == 2)
        bench.registry.acknowledge(sink, sequence: whole.sequence)
        #expect(bench.tick().find(bench.requests, ["a"]) == nil)
    }

    @Test func removedSinkHoldsNothingUp() {
        let bench = Bench(shards: 1)
        let sink = bench.registry.addSink("gone")
        _ = bench.registry.counter(bench.requests, ["a"])
        _ = bench.registry.retire(label: "cluster", value: "a")
        _ = bench.tick()
        #expect(bench.tick().find(bench.requests, ["a"]) != nil)
        bench.registry.removeSink(sink)
        #expect(bench.tick().find(bench.requests, ["a"]) == nil)
    }

    @Test func numberIsNotReusedWhileHandlesAreOut() {
        let bench = Bench(shards: 1)
        let old = bench.registry.counter(bench.requests, ["a"])
        bench.shards[0].add(old, 5)
        let retirement = bench.registry.retire(label: "cluster", value: "a")
        for _ in 0..<4 { _ = bench.tick() }
        let stranger = bench.registry.counter(bench.requests, ["b"])
        #expect(stranger != old)
        bench.registry.release(retirement)
        _ = bench.tick()
        _ = bench.tick()
        #expect(bench.registry.counter(bench.requests, ["c"]) == old)
    }

    @Test func reusedNumberStartsAtZeroWithANewGeneration() {
        let bench = Bench(shards: 2)
        let old = bench.registry.counter(bench.requests, ["a"])
        for shard in bench.shards { shard.add(old, 50) }
        let before = bench.tick()
        let id = before.series(of: bench.requests)[0]
        bench.registry.release(bench.registry.retire(label: "cluster", value: "a"))
        for _ in 0..<4 { _ = bench.tick() }
        let new = bench.registry.counter(bench.requests, ["b"])
        #expect(new == old)
        for shard in bench.shards { shard.add(new, 1) }
        let after = bench.tick()
        #expect(after.series(of: bench.requests) == [id])
        #expect(after.labelValues(id) == ["b"] && after.value(id) == 2)
        #expect(after.generation(id) == before.generation(id) + 1)
        #expect(before.labelValues(id) == ["a"] && before.value(id) == 100)
    }

    @Test func addAfterHidingComesBackAsANewGeneration() {
        let bench = Bench(shards: 1)
        let counter = bench.registry.counter(bench.requests, ["a"])
        bench.shards[0].add(counter, 5)
        let retirement = bench.registry.retire(label: "cluster", value: "a")
        var seen: UInt64 = 0
        for _ in 0..<4 { seen = max(seen, bench.tick().count(bench.requests, ["a"]) ?? 0) }
        #expect(bench.tick().find(bench.requests, ["a"]) == nil)
        bench.shards[0].add(counter, 3)
        let back = bench.tick()
        let id = back.find(bench.requests, ["a"])
        #expect(id.map { back.value($0) } == 3 && id.map { back.generation($0) } == 1)
        _ = bench.tick()
        #expect(bench.tick().find(bench.requests, ["a"]) == nil)
        bench.registry.release(retirement)
        for _ in 0..<3 { _ = bench.tick() }
        #expect(bench.registry.retirements.isEmpty)
    }

    @Test func bornSeriesStillUsedByItsWorkerComesBack() {
        let bench = Bench(shards: 1)
        let shard = bench.shards[0]
        let born = shard.counter(bench.requests, ["a"])
        let timed = shard.histogram(bench.time, ["a"])
        shard.add(born, 5)
        shard.record(timed, 10)
        _ = bench.tick()
        bench.registry.release(bench.registry.retire(label: "cluster", value: "a"))
        for _ in 0..<4 { _ = bench.tick() }
        #expect(bench.tick().seriesCount == 0)
        for index in 0..<5 { _ = bench.registry.counter(bench.requests, ["stranger\(index)"]) }
        shard.add(born, 2)
        shard.record(timed, 30)
        let back = bench.tick()
        #expect(back.count(bench.requests, ["a"]) == 2)
        #expect(back.find(bench.time, ["a"]).map { back.histogram($0).sum } == 30)
        #expect(back.total(bench.requests) == 2)
        shard.release(label: "cluster", value: "a")
        for _ in 0..<4 { _ = bench.tick() }
        #expect(bench.registry.retirements.isEmpty)
    }

    @Test func askingAgainRevives() {
        let bench = Bench(shards: 1)
        let counter = bench.registry.counter(bench.requests, ["a"])
        bench.shards[0].add(counter, 5)
        let retirement = bench.registry.retire(label: "cluster", value: "a")
        _ = bench.tick()
        #expect(bench.registry.counter(bench.requests, ["a"]) == counter)
        for _ in 0..<4 { _ = bench.tick() }
        #expect(bench.tick().count(bench.requests, ["a"]) == 5)
        bench.registry.release(retirement)
        bench.shards[0].add(counter, 1)
        for _ in 0..<4 { _ = bench.tick() }
        #expect(bench.tick().count(bench.requests, ["a"]) == 6)
        #expect(bench.registry.retirements.isEmpty)
    }

    @Test func rebirthAfterHidingIsAdopted() {
        let bench = Bench(shards: 2)
        bench.shards[0].add(bench.shards[0].counter(bench.requests, ["a"]), 5)
        _ = bench.tick()
        bench.registry.release(bench.registry.retire(label: "cluster", value: "a"))
        for _ in 0..<4 { _ = bench.tick() }
        bench.shards[1].add(bench.shards[1].counter(bench.requests, ["a"]), 4)
        let back = bench.tick()
        #expect(back.count(bench.requests, ["a"]) == 4)
        bench.shards[0].add(bench.shards[0].counter(bench.requests, ["a"]), 1)
        for _ in 0..<3 { _ = bench.tick() }
        #expect(bench.tick().count(bench.requests, ["a"]) == 5)
    }

    @Test func gaugeComesBackAtItsLevel() {
        let bench = Bench(shards: 1)
        let gauge = bench.registry.gauge(bench.active, ["a"])
        bench.shards[0].add(gauge, 3)
        let retirement = bench.registry.retire(label: "cluster", value: "a")
        for _ in 0..<4 { _ = bench.tick() }
        bench.shards[0].add(gauge, -1)
        let back = bench.tick()
        #expect(back.find(bench.active, ["a"]).map { back.gaugeValue($0) } == 2)
        bench.registry.release(retirement)
        for _ in 0..<4 { _ = bench.tick() }
        // Not at zero in its shard: the number stays taken, a new gauge gets another one.
        #expect(bench.registry.gauge(bench.active, ["b"]) != gauge)
        bench.shards[0].add(gauge, -2)
        for _ in 0..<4 { _ = bench.tick() }
        #expect(bench.registry.gauge(bench.active, ["c"]) == gauge)
    }

    @Test func retiredHistogramNumberIsReusedInItsFamily() {
        let bench = Bench(shards: 1)
        let old = bench.registry.histogram(bench.time, ["a"])
        for value in 0..<100 as Range<UInt64> { bench.shards[0].record(old, value * 1000) }
        bench.registry.release(bench.registry.retire(label: "cluster", value: "a"))
        for _ in 0..<4 { _ = bench.tick() }
        let new = bench.registry.histogram(bench.time, ["b"])
        #expect(new == old)
        bench.shards[0].record(new, 7)
        let snapshot = bench.tick()
        let value = snapshot.histogram(snapshot.series(of: bench.time)[0])
        #expect(value.count == 1 && value.sum == 7)
    }

    @Test func closedShardKeepsItsNumbersAndHoldsNothingUp() {
        let bench = Bench(shards: 2)
        let gone = bench.shards[1]
        gone.add(gone.counter(bench.requests, ["a"]), 9)
        _ = bench.tick()
        bench.registry.close(shard: gone.id)
        bench.shards.removeLast()
        #expect(bench.tick().count(bench.requests, ["a"]) == 9)
        bench.registry.release(bench.registry.retire(label: "cluster", value: "a"))
        for _ in 0..<4 { _ = bench.tick() }
        #expect(bench.registry.retirements.isEmpty && bench.registry.seriesCount == 0)
    }

    /// Churn with late handle use: what each generation showed last, summed, is what was added.
    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func churnLosesNothing(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let bench = Bench(shards: 3, seriesLimit: 20)
        let sink = bench.registry.addSink("sum")
        var added: UInt64 = 0
        var last: [[Int]: UInt64] = [:]
        var held: [(name: String, counter: Counter)] = []
        var retired: [Retirement] = []
        for step in 0..<600 {
            let name = "n\(Int.random(in: 0..<30, using: &random))"
            let shard = bench.shards[Int.random(in: 0..<3, using: &random)]
            let amount = UInt64.random(in: 1...9, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0: held.append((name, bench.registry.counter(bench.requests, [name])))
            case 1, 2, 3:
                guard let handle = held.randomElement(using: &random) else { continue }
                shard.add(handle.counter, amount)
                added += amount
            case 4, 5, 6:
                shard.add(shard.counter(bench.requests, [name]), amount)
                added += amount
            case 7: retired.append(bench.registry.retire(label: "cluster", value: name))
            case 8: shard.release(label: "cluster", value: name)
            default: bench.registry.apply(shard.cut())
            }
            // All handles are let go at once now and then: retirements may then be released.
            if step % 97 == 96 {
                held = []
                for retirement in retired { bench.registry.release(retirement) }
                retired = []
            }
            if step % 5 == 0 { read(bench.snapshot(), bench, &last, sink, &random) }
        }
        for _ in 0..<3 { read(bench.tick(), bench, &last, sink, &random) }
        #expect(last.values.reduce(0, +) == added, "seed \(seed)")
        #expect(bench.registry.strayAdds == 0, "seed \(seed)")
    }

    private func read(
        _ snapshot: Snapshot, _ bench: Bench, _ last: inout [[Int]: UInt64], _ sink: SinkID,
        _ random: inout SeededRandom
    ) {
        for id in snapshot.series(of: bench.requests) {
            let key = [id.index, Int(snapshot.generation(id))]
            #expect(snapshot.value(id) >= last[key] ?? 0)
            last[key] = snapshot.value(id)
        }
        if Bool.random(using: &random) {
            bench.registry.acknowledge(sink, sequence: snapshot.sequence)
        }
    }
}
