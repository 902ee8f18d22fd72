// What `top` can break requests down by: a label, and the families that
// carry it. Other labels and other servers' families come in by flags.
// Values.

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

    static let route = TopSubject(
        title: "ROUTE", labels: ["route"], requests: "weir_route_rq_total",
        errors: #"weir_route_rq_xx_total{response_code_class="5"}"#,
        latency: "weir_route_rq_time_seconds")

    static let known: [String: TopSubject] = [
        "cluster": cluster, "endpoint": endpoint, "code": code, "listener": listener,
        "route": route,
    ]
}
