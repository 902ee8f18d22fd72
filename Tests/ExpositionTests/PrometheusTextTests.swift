import Stats
import Testing

@testable import Exposition

@Suite struct PrometheusTextTests {
    @Test func golden() {
        let maker = SnapshotMaker()
        let requests = maker.declare(
            "cluster.{cluster}.upstream_rq_total", .counter, help: "Requests \\ sent\nupstream.")
        let active = maker.declare("server.live_level", .gauge, help: "Level.")
        let time = maker.declare(
            "http.{listener}.rq_time", .histogram, unit: .nanoseconds, help: "Time.",
            bounds: [1_000_000, 2_500_000_000])
        let sizes = maker.declare(
            "server.sizes", .histogram, unit: .bytes, help: "Sizes.", bounds: [64])
        let cpu = maker.declare(
            "server.cpu", .gauge, unit: .nanoseconds, help: "CPU time.",
            prometheus: "weir_server_cpu_seconds_total")
        _ = maker.declare("server.never", .counter, help: "No series, no lines.")
        maker.add(requests, ["b"], 12)
        maker.add(requests, ["a\"\\\n"], 3)
        maker.set(active, -7)
        maker.record(time, ["in"], [1_000_000, 1_000_001, 3_000_000_000])
        maker.record(sizes, [64, 65, 0])
        maker.set(cpu, 1_234_567)
        let wanted = #"""
            # HELP weir_cluster_upstream_rq_total Requests \\ sent\nupstream.
            # TYPE weir_cluster_upstream_rq_total counter
            weir_cluster_upstream_rq_total{cluster="a\"\\\n"} 3
            weir_cluster_upstream_rq_total{cluster="b"} 12
            # HELP weir_http_rq_time_seconds Time.
            # TYPE weir_http_rq_time_seconds histogram
            weir_http_rq_time_seconds_bucket{listener="in",le="0.001"} 1
            weir_http_rq_time_seconds_bucket{listener="in",le="2.5"} 2
            weir_http_rq_time_seconds_bucket{listener="in",le="+Inf"} 3
            weir_http_rq_time_seconds_sum{listener="in"} 3.002000001
            weir_http_rq_time_seconds_count{listener="in"} 3
            # HELP weir_server_cpu_seconds_total CPU time.
            # TYPE weir_server_cpu_seconds_total counter
            weir_server_cpu_seconds_total 0.001234567
            # HELP weir_server_live_level Level.
            # TYPE weir_server_live_level gauge
            weir_server_live_level -7
            # HELP weir_server_sizes_bytes Sizes.
            # TYPE weir_server_sizes_bytes histogram
            weir_server_sizes_bytes_bucket{le="64"} 2
            weir_server_sizes_bytes_bucket{le="+Inf"} 3
            weir_server_sizes_bytes_sum 129
            weir_server_sizes_bytes_count 3

            """#
        var output = ByteOutput()
        PrometheusText.render(maker.snapshot(), into: &output)
        #expect(output.text == wanted)
    }

    @Test func filters() {
        let maker = SnapshotMaker()
        let used = maker.declare("a.{x}.used", .counter)
        let idle = maker.declare("b.idle", .gauge)
        maker.add(used, ["one"], 1)
        _ = maker.registry.counter(used, ["two"])
        _ = maker.registry.gauge(idle)
        let snapshot = maker.snapshot()
        let table: [(usedOnly: Bool, include: ((String) -> Bool)?, wanted: [String])] = [
            (
                false, nil,
                [
                    "weir_a_used_total{x=\"one\"} 1", "weir_a_used_total{x=\"two\"} 0",
                    "weir_b_idle 0",
                ]
            ),
            (true, nil, ["weir_a_used_total{x=\"one\"} 1"]),
            (false, { $0 == "a.two.used" }, ["weir_a_used_total{x=\"two\"} 0"]),
            (true, { $0 == "a.two.used" }, []),
        ]
        for row in table {
            var output = ByteOutput()
            PrometheusText.render(
                snapshot, into: &output, usedOnly: row.usedOnly, include: row.include)
            let lines = output.text.split(separator: "\n").map(String.init)
            #expect(lines.filter { !$0.hasPrefix("#") } == row.wanted)
            #expect(row.wanted.isEmpty ? lines.isEmpty : lines.contains { $0.hasPrefix("# HELP") })
        }
    }

    /// A renderer that lived through births and retirements writes what a new one writes.
    @Test func cacheNeverShows() {
        let maker = SnapshotMaker()
        let renderer = PrometheusRenderer()
        let sink = maker.registry.addSink("test")
        let requests = maker.declare("c.{c}.rq", .counter)
        let times = maker.declare("c.{c}.time", .histogram, unit: .nanoseconds)
        let seed = UInt64.random(in: 0 ... .max)
        var numbers = SeededNumbers(state: seed)
        for round in 0..<60 {
            let name = "c\(numbers.next() % 8)"
            maker.add(requests, [name], 1)
            maker.record(times, [name], [numbers.next() % 1_000_000])
            if round == 30 { _ = maker.declare("late.family", .gauge) }
            if numbers.next() % 3 == 0 {
                let gone = maker.registry.retire(label: "c", value: "c\(numbers.next() % 8)")
                maker.registry.release(gone)
            }
            let snapshot = maker.snapshot()
            maker.registry.acknowledge(sink, sequence: snapshot.sequence)
            var kept = ByteOutput()
            var fresh = ByteOutput()
            renderer.render(snapshot, into: &kept)
            PrometheusText.render(snapshot, into: &fresh)
            #expect(kept.text == fresh.text, "seed \(seed) round \(round)")
        }
    }
}
