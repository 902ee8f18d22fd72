// Histogram record: 8 histograms in turn, values from a table, so that neither the cell nor the
// branch is known beforehand. "near" is what latencies do, 0.9 to 1.3 ms round a classic bound;
// "spread" is the worst case, values over 30 octaves. Loop, handle and value loads are included,
// and "loop alone" is what they take without recording. After each iteration the merged count must
// have grown by exactly the number of records.

import Benchmark
import Stats

private final class HistogramFixture {
    static let valueCount = 1024
    let registry = Registry()
    let family: FamilyID
    let shard: Shard
    let histograms: [Histogram]
    let near: [UInt64]
    let spread: [UInt64]
    private var expected: UInt64 = 0

    init() {
        let registry = self.registry
        let family = registry.declare(
            MetricFamily("c.{n}.time", .histogram, unit: .nanoseconds, help: "Time."))
        self.family = family
        shard = registry.makeShard(name: "wrk:0")
        histograms = (0..<8).map { registry.histogram(family, ["\($0)"]) }
        var numbers = SeededNumbers(state: 1)
        near = (0..<Self.valueCount).map { _ in .random(in: 900_000...1_300_000, using: &numbers) }
        spread = (0..<Self.valueCount).map { _ in
            let shift = Int.random(in: 0...29, using: &numbers)
            return 1 + (numbers.next() >> 34) >> shift
        }
    }

    func check(recorded: Int) {
        registry.apply(shard.cut())
        expected += UInt64(recorded)
        let snapshot = registry.snapshot(wallMillis: 1, monotonicNanos: 1)
        let total = snapshot.series(of: family).reduce(0) { $0 + snapshot.histogram($1).count }
        precondition(total == expected, "BUG: \(total) counted, \(expected) recorded")
    }
}

func histogramBenchmarks() {
    let fixture = Lazy(HistogramFixture.init)
    micro("histogram record, near", scale: .mega) {
        record(fixture.value.near, fixture.value, $0)
    }
    micro("histogram record, spread", scale: .mega) {
        record(fixture.value.spread, fixture.value, $0)
    }
    micro("histogram loop alone", scale: .mega) { loopAlone(fixture.value.near, fixture.value, $0) }
}

private func loopAlone(_ values: [UInt64], _ fixture: HistogramFixture, _ benchmark: Benchmark) {
    let mask = HistogramFixture.valueCount - 1
    fixture.histograms.withUnsafeBufferPointer { histograms in
        values.withUnsafeBufferPointer { values in
            var sum: UInt64 = 0
            benchmark.startMeasurement()
            for index in benchmark.scaledIterations {
                let handle = unsafeBitCast(histograms[index & 7], to: UInt64.self)
                sum = (sum &+ handle) ^ values[index & mask]
            }
            benchmark.stopMeasurement()
            blackHole(sum)
        }
    }
}

private func record(_ values: [UInt64], _ fixture: HistogramFixture, _ benchmark: Benchmark) {
    let shard = fixture.shard
    let mask = HistogramFixture.valueCount - 1
    fixture.histograms.withUnsafeBufferPointer { histograms in
        values.withUnsafeBufferPointer { values in
            benchmark.startMeasurement()
            for index in benchmark.scaledIterations {
                shard.record(histograms[index & 7], values[index & mask])
            }
            benchmark.stopMeasurement()
        }
    }
    fixture.check(recorded: benchmark.scaledIterations.count)
}
