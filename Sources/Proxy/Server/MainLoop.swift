// Main's poller, timer wheel and clock in one place, shared by the server and the admin
// listener. The clock is read once per turn. Main thread only. It knows nothing of what the
// events mean.

import EventLoop

/// Kinds of `Token` in main's poller and timer wheel.
enum MainToken: UInt8 {
    case mailbox
    case signal
    case adminListener
    case adminConnection
    case flush
    case cutDeadline
    case drainDeadline
    case closeDeadline
    case startText
    case adminAcceptResume

    func token(_ generation: UInt32 = 0, _ index: UInt32 = 0) -> Token {
        Token(kind: rawValue, generation: generation, index: index)
    }
}

final class MainLoop {
    let poller: Poller
    /// Monotonic; the start of this turn.
    private(set) var nowNanos: UInt64
    private var timers: TimerWheel

    init() throws(SystemError) {
        poller = try Poller()
        nowNanos = Clock.monotonicNanos()
        timers = TimerWheel(nowNanos: nowNanos)
    }

    /// Waits for events or the next timer, at most `capMillis`. Returns the number of events.
    func wait(capMillis: Int32) -> Int {
        let timeout = timers.pollTimeoutMillis(nowNanos: nowNanos, cap: capMillis)
        let count = poller.wait(timeoutMillis: timeout)
        nowNanos = Clock.monotonicNanos()
        return count
    }

    func readClock() {
        nowNanos = Clock.monotonicNanos()
    }

    func nextExpired() -> Token? {
        timers.nextExpired(nowNanos: nowNanos)
    }

    @discardableResult
    func schedule(_ token: Token, at deadlineNanos: UInt64) -> TimerID {
        timers.schedule(token, at: deadlineNanos)
    }

    func reschedule(_ id: inout TimerID, to deadlineNanos: UInt64) {
        timers.reschedule(&id, to: deadlineNanos)
    }

    func cancel(_ id: TimerID) {
        timers.cancel(id)
    }
}
