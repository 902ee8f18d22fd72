// Numbers of the statsd sink: what was sent, what could not be, how far behind the server is.
// Increments that were not delivered stay in the next flush's deltas. Written by main in its shard;
// errors count attempts, refused counts datagrams taken back.

import Stats

/// `statsd.*`
struct StatsdMetrics: Sendable {
    let flushes: Counter
    let datagrams: Counter
    let bytes: Counter
    let errors: Counter
    let refused: Counter
    let deferred: Counter
    let droppedLines: Counter
    let flushTime: Histogram
    let lag: Gauge

    init(_ catalogue: Catalogue) {
        let m = catalogue.scope("statsd")
        flushes = m.counter("flushes", "Flushes that sent all they had.")
        datagrams = m.counter("datagrams", "Datagrams handed to the kernel and not refused.")
        bytes = m.counter("sent", "Payload of those datagrams.", unit: .bytes)
        errors = m.counter("errors", "Sends and connects that failed, for whatever reason.")
        refused = m.counter("refused", "Datagrams refused: nobody listens there.")
        deferred = m.counter("deferred", "Flushes that kept something for the next one.")
        droppedLines = m.counter(
            "dropped_lines", "Lines left out because they do not fit in one datagram.")
        flushTime = m.histogram(
            "flush_time", "One flush, rendering and sending.", unit: .nanoseconds)
        lag = m.gauge("lag", "Age of the newest snapshot sent in full.", unit: .nanoseconds)
    }
}
