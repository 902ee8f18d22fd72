// What main says to a worker, and what a worker is born with: closed types of Sendable values. A
// worker answers between two events, never in the middle of one. Main never waits for an answer:
// it goes on when all cuts of a sequence are in, or when 250 ms have passed. The answers are cases
// of `MainMessage`.

import EventLoop
import Stats

/// Main to worker, and `adopt` from worker to worker, by `Mailbox`.
enum WorkerMessage: Sendable {
    /// Copy what changed since the last cut and post it back as `MainMessage.cut`.
    case cut(sequence: UInt64, postedNanos: UInt64)
    /// Stop accepting, finish what is in flight, close idle connections; at the deadline
    /// (monotonic) close the rest. Answered by `MainMessage.drained` with the last cut, after
    /// which the thread ends.
    case drain(deadlineNanos: UInt64)
    /// A connection that another worker accepted (exact balance only).
    case adopt(HandedConnection)
}

/// What main gives a worker at birth. All of it is immutable; the shard is given apart, since it
/// moves to the worker for good.
struct WorkerSetup: Sendable {
    let index: Int
    let config: ProxyConfig
    /// One listening socket for each of `config.listeners`; the worker owns and closes them.
    let listenerDescriptors: [Int32]
    let mailbox: Mailbox<WorkerMessage>
    let main: Mailbox<MainMessage>
    let heartbeat: Heartbeat
    let metrics: WorkerMetrics
    /// Shared by all workers with exact balance; nil: nothing is shared.
    var balance: ConnectionBalance?
}
