// When to flush: start + k * interval, a grid that the work itself does not shift. If main was
// held up past several points, the missed ones are left out and counted, and the next flush is on
// the grid again. A value, no clock. Main thread.

struct FlushGrid {
    let intervalNanos: UInt64
    private(set) var nextNanos: UInt64

    init(startNanos: UInt64, intervalNanos: UInt64) {
        self.intervalNanos = intervalNanos
        nextNanos = startNanos + intervalNanos
    }

    /// Moves on to the first grid point after now. Returns how many points between were missed.
    mutating func advance(nowNanos: UInt64) -> UInt64 {
        let steps = nowNanos < nextNanos ? 1 : (nowNanos - nextNanos) / intervalNanos + 1
        nextNanos += steps * intervalNanos
        return steps - 1
    }
}
