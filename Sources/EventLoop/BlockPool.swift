// I/O blocks that a connection borrows only while bytes are in flight, so that an idle one holds
// none. Small ones of 32 KiB, so that a head and a body of 16 KiB come in by one read; large ones
// of 80 KiB for a head of 64 KiB and room to rewrite it. Memory is touched only as far as bytes
// reach. Each size is carved from its own reservation with a LIFO free list, so a steady load
// reuses warm memory. What lies free well beyond the recent need goes back to the kernel, coldest
// first, a few blocks at a time. Over the bound `lend` says nil: the caller stops reading. Owner
// thread only.

/// Lends blocks of two sizes; all operations are non-mutating.
@safe public struct BlockPool: ~Copyable {
    /// One lent block; 4 bytes.
    public struct Block: Sendable, Hashable, BitwiseCopyable {
        /// Bit 31: large. The rest: which one.
        @usableFromInline let raw: UInt32

        @usableFromInline init(raw: UInt32) { self.raw = raw }

        /// No block.
        @inlinable public static var none: Block { Block(raw: .max) }
        @inlinable public var isNone: Bool { raw == .max }
        @inlinable public var isLarge: Bool { raw >= 1 << 31 && raw != .max }
        @usableFromInline var index: Int { Int(raw & 0x7FFF_FFFF) }
    }

    /// 32,768.
    @inlinable public static var smallBytes: Int { 32 << 10 }
    /// 81,920.
    @inlinable public static var largeBytes: Int { 80 << 10 }

    @usableFromInline let smallBase: UnsafeMutableRawPointer
    @usableFromInline let largeBase: UnsafeMutableRawPointer
    private let small: BlockShelf
    private let large: BlockShelf

    /// The most blocks of each size that are lent at a time. The defaults bound a worker to 4 GiB
    /// and 1.25 GiB; address space is reserved for them, memory is not.
    public init(smallBlocksMax: Int = 1 << 17, largeBlocksMax: Int = 1 << 14) {
        small = BlockShelf(blockBytes: Self.smallBytes, capacity: smallBlocksMax)
        large = BlockShelf(blockBytes: Self.largeBytes, capacity: largeBlocksMax)
        unsafe smallBase = unsafe small.base
        unsafe largeBase = unsafe large.base
    }

    /// A block for the caller, with whatever bytes its last user left; nil over the bound.
    public func lend(large isLarge: Bool) -> Block? {
        if isLarge {
            guard let index = large.take() else { return nil }
            return Block(raw: index | 1 << 31)
        }
        guard let index = small.take() else { return nil }
        return Block(raw: index)
    }

    /// Ends the loan; the block's memory must not be touched any more.
    public func giveBack(_ block: Block) {
        precondition(!block.isNone, "BUG: giving back no block")
        if block.isLarge {
            large.put(UInt32(block.index))
        } else {
            small.put(UInt32(block.index))
        }
    }

    /// Blocks out on loan.
    public var lentCount: Int { small.lent + large.lent }
    /// Bytes out on loan.
    public var lentBytes: Int {
        small.lent * Self.smallBytes + large.lent * Self.largeBytes
    }
    /// Bytes that lie free here and are still backed by memory, at most.
    public var idleBytes: Int {
        small.warm * Self.smallBytes + large.warm * Self.largeBytes
    }

    /// Closes the current measuring window and gives a share of the surplus back to the kernel.
    /// Call about once a second; without it a window ends after 16,384 returned blocks.
    public func trim() {
        small.endWindow()
        large.endWindow()
    }

    /// The block's memory, 32 or 80 KiB, valid until it is given back.
    @inlinable @inline(__always)
    public func bytes(_ block: Block) -> UnsafeMutableRawBufferPointer {
        precondition(!block.isNone, "BUG: bytes of no block")
        if block.isLarge {
            return unsafe UnsafeMutableRawBufferPointer(
                start: largeBase + Int(block.raw & 0x7FFF_FFFF) * Self.largeBytes,
                count: Self.largeBytes)
        }
        return unsafe UnsafeMutableRawBufferPointer(
            start: smallBase + Int(block.raw) * Self.smallBytes, count: Self.smallBytes)
    }
}
