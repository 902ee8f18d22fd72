// A cluster as one worker sees it: a run of endpoints in the worker's table and the place of the
// round robin. Each worker starts at another endpoint, so that few requests over many workers
// still spread evenly.

import Stats

struct Cluster {
    /// Index of the first endpoint in the worker's endpoint table.
    let firstEndpoint: Int
    let endpointCount: Int
    private(set) var next: Int
    /// Open upstream connections of this worker.
    var openCount = 0

    /// Round robin: the table index of the endpoint whose turn it is.
    mutating func nextEndpoint() -> Int {
        let chosen = next
        next = next + 1 == endpointCount ? 0 : next + 1
        return firstEndpoint + chosen
    }

    static func all(of config: ProxyConfig, startingAt worker: Int) -> [Cluster] {
        var first = 0
        return config.clusters.map { cluster in
            defer { first += cluster.endpoints.count }
            return Cluster(
                firstEndpoint: first, endpointCount: cluster.endpoints.count,
                next: worker % max(1, cluster.endpoints.count))
        }
    }

    static func endpoints(of config: ProxyConfig, metrics: WorkerMetrics) -> [Endpoint] {
        config.clusters.indices.flatMap { index in
            zip(config.clusters[index].endpoints, metrics.clusters[index].endpoints).map {
                Endpoint(address: $0, cluster: index, metrics: $1)
            }
        }
    }
}
