// Names: Prometheus names by convention, dotted names safe for statsd, collisions found.
// One line per case: template, kind, unit, the name that must come out. Prometheus conventions
// are the judge; `promtool check metrics` sees the same names in the system tests.

import Testing

@testable import Stats

@Suite struct MetricNameTests {
    @Test(
        arguments: [
            (
                "cluster.{cluster}.upstream_rq_total", .counter, .none,
                "weir_cluster_upstream_rq_total"
            ),
            ("cluster.{cluster}.upstream_rq", .counter, .none, "weir_cluster_upstream_rq_total"),
            ("http.{l}.rq_{code}", .counter, .none, "weir_http_rq_total"),
            ("http.{l}.rq_{class}xx.{code}", .counter, .none, "weir_http_rq_xx_total"),
            ("{a}.{b}.x", .gauge, .none, "weir_x"),
            ("x.{a}", .gauge, .none, "weir_x"),
            ("server.memory_total", .gauge, .bytes, "weir_server_memory_bytes"),
            ("server.resident_bytes", .gauge, .bytes, "weir_server_resident_bytes"),
            ("cx_rx_bytes_total", .counter, .bytes, "weir_cx_rx_bytes_total"),
            ("cx_rx_total", .counter, .bytes, "weir_cx_rx_bytes_total"),
            ("c.{c}.upstream_rq_time", .histogram, .nanoseconds, "weir_c_upstream_rq_time_seconds"),
            ("worker.{w}.cpu", .counter, .nanoseconds, "weir_worker_cpu_seconds_total"),
            ("worker.{w}.cpu_ns", .counter, .nanoseconds, "weir_worker_cpu_seconds_total"),
            ("worker.cpu_seconds_total", .counter, .nanoseconds, "weir_worker_cpu_seconds_total"),
            ("a-b..c", .gauge, .none, "weir_a_b_c"),
            ("total", .counter, .none, "weir_total"),
        ] as [(String, MetricKind, MetricUnit, String)])
    func prometheusName(_ template: String, _ kind: MetricKind, _ unit: MetricUnit, _ want: String)
    {
        #expect(MetricFamily(template, kind, unit: unit, help: "").prometheusName == want)
    }

    @Test func prometheusNameCanBeGiven() {
        let family = MetricFamily("a.b", .gauge, help: "", prometheus: "weir_other_name")
        #expect(family.prometheusName == "weir_other_name")
    }

    @Test(
        arguments: [
            (["web"], "cluster.web.rq"),
            (["10.0.0.1:80"], "cluster.10_0_0_1_80.rq"),
            (["a|b@c#d e"], "cluster.a_b_c_d_e.rq"),
            ([""], "cluster._.rq"),
            (["\u{e9}"], "cluster.__.rq"),
            (["a\n{b}"], "cluster.a__b_.rq"),
        ] as [([String], String)])
    func dottedName(_ values: [String], _ want: String) {
        #expect(MetricFamily("cluster.{c}.rq", .counter, help: "").dottedName(values) == want)
    }

    @Test func labelsAreTheHoles() {
        let family = MetricFamily("a.{x}.b_{y}.{z}", .counter, help: "")
        #expect(family.labels == ["x", "y", "z"])
        #expect(family.dottedName(["1", "2", "3"]) == "a.1.b_2.3")
    }

    @Test(
        arguments: [
            ("a.b", .counter, "a.b is declared twice"),
            ("a.{x}.b", .counter, "a.{x}.b and a.b both expose the Prometheus name weir_a_b_total"),
            ("t_count", .gauge, "t_count and t both expose the Prometheus name weir_t_count"),
            ("a.c", .counter, nil),
        ] as [(String, MetricKind, String?)])
    func conflicts(_ template: String, _ kind: MetricKind, _ want: String?) {
        let registry = Registry()
        _ = registry.declare(MetricFamily("a.b", .counter, help: ""))
        _ = registry.declare(MetricFamily("t", .histogram, help: ""))
        let found = registry.conflict(with: MetricFamily(template, kind, help: ""))
        #expect(found?.hasPrefix(want ?? "-") ?? (want == nil), "\(found ?? "no conflict")")
    }

    @Test func collidingDeclarationStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let registry = Registry()
            _ = registry.declare(MetricFamily("a.b", .counter, help: ""))
            _ = registry.declare(MetricFamily("a.{x}.b", .counter, help: ""))
        }
    }

    @Test(arguments: [MetricUnit.none, .bytes, .nanoseconds])
    func defaultBoundsAscend(_ unit: MetricUnit) {
        let bounds = MetricFamily("h", .histogram, unit: unit, help: "").classicBounds
        #expect(bounds == bounds.sorted() && Set(bounds).count == bounds.count)
        #expect(bounds.count > 8)
    }
}
