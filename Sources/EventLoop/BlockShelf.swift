// The blocks of one size behind `BlockPool`: a reservation, a stack of free indices, and the
// measuring of how many were needed lately. The free stack's lower part is cold (given back to
// the kernel), its upper part warm; blocks above the high-water mark were never touched.
// Owner thread only.

struct BlockShelfState {
    var lent: Int
    /// Most lent at once in this window and in the one before.
    var peak: Int
    var previousPeak: Int
    /// Entries of the free stack, and how many of them, from the bottom, are cold.
    var free: Int
    var cold: Int
    /// Blocks ever carved.
    var carved: Int
    /// Returns left in this window.
    var returnsLeft: Int
}

/// Blocks of one size.
@safe struct BlockShelf: ~Copyable {
    /// Surplus below this stays: 1 MiB of small blocks.
    static var slack: Int { 32 }
    /// Blocks given to the kernel per window end or return: bounds the time taken (1 us each).
    static var discardsMax: Int { 64 }
    static var windowReturns: Int { 16_384 }

    let base: UnsafeMutableRawPointer
    private let blockBytes: Int
    private let capacity: Int
    private let state: UnsafeMutablePointer<BlockShelfState>
    private let stack: UnsafeMutablePointer<UInt32>
    /// 1 while lent: catches a block given back twice, which would hand it to two connections.
    private let marks: UnsafeMutablePointer<UInt8>
    private let blocks: Reservation
    private let books: Reservation

    init(blockBytes: Int, capacity: Int) {
        precondition(capacity > 0 && capacity < 1 << 30, "BUG: block count out of range")
        self.blockBytes = blockBytes
        self.capacity = capacity
        blocks = Reservation(byteCount: blockBytes * capacity)
        let page = Reservation.pageBytes
        let stackBytes = capacity * MemoryLayout<UInt32>.stride
        books = Reservation(byteCount: page + stackBytes + capacity)
        let start = unsafe books.base
        unsafe base = unsafe blocks.base
        unsafe state = start.bindMemory(to: BlockShelfState.self, capacity: 1)
        unsafe stack = (start + page).bindMemory(to: UInt32.self, capacity: capacity)
        unsafe marks = (start + page + stackBytes).bindMemory(to: UInt8.self, capacity: capacity)
        unsafe state.initialize(
            to: BlockShelfState(
                lent: 0, peak: 0, previousPeak: 0, free: 0, cold: 0, carved: 0,
                returnsLeft: Self.windowReturns))
    }

    var lent: Int { unsafe state.pointee.lent }
    /// Free blocks that still hold memory.
    var warm: Int { unsafe state.pointee.free - state.pointee.cold }

    /// The block returned last, else a new one; nil at capacity.
    func take() -> UInt32? {
        let index: UInt32
        if unsafe state.pointee.free > 0 {
            unsafe state.pointee.free -= 1
            index = unsafe stack[state.pointee.free]
            if unsafe state.pointee.cold > state.pointee.free {
                unsafe state.pointee.cold = state.pointee.free
            }
        } else {
            if unsafe state.pointee.carved == capacity { return nil }
            index = unsafe UInt32(state.pointee.carved)
            unsafe state.pointee.carved += 1
        }
        unsafe marks[Int(index)] = 1
        unsafe state.pointee.lent += 1
        if unsafe state.pointee.lent > state.pointee.peak {
            unsafe state.pointee.peak = state.pointee.lent
        }
        return index
    }

    func put(_ index: UInt32) {
        precondition(
            unsafe Int(index) < capacity && marks[Int(index)] == 1,
            "BUG: block given back that was not lent")
        unsafe marks[Int(index)] = 0
        unsafe stack[state.pointee.free] = index
        unsafe state.pointee.free += 1
        unsafe state.pointee.lent -= 1
        unsafe state.pointee.returnsLeft -= 1
        if unsafe state.pointee.returnsLeft <= 0 { endWindow() }
    }

    /// Starts a new measuring window and discards part of what neither it nor the one before it
    /// would have needed.
    func endWindow() {
        let needed = unsafe max(state.pointee.peak, state.pointee.previousPeak)
        unsafe state.pointee.previousPeak = state.pointee.peak
        unsafe state.pointee.peak = state.pointee.lent
        unsafe state.pointee.returnsLeft = Self.windowReturns
        let keep = unsafe max(0, needed - state.pointee.lent) + Self.slack
        // At least an eighth of the surplus, so that a huge burst is gone after some windows.
        let surplus = warm - keep
        if surplus <= 0 { return }
        var left = min(surplus, max(Self.discardsMax, surplus / 8))
        while left > 0 {
            let index = unsafe Int(stack[state.pointee.cold])
            blocks.discard(offset: index * blockBytes, byteCount: blockBytes)
            unsafe state.pointee.cold += 1
            left -= 1
        }
    }
}
