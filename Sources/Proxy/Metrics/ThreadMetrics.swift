// Numbers of one event-loop thread: is it busy, is it late, how much does it hold. Each worker
// writes its own series; imbalance between workers is a plain comparison of them.
// Handles are made by main and are plain values.

import EventLoop
import Stats

/// Handles of one thread's loop.
struct ThreadMetrics: Sendable {
    let loopDuration: Histogram
    let pollDelay: Histogram
    let turns: Counter
    let mailboxDepth: Gauge
    let mailboxMessages: Counter
    let connectionsTotal: Counter
    let connectionsActive: Gauge
    let blocksLent: Gauge

    init(_ catalogue: Catalogue, thread: String) {
        let m = catalogue.scope("thread.{thread}", [thread])
        loopDuration = m.histogram(
            "loop_duration", "One turn of the event loop, waiting apart.", unit: .nanoseconds)
        pollDelay = m.histogram(
            "poll_delay", "A message posted to the thread to the moment it was handled.",
            unit: .nanoseconds)
        turns = m.counter("loop_turns", "Turns of the event loop.")
        mailboxDepth = m.gauge("mailbox_depth", "Messages found by the last mailbox drain.")
        mailboxMessages = m.counter("mailbox_messages", "Messages handled.")
        connectionsTotal = m.counter(
            "downstream_cx_total", "Client connections that became the thread's.")
        connectionsActive = m.gauge(
            "downstream_cx_active", "Client connections the thread owns now.")
        blocksLent = m.gauge(
            "buffer_bytes", "I/O buffer bytes lent to connections now.", unit: .bytes)
    }
}

/// All handles of one worker.
struct WorkerMetrics: Sendable {
    let listeners: [ListenerMetrics]
    let clusters: [ClusterMetrics]
    let thread: ThreadMetrics

    init(catalogue: Catalogue, config: ProxyConfig, worker: Int) {
        listeners = config.listeners.map { ListenerMetrics(catalogue, listener: $0.name) }
        clusters = config.clusters.map { cluster in
            ClusterMetrics(
                catalogue, cluster: cluster.name,
                endpointNames: cluster.endpoints.map(\.description))
        }
        thread = ThreadMetrics(catalogue, thread: "wrk:\(worker)")
    }
}
