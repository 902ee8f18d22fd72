// Numbers of the admin listener, so that the cost of being looked at is itself seen: connections,
// requests by class, and per page how long rendering took and how much came out. Written by main in
// its shard.

import Stats

/// `admin.*`
struct AdminMetrics: Sendable {
    let connectionsTotal: Counter
    let connectionsActive: Gauge
    let connectionsOverflow: Counter
    let timeouts: Counter
    let requestsTotal: Counter
    let requestsByClass: [Counter]
    let readerQueue: Gauge
    let pages: [PageMetrics]

    init(_ catalogue: Catalogue) {
        let m = catalogue.scope("admin")
        connectionsTotal = m.counter("downstream_cx_total", "Admin connections accepted.")
        connectionsActive = m.gauge("downstream_cx_active", "Admin connections open now.")
        connectionsOverflow = m.counter(
            "downstream_cx_overflow", "Admin connections closed at once: the limit was reached.")
        timeouts = m.counter("downstream_cx_timeout", "Admin connections closed by a deadline.")
        requestsTotal = m.counter("rq_total", "Admin requests answered.")
        requestsByClass = (1...5).map { index in
            m.counter(
                "rq_{response_code_class}xx", "Admin requests answered, by status class.",
                labels: [String(index)])
        }
        readerQueue = m.gauge("reader_queue", "Bodies that wait for a reader thread.")
        pages = RenderedPage.allCases.map { PageMetrics(catalogue, page: $0.rawValue) }
    }
}

/// `admin.{page}.*`: pages that readers render.
struct PageMetrics: Sendable {
    let renders: Counter
    let renderTime: Histogram
    let bytes: Counter

    init(_ catalogue: Catalogue, page: String) {
        let m = catalogue.scope("admin.{page}", [page])
        renders = m.counter("renders", "Bodies rendered; concurrent requests share one.")
        renderTime = m.histogram("render_time", "One body rendered.", unit: .nanoseconds)
        bytes = m.counter("render_bytes", "Bytes of bodies rendered.", unit: .bytes)
    }
}
