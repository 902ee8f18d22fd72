// What `top` can break requests down by: a label, and the families
// that carry it. Other labels and other servers' families come in by
// flags. Names are those of docs/metrics.md. Values.

struct TopSubject {
    var title: String
    var labels: [String]
    var requests: String
    /// Failed requests; nil when the subject itself says it.
    var errors: String?
    var latency: String?

    static let cluster = TopSubject(
        title: "CLUSTER", labels: ["cluster"], requests: "weir_cluster_upstream_rq_completed_total",
        errors: #"weir_cluster_upstream_rq_xx_total{response_code_class="5"}"#,
        latency: "weir_cluster_upstream_rq_time_seconds")

    static let endpoint = TopSubject(
        title: "ENDPOINT", labels: ["cluster", "endpoint"],
        requests: "weir_cluster_endpoint_rq_total",
        errors: "weir_cluster_endpoint_rq_error_total", latency: nil)

    static let code = TopSubject(
        title: "CODE", labels: ["response_code"], requests: "weir_http_downstream_rq_code_total",
        errors: nil, latency: nil)

    static let listener = TopSubject(
        title: "LISTENER", labels: ["listener"],
        requests: "weir_http_downstream_rq_completed_total",
        errors: #"weir_http_downstream_rq_xx_total{response_code_class="5"}"#,
        latency: "weir_http_downstream_rq_time_seconds")

    static let known: [String: TopSubject] = [
        "cluster": cluster, "endpoint": endpoint, "code": code, "listener": listener,
    ]

    /// What `--by` names; a label of another family needs that family.
    static func named(_ name: String, requests: String?) throws(Failure) -> TopSubject {
        if let known = known[name] { return known }
        guard let requests else {
            let others = "cluster, endpoint, code or listener"
            throw name == "route"
                ? .nothing(
                    "--by route: weir counts by \(others), having no routes yet; a label of another"
                        + " family: --requests SELECTOR --by LABEL")
                : .usage(
                    "--by \(name): \(others), or a label of what --requests SELECTOR names")
        }
        return TopSubject(
            title: name.uppercased(), labels: [name], requests: requests, errors: nil, latency: nil)
    }
}
