// Bytes that belong to a connection while they are in flight: a block lent by the worker's pool
// and the range of it that is not consumed yet. An idle connection has no block, so it costs no
// buffer memory. Fresh input is only ever appended; space is won by consuming.

import EventLoop

/// `[start, end)` of a lent block, or nothing.
struct Buffer: BitwiseCopyable {
    var block = BlockPool.Block.none
    var start: UInt32 = 0
    var end: UInt32 = 0

    @inline(__always) var count: Int { Int(end &- start) }
    @inline(__always) var isEmpty: Bool { start == end }
    @inline(__always) var isLent: Bool { !block.isNone }

    /// Marks `count` bytes as consumed; an empty buffer starts again at the block's beginning.
    @inline(__always) mutating func consume(_ count: Int) {
        start &+= UInt32(truncatingIfNeeded: count)
        if start == end {
            start = 0
            end = 0
        }
    }
}
