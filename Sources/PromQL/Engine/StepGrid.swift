// The times at which an expression is evaluated. A whole expression is evaluated over all steps at
// once, node by node, so each node's result is a set of columns with one place a step. A value, any
// thread.

/// `count` times from `start`, `step` apart; Unix milliseconds. A step of 0 repeats one time.
struct StepGrid: Equatable {
    let start: Int64
    let step: Int64
    let count: Int

    @inline(__always)
    subscript(index: Int) -> Int64 { start &+ Int64(index) &* step }

    /// The last time.
    var end: Int64 { self[max(count - 1, 0)] }

    var first: StepGrid { StepGrid(start: start, step: 0, count: 1) }

    /// Where a selector looks, given its `offset` and `@`.
    func shifted(by shift: ResolvedShift) -> StepGrid {
        guard let time = shift.time else {
            return StepGrid(start: start &- shift.offset, step: step, count: count)
        }
        return StepGrid(start: time &- shift.offset, step: 0, count: count)
    }
}

/// `offset` and `@` as numbers; milliseconds.
struct ResolvedShift {
    var offset: Int64 = 0
    var time: Int64?
}
