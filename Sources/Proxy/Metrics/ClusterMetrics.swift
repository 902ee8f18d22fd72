// Numbers of one cluster and of each of its endpoints, in the terms of Envoy's cluster statistics.
// Sums that must hold in every snapshot: upstream_rq_total = upstream_rq_completed +
// upstream_rq_active; endpoint rq_total = rq_success + rq_error + rq_cancelled +
// rq_active.

import Stats

/// Handles of one endpoint of a cluster.
struct EndpointMetrics: Sendable {
    let requestsTotal: Counter
    let requestsSuccess: Counter
    let requestsError: Counter
    let requestsCancelled: Counter
    let requestsActive: Gauge
    let connectionsTotal: Counter
    let connectionsActive: Gauge
    let connectFail: Counter
    let requestsTimeout: Counter

    init(_ catalogue: Catalogue, cluster: String, endpoint: String) {
        let m = catalogue.scope("cluster.{cluster}.endpoint.{endpoint}", [cluster, endpoint])
        requestsTotal = m.counter("rq_total", "Requests sent to the endpoint, retries included.")
        requestsSuccess = m.counter("rq_success", "Requests answered below 500.")
        requestsError = m.counter(
            "rq_error", "Requests that the endpoint failed or answered 5xx.")
        requestsCancelled = m.counter(
            "rq_cancelled", "Requests that the client or the proxy ended before the endpoint did.")
        requestsActive = m.gauge("rq_active", "Requests in flight to the endpoint.")
        requestsTimeout = m.counter("rq_timeout", "Requests without a response in time.")
        connectionsTotal = m.counter("cx_total", "Connections opened to the endpoint.")
        connectionsActive = m.gauge("cx_active", "Connections open to the endpoint.")
        connectFail = m.counter("cx_connect_fail", "Connections that could not be opened.")
    }
}

/// Handles of one cluster, valid in every shard.
struct ClusterMetrics: Sendable {
    let connectionsTotal: Counter
    let connectionsActive: Gauge
    let connectFail: Counter
    let connectTimeout: Counter
    let connectionsOverflow: Counter
    let idleTimeout: Counter
    let destroyedLocal: Counter
    let destroyedRemote: Counter
    let connectTime: Histogram
    let bytesReceived: Counter
    let bytesSent: Counter
    let poolHit: Counter
    let poolMiss: Counter

    let requestsTotal: Counter
    let requestsCompleted: Counter
    let requestsActive: Gauge
    let requestsByClass: InlineArray<5, Counter>
    let requestsWithoutResponse: Counter
    let codeFamily: FamilyID
    let requestTime: Histogram
    let timeouts: Counter
    let retries: Counter
    let retrySuccess: Counter
    let resets: Counter
    let protocolErrors: Counter
    let endpoints: [EndpointMetrics]
    let label: String

    init(_ catalogue: Catalogue, cluster: String, endpointNames: [String]) {
        label = cluster
        let m = catalogue.scope("cluster.{cluster}", [cluster])
        connectionsTotal = m.counter("upstream_cx_total", "Upstream connections opened.")
        connectionsActive = m.gauge("upstream_cx_active", "Upstream connections open now.")
        connectFail = m.counter("upstream_cx_connect_fail", "Upstream connects that failed.")
        connectTimeout = m.counter(
            "upstream_cx_connect_timeout", "Upstream connects that took too long.")
        connectionsOverflow = m.counter(
            "upstream_cx_overflow", "Requests refused at the upstream connection limit.")
        idleTimeout = m.counter(
            "upstream_cx_idle_timeout", "Pooled upstream connections closed for idleness.")
        destroyedLocal = m.counter(
            "upstream_cx_destroy_local", "Upstream connections closed by the proxy.")
        destroyedRemote = m.counter(
            "upstream_cx_destroy_remote", "Upstream connections closed by the endpoint.")
        connectTime = m.histogram(
            "upstream_cx_connect_time", "Connect begun to connection established.",
            unit: .nanoseconds)
        bytesReceived = m.counter(
            "upstream_cx_rx_bytes_total", "Bytes read from endpoints.", unit: .bytes)
        bytesSent = m.counter(
            "upstream_cx_tx_bytes_total", "Bytes written to endpoints.", unit: .bytes)
        poolHit = m.counter("upstream_pool_hit", "Requests that found an idle connection.")
        poolMiss = m.counter("upstream_pool_miss", "Requests that needed a new connection.")

        requestsTotal = m.counter("upstream_rq_total", "Requests sent upstream, retries included.")
        requestsCompleted = m.counter(
            "upstream_rq_completed", "Upstream requests ended, answered or failed.")
        requestsActive = m.gauge("upstream_rq_active", "Upstream requests in flight.")
        requestsByClass = InlineArray { index in
            m.counter(
                "upstream_rq_{response_code_class}xx", "Upstream responses, by status class.",
                labels: [String(index + 1)])
        }
        requestsWithoutResponse = m.counter(
            "upstream_rq_no_response", "Upstream requests ended without a response head.")
        codeFamily = m.family(
            "upstream_rq_{response_code}", .counter, "Upstream responses, by status code.",
            prometheus: "weir_cluster_upstream_rq_code_total")
        requestTime = m.histogram(
            "upstream_rq_time", "Request sent upstream to response head received.",
            unit: .nanoseconds)
        timeouts = m.counter("upstream_rq_timeout", "Requests without a response in time (504).")
        retries = m.counter(
            "upstream_rq_retry", "Requests sent again: the pooled connection had died.")
        retrySuccess = m.counter("upstream_rq_retry_success", "Retries that were answered.")
        resets = m.counter(
            "upstream_rq_rx_reset", "Upstream connections that ended before their response did.")
        protocolErrors = m.counter(
            "upstream_cx_protocol_error", "Upstream responses refused for their form.")
        endpoints = endpointNames.map {
            EndpointMetrics(catalogue, cluster: cluster, endpoint: $0)
        }
    }
}
