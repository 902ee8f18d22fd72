// Every family that weir declares, whatever it is asked to do: declared as a server with all of its
// parts would, from a configuration of placeholders. For docs/metrics.md and its test. A family
// that is declared anywhere but in the metric structs would be missing here. Main thread.

import EventLoop
import Exposition
import Stats

enum MetricsCatalogue {
    /// All families, in order of declaration.
    static func full() -> [MetricFamily] {
        let registry = Registry()
        let catalogue = Catalogue(registry)
        let anywhere = SocketAddress(IPEndpoint(v4: 0x7F00_0001, port: 1))
        let config = ProxyConfig(
            listeners: [ListenerConfig(name: "ingress", address: anywhere, cluster: 0)],
            clusters: [ClusterConfig(name: "upstream", endpoints: [anywhere])])
        _ = ServerMetrics(catalogue)
        _ = AdminMetrics(catalogue)
        _ = QueryMetrics(catalogue)
        _ = HistoryMetrics(catalogue)
        _ = StatsdMetrics(catalogue)
        _ = WatchMetrics(catalogue, thread: "main")
        _ = ThreadCPUMetric.counter(catalogue, thread: "main")
        _ = WorkerMetrics(catalogue: catalogue, config: config, worker: 0)
        return registry.snapshot(wallMillis: 0, monotonicNanos: 0).families
    }

    /// The whole of docs/metrics.md.
    static func reference() -> String {
        MetricsReference.render(full())
    }
}
