// Numbers of the query API: how many, why they failed, how long they
// took and waited. Written by main in its shard, from what the readers
// report.

import QueryAPI
import Stats

/// `query.*`
struct QueryMetrics: Sendable {
    let total: Counter
    let refused: Counter
    let time: Histogram
    let queueTime: Histogram
    let bytes: Counter
    let active: Gauge
    let queue: Gauge
    /// By `APIErrorKind`, in its order.
    private let failed: [Counter]

    init(_ catalogue: Catalogue) {
        let m = catalogue.scope("query")
        total = m.counter("total", "Requests to the query API that were executed.")
        refused = m.counter("refused", "Requests refused because too many waited.")
        time = m.histogram("time", "One request executed, its answer written.", unit: .nanoseconds)
        queueTime = m.histogram(
            "queue_time", "What one request waited for a reader.", unit: .nanoseconds)
        bytes = m.counter("response_bytes", "Bytes of answers.", unit: .bytes)
        active = m.gauge("active", "Requests that a reader executes now.")
        queue = m.gauge("queue", "Requests that wait for a reader.")
        failed = APIErrorKind.allCases.map { kind in
            m.counter(
                "failed.{error_type}", "Requests that ended with an error, by its errorType.",
                labels: [kind.rawValue])
        }
    }

    func failures(_ kind: APIErrorKind) -> Counter {
        failed[APIErrorKind.allCases.firstIndex(of: kind)!]
    }
}
