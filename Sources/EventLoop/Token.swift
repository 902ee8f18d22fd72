// What the kernel and the timer wheel hand back: which slab (kind), which slot (index), and which
// tenant of the slot (generation). An event for a connection that has gone names an old
// generation, so it is recognised and dropped, never dereferenced. A value; any thread.

/// kind 8 bits | generation 24 bits | index 32 bits, in one word.
public struct Token: Sendable, Hashable, BitwiseCopyable {
    public let raw: UInt64

    @inlinable public init(raw: UInt64) {
        self.raw = raw
    }

    /// The generation is taken modulo 2^24, as `Slab` counts it.
    @inlinable public init(kind: UInt8, generation: UInt32, index: UInt32) {
        raw = UInt64(kind) << 56 | UInt64(generation & 0xFF_FFFF) << 32 | UInt64(index)
    }

    /// Chosen by the caller: listener, downstream, upstream, mailbox, ...
    @inlinable public var kind: UInt8 { UInt8(truncatingIfNeeded: raw >> 56) }
    /// 0 ..< 2^24.
    @inlinable public var generation: UInt32 { UInt32(truncatingIfNeeded: raw >> 32) & 0xFF_FFFF }
    @inlinable public var index: UInt32 { UInt32(truncatingIfNeeded: raw) }
}
