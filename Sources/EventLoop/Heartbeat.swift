// The sign of life of one loop thread, read by the guard dog: since when has it been busy with
// this turn? One relaxed store before and one after each wait. The word has 128 bytes of room on
// both sides, so that neither prefetched neighbour line is shared with another thread's data.
public import Synchronization

/// Single writer (the loop thread), any number of readers.
public final class Heartbeat: Sendable {
    @usableFromInline let before = Padding()
    @usableFromInline let busySince = Atomic<UInt64>(0)
    @usableFromInline let turnCount = Atomic<UInt64>(0)
    @usableFromInline let after = Padding()

    public init() {}

    /// The loop starts a turn, at `nowNanos` of `Clock.monotonicNanos`, which is not 0.
    @inlinable public func beat(_ nowNanos: UInt64) {
        busySince.store(nowNanos, ordering: .relaxed)
        turnCount.store(turnCount.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// The loop goes to wait in its poller: however long that takes, it is not stuck.
    @inlinable public func rest() {
        busySince.store(0, ordering: .relaxed)
    }

    /// When the current turn began, in monotonic nanoseconds; 0 while the loop waits.
    @inlinable public var busySinceNanos: UInt64 { busySince.load(ordering: .relaxed) }

    /// Turns begun so far.
    @inlinable public var turns: UInt64 { turnCount.load(ordering: .relaxed) }

    /// How long the current turn has lasted; 0 while the loop waits.
    public func busyNanos(nowNanos: UInt64) -> UInt64 {
        let since = busySinceNanos
        return since == 0 || since > nowNanos ? 0 : nowNanos - since
    }
}
