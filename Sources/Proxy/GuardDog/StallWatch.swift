// Is a loop stuck? One value per watched thread, fed with its count of turns and the start of the
// present one. Envoy's terms: a miss when a loop has not turned for 1 s, a mega miss at 5 s, each
// counted once per stall. Healthy loops turn at least every 500 ms, busy or not, so a thread that
// the kernel does not run, or that has lost its poller, is found too. No clock and no thread in
// here. Guard dog only.

/// What one look at a thread says.
enum StallEvent: Sendable, Equatable {
    case miss
    case megaMiss
    /// The loop turns again after so long.
    case ended(nanos: UInt64)
}

/// Watches one thread.
struct StallWatch {
    static let missNanos: UInt64 = 1_000_000_000
    static let megaMissNanos: UInt64 = 5_000_000_000

    private enum Stage { case turning, missed, megaMissed }

    private var stage = Stage.turning
    private var turns: UInt64 = 0
    /// Since when nothing has been seen of the thread.
    private var sinceNanos: UInt64 = 0
    /// Whether it fell silent inside a turn, not while waiting for events.
    private var isBusy = false

    /// `turns` is the thread's count of turns (0: it has not started), `busySinceNanos` the start
    /// of the turn it is in, 0 while it waits. Two events when one look is the first to find both
    /// limits passed.
    mutating func look(
        turns newTurns: UInt64, busySinceNanos: UInt64, nowNanos: UInt64
    ) -> [StallEvent] {
        if newTurns == 0 { return [] }
        let hasTurned = newTurns != turns
        if hasTurned || (isBusy && busySinceNanos == 0) {
            let now = busySinceNanos == 0 ? nowNanos : busySinceNanos
            let stalled = now > sinceNanos ? now - sinceNanos : 0
            let wasStalled = stage != .turning
            turns = newTurns
            sinceNanos = now
            isBusy = busySinceNanos != 0
            stage = .turning
            if wasStalled { return [.ended(nanos: stalled)] }
        }
        return overdue(nowNanos: nowNanos)
    }

    private mutating func overdue(nowNanos: UInt64) -> [StallEvent] {
        let silence = nowNanos > sinceNanos ? nowNanos - sinceNanos : 0
        var events: [StallEvent] = []
        if stage == .turning && silence >= Self.missNanos {
            stage = .missed
            events.append(.miss)
        }
        if stage == .missed && silence >= Self.megaMissNanos {
            stage = .megaMissed
            events.append(.megaMiss)
        }
        return events
    }

    /// The watcher itself was not running (the process was stopped, the machine slept): silence
    /// until now proves nothing about the thread.
    mutating func excuse(nowNanos: UInt64) {
        if stage == .turning { sinceNanos = nowNanos }
    }
}
