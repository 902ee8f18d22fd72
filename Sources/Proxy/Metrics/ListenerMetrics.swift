// Numbers of one listener: connections under `listener.{listener}`, requests under
// `http.{listener}`. Names follow Envoy's http connection manager where it has one. Sums that must
// hold in every snapshot: downstream_rq_total = downstream_rq_completed + downstream_rq_active,
// and downstream_rq_completed = sum of the status classes = count of downstream_rq_time.

import Stats

/// Handles of one listener, valid in every shard.
struct ListenerMetrics: Sendable {
    let connectionsTotal: Counter
    let connectionsActive: Gauge
    let connectionsDestroyed: Counter
    let connectionsOverflow: Counter
    let acceptPaused: Counter
    let acceptErrors: Counter
    let handedOver: Counter
    let connectionLength: Histogram

    let requestsTotal: Counter
    let requestsCompleted: Counter
    let requestsActive: Gauge
    let requestsByClass: InlineArray<5, Counter>
    let codeFamily: FamilyID
    let requestTime: Histogram
    let addedTime: Histogram
    let bytesReceived: Counter
    let bytesSent: Counter
    let requestBodyBytes: Counter
    let responseBodyBytes: Counter
    let upgradesTotal: Counter
    let upgradesActive: Gauge
    let idleTimeouts: Counter
    let headTimeouts: Counter
    let bodyTimeouts: Counter
    let flowPaused: Counter
    let failures: FailureMetrics
    let label: String

    init(_ catalogue: Catalogue, listener: String) {
        label = listener
        let cx = catalogue.scope("listener.{listener}", [listener])
        connectionsTotal = cx.counter("downstream_cx_total", "Client connections accepted.")
        connectionsActive = cx.gauge("downstream_cx_active", "Client connections open now.")
        connectionsDestroyed = cx.counter(
            "downstream_cx_destroy", "Client connections closed, by whichever side.")
        connectionsOverflow = cx.counter(
            "downstream_cx_overflow", "Client connections closed at once: a limit was reached.")
        acceptPaused = cx.counter("accept_paused", "Pauses of accepting: descriptors were short.")
        acceptErrors = cx.counter("accept_errors", "Failed accepts, other than out of descriptors.")
        handedOver = cx.counter("accept_handed_over", "Connections given to a worker with fewer.")
        connectionLength = cx.histogram(
            "downstream_cx_length", "Life time of client connections.", unit: .nanoseconds)

        let rq = catalogue.scope("http.{listener}", [listener])
        requestsTotal = rq.counter("downstream_rq_total", "Requests begun.")
        requestsCompleted = rq.counter(
            "downstream_rq_completed", "Requests ended, each with one status class.")
        requestsActive = rq.gauge("downstream_rq_active", "Requests begun and not ended.")
        requestsByClass = InlineArray { index in
            rq.counter(
                "downstream_rq_{response_code_class}xx", "Requests ended, by status class.",
                labels: [String(index + 1)])
        }
        codeFamily = rq.family(
            "downstream_rq_{response_code}", .counter,
            "Requests ended, by status code (499: the client left before a response).",
            prometheus: "weir_http_downstream_rq_code_total")
        requestTime = rq.histogram(
            "downstream_rq_time", "Request begun to last response byte handed to the kernel.",
            unit: .nanoseconds)
        addedTime = rq.histogram(
            "proxy_added_time",
            "Time the proxy added: request read to sent upstream, response head read to sent.",
            unit: .nanoseconds)
        bytesReceived = rq.counter(
            "downstream_cx_rx_bytes_total", "Bytes read from clients.", unit: .bytes)
        bytesSent = rq.counter(
            "downstream_cx_tx_bytes_total", "Bytes written to clients.", unit: .bytes)
        requestBodyBytes = rq.counter(
            "downstream_rq_body_bytes", "Request body bytes forwarded, framing apart.",
            unit: .bytes)
        responseBodyBytes = rq.counter(
            "downstream_rs_body_bytes", "Response body bytes forwarded, framing apart.",
            unit: .bytes)
        upgradesTotal = rq.counter(
            "downstream_cx_upgrades_total", "Connections that became tunnels.")
        upgradesActive = rq.gauge("downstream_cx_upgrades_active", "Tunnels open now.")
        idleTimeouts = rq.counter(
            "downstream_cx_idle_timeout", "Keep-alive connections closed for idleness.")
        headTimeouts = rq.counter(
            "downstream_rq_header_timeout", "Requests whose head did not arrive in time (408).")
        bodyTimeouts = rq.counter(
            "downstream_rq_idle_timeout", "Requests ended because a body made no progress.")
        flowPaused = rq.counter(
            "downstream_flow_control_paused_reading_total",
            "Times reading from one side paused because the other side was slower.")
        failures = FailureMetrics(rq)
    }
}
