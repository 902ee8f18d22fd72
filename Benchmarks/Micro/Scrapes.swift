// Rendering of a large Prometheus page: 2,000 clusters with 100 counters, 26 gauges and 2
// histograms of 22 lines each, 340,000 lines. "again" is what a reader thread does from its second
// scrape on, with its renderer and its memory kept; "first" starts with neither. Two snapshots in
// turn, of different numbers. The size of the page is reported beside the time.

import Benchmark
import Exposition
import Stats

private let pageBytes = BenchmarkMetric.custom("page bytes", useScalingFactor: false)
private let pageLines = BenchmarkMetric.custom("page lines", useScalingFactor: false)

private final class ScrapeFixture {
    let renderer = PrometheusRenderer()
    private(set) var snapshots: [Snapshot] = []
    private let registry = Registry()
    private let shard: Shard
    private var numbers = SeededNumbers(state: 3)
    private var counters: [Counter] = []
    private var gauges: [Gauge] = []
    private var histograms: [Histogram] = []

    init() {
        shard = registry.makeShard(name: "wrk:0")
        let clusters = (0..<2_000).map { "cluster-\($0)" }
        for number in 0..<100 {
            let family = declare("upstream_rq_kind_\(number)", .counter)
            counters += clusters.map { registry.counter(family, [$0]) }
        }
        for number in 0..<26 {
            let family = declare("upstream_level_\(number)", .gauge)
            gauges += clusters.map { registry.gauge(family, [$0]) }
        }
        for number in 0..<2 {
            let family = declare("upstream_rq_time_\(number)", .histogram)
            histograms += clusters.map { registry.histogram(family, [$0]) }
        }
        for _ in 0..<2 { count() }
    }

    private func declare(_ name: String, _ kind: MetricKind) -> FamilyID {
        registry.declare(
            MetricFamily(
                "cluster.{cluster}.\(name)", kind, unit: kind == .histogram ? .nanoseconds : .none,
                help: "What this number of a cluster tells."))
    }

    private func count() {
        for counter in counters { shard.add(counter, numbers.next() >> 40) }
        for gauge in gauges { shard.set(gauge, Int64(numbers.next() >> 56)) }
        for histogram in histograms {
            for _ in 0..<20 { shard.record(histogram, 100_000 + numbers.next() >> 38) }
        }
        registry.apply(shard.cut())
        snapshots.append(registry.snapshot(wallMillis: 1, monotonicNanos: 1))
    }
}

func scrapeBenchmarks() {
    let metrics = [pageBytes, pageLines]
    let fixture = Lazy(ScrapeFixture.init)
    // A reader keeps its output too; a noncopyable value lives in a box between iterations.
    let kept = Lazy { OutputBox() }
    micro("scrape, again", reporting: metrics) { benchmark in
        let fixture = fixture.value
        let snapshot = fixture.snapshots[benchmark.currentIteration & 1]
        kept.value.output.removeAll()
        benchmark.startMeasurement()
        fixture.renderer.render(snapshot, into: &kept.value.output)
        benchmark.stopMeasurement()
        report(kept.value.output, benchmark)
    }
    micro("scrape, first", reporting: metrics) { benchmark in
        let snapshot = fixture.value.snapshots[benchmark.currentIteration & 1]
        benchmark.startMeasurement()
        var output = ByteOutput()
        PrometheusText.render(snapshot, into: &output)
        benchmark.stopMeasurement()
        report(output, benchmark)
    }
}

private final class OutputBox {
    var output = ByteOutput()
}

private func report(_ output: borrowing ByteOutput, _ benchmark: Benchmark) {
    let newlines = output.withUnsafeBytes { bytes in
        bytes.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    }
    benchmark.measurement(pageBytes, output.count)
    benchmark.measurement(pageLines, newlines)
}
