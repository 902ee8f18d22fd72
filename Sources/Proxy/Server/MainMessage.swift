// Everything that other threads say to main, as one closed type: cuts and the end of workers, what
// the history thread did, bodies that readers rendered, what the guard dog saw. Posted to main's
// mailbox by any thread, handled by main once per turn of its loop, in the order of each sender.

import Stats

/// Any thread to main, by `Mailbox`.
enum MainMessage: Sendable {
    /// A worker's answer to `WorkerMessage.cut`.
    case cut(worker: Int, sequence: UInt64, cut: Cut, postedNanos: UInt64)
    /// A worker's last cut; its thread ends after it.
    case drained(worker: Int, cut: Cut)
    /// A worker could not start (its epoll instance or eventfd was refused).
    case workerFailed(worker: Int, reason: String)
    case history(HistoryReport)
    /// A reader has rendered the body of `ticket`.
    case rendered(reader: Int, RenderedBody)
    /// A reader has executed a request to the query API.
    case queried(reader: Int, QueryAnswer)
    case stall(StallReport)
    case vitals(Vitals)
}
