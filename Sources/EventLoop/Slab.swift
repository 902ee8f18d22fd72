// Connections and whatever else events point at: fixed slots addressed by index + generation.
// Storage is reserved once and backed as it is touched, so addresses never move and 2^20 slots
// cost nothing until used; the free list is LIFO, so few and warm pages serve a steady load.
// All operations are non-mutating (state lives behind a pointer): a Slab can be a `let` of a
// class and costs no exclusivity or uniqueness checks. Owner thread only.

/// Where an element lives, and which tenant of the slot it is.
public struct Handle: Sendable, Hashable, BitwiseCopyable {
    public let index: UInt32
    /// 1 ..< 2^24.
    public let generation: UInt32

    @inlinable public init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    /// The token under which the element's events come back.
    @inlinable public func token(kind: UInt8) -> Token {
        Token(kind: kind, generation: generation, index: index)
    }
}

/// Counters of a slab, shared by its copies of the base pointer.
@usableFromInline struct SlabHeader {
    @usableFromInline var count: Int
    /// Slots that were ever used; beyond it the memory has not been touched.
    @usableFromInline var highWater: UInt32
    /// First free slot below `highWater`, or `none`.
    @usableFromInline var firstFree: UInt32
}

/// Bookkeeping of one slot, apart from the elements: 8 slots share a cache line.
@usableFromInline struct SlabSlot {
    /// The tenant's generation; with bit 31 set the slot is free and waits for that tenant.
    @usableFromInline var generation: UInt32
    @usableFromInline var nextFree: UInt32
}

/// Fixed-capacity storage of trivially copyable elements with stable addresses.
@safe public struct Slab<Element: BitwiseCopyable>: ~Copyable {
    public let capacity: Int
    @usableFromInline let base: UnsafeMutablePointer<Element>
    @usableFromInline let slots: UnsafeMutablePointer<SlabSlot>
    @usableFromInline let header: UnsafeMutablePointer<SlabHeader>
    private let memory: Reservation

    /// `initial` is what a slot holds while nobody lives in it. Touches one page.
    public init(capacity: Int = 1 << 20, initial: Element) {
        precondition(capacity > 0 && capacity < Int(UInt32.max), "BUG: slab capacity out of range")
        self.capacity = capacity
        let page = Reservation.pageBytes
        let headBytes = page
        let slotBytes = (capacity * MemoryLayout<SlabSlot>.stride + page - 1) / page * page
        let elementBytes = (capacity + 1) * MemoryLayout<Element>.stride
        memory = Reservation(byteCount: headBytes + slotBytes + elementBytes)
        let start = unsafe memory.base
        unsafe header = start.bindMemory(to: SlabHeader.self, capacity: 1)
        unsafe slots = (start + headBytes).bindMemory(to: SlabSlot.self, capacity: capacity)
        unsafe base = (start + headBytes + slotBytes)
            .bindMemory(to: Element.self, capacity: capacity + 1)
        unsafe header.initialize(to: SlabHeader(count: 0, highWater: 0, firstFree: .max))
        unsafe base[capacity] = initial
    }

    /// Elements living here now.
    @inlinable public var count: Int { unsafe header.pointee.count }

    /// Moves an element in; nil when every slot is taken. O(1).
    @inlinable public func insert(_ element: Element) -> Handle? {
        let index: UInt32
        let free = unsafe header.pointee.firstFree
        if free != .max {
            index = free
            unsafe header.pointee.firstFree = slots[Int(index)].nextFree
            unsafe slots[Int(index)].generation &= 0xFF_FFFF
        } else {
            index = unsafe header.pointee.highWater
            if Int(index) == capacity { return nil }
            unsafe header.pointee.highWater = index + 1
            unsafe slots[Int(index)].generation = 1
        }
        unsafe header.pointee.count += 1
        unsafe (base + Int(index)).initialize(to: element)
        return Handle(index: index, generation: unsafe slots[Int(index)].generation)
    }

    /// Ends the tenancy: handles and tokens of this generation are stale from here on, and the
    /// slot holds `initial` again. O(1).
    public func remove(_ index: UInt32) {
        precondition(isLive(index), "BUG: removing a slab element that is not there")
        let slot = unsafe slots + Int(index)
        // 24 bits as in a Token; 0 is skipped so that an all-zero token names nobody.
        let next = unsafe slot.pointee.generation == 0xFF_FFFF ? 1 : slot.pointee.generation + 1
        unsafe slot.pointee = SlabSlot(
            generation: next | 1 << 31, nextFree: header.pointee.firstFree)
        unsafe header.pointee.firstFree = index
        unsafe header.pointee.count -= 1
        unsafe base[Int(index)] = base[capacity]
    }

    /// Whether the tenant that a token names still lives in the slot.
    @inlinable public func isCurrent(_ index: UInt32, _ generation: UInt32) -> Bool {
        guard Int(index) < capacity, generation != 0 else { return false }
        return unsafe slots[Int(index)].generation == generation
    }

    /// The tenant's generation, of a slot that is in use.
    @inlinable public func generation(_ index: UInt32) -> UInt32 {
        precondition(isLive(index), "BUG: generation of a slab element that is not there")
        return unsafe slots[Int(index)].generation
    }

    /// Whether somebody lives in the slot.
    @inlinable public func isLive(_ index: UInt32) -> Bool {
        guard Int(index) < capacity else { return false }
        let generation = unsafe slots[Int(index)].generation
        return generation != 0 && generation < 1 << 31
    }

    /// The element in place. A free slot reads as `initial` or, never used, as zeroes.
    @inlinable public subscript(index: UInt32) -> Element {
        @_transparent unsafeAddress {
            precondition(Int(index) < capacity, "BUG: slab index out of range")
            return unsafe UnsafePointer(base + Int(index))
        }
        @_transparent nonmutating unsafeMutableAddress {
            precondition(Int(index) < capacity, "BUG: slab index out of range")
            return unsafe base + Int(index)
        }
    }

    /// Calls `body` with the index of every element, lowest first; `body` may remove. O(slots
    /// ever used): for shutting down and for statistics.
    public func forEachIndex(_ body: (UInt32) -> Void) {
        var index: UInt32 = 0
        while unsafe index < header.pointee.highWater {
            if isLive(index) { body(index) }
            index += 1
        }
    }
}
