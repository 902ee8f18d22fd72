// /clusters: each endpoint of each cluster with its counts, from one snapshot. The text form is
// Envoy's `cluster::endpoint::name::value`, the JSON its `cluster_statuses`. Endpoints are those of
// the configuration, so one that never got a request is there too. On a reader thread.

import EventLoop
import Stats

struct ClustersPage {
    private struct Column {
        let name: String
        let family: FamilyID
        let kind: MetricKind
        let seriesByEndpoint: [[String]: SeriesID]
    }

    private static let names = [
        "cx_active", "cx_connect_fail", "cx_total", "rq_active", "rq_cancelled", "rq_error",
        "rq_success", "rq_timeout", "rq_total",
    ]

    private let snapshot: Snapshot
    private let config: ProxyConfig
    private let columns: [Column]

    init(_ snapshot: Snapshot, _ config: ProxyConfig) {
        self.snapshot = snapshot
        self.config = config
        columns = Self.names.compactMap { name in
            let template = "cluster.{cluster}.endpoint.{endpoint}.\(name)"
            guard let family = snapshot.familyID(named: template) else { return nil }
            var series: [[String]: SeriesID] = [:]
            for id in snapshot.series(of: family) { series[snapshot.labelValues(id)] = id }
            return Column(
                name: name, family: family, kind: snapshot.families[family.index].kind,
                seriesByEndpoint: series)
        }
    }

    func text() -> String {
        var out = ""
        for cluster in config.clusters {
            for endpoint in cluster.endpoints.map(\.description) {
                for column in columns {
                    let value = value(column, cluster.name, endpoint)
                    out += "\(cluster.name)::\(endpoint)::\(column.name)::\(value)\n"
                }
            }
        }
        return out
    }

    func json() -> String {
        var json = JSONText()
        json.object { json in
            json.array("cluster_statuses") { json in
                for cluster in config.clusters {
                    json.object { json in
                        json.string("name", cluster.name)
                        json.array("host_statuses") { json in
                            for endpoint in cluster.endpoints {
                                host(&json, cluster.name, endpoint)
                            }
                        }
                    }
                }
            }
        }
        return json.text + "\n"
    }

    private func host(_ json: inout JSONText, _ cluster: String, _ endpoint: SocketAddress) {
        json.object { json in
            AdminPages.address(&json, "address", endpoint)
            json.array("stats") { json in
                for column in columns {
                    json.object { json in
                        if column.kind == .gauge { json.string("type", "GAUGE") }
                        json.string("name", column.name)
                        json.string("value", value(column, cluster, endpoint.description))
                    }
                }
            }
        }
    }

    private func value(_ column: Column, _ cluster: String, _ endpoint: String) -> String {
        guard let series = column.seriesByEndpoint[[cluster, endpoint]] else { return "0" }
        return column.kind == .gauge
            ? String(snapshot.gaugeValue(series)) : String(snapshot.value(series))
    }
}
