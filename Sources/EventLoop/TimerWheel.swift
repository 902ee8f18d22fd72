// Timeouts of one loop: a hashed wheel of 4096 slots of 16 ms (65.5 s around). Moving a timer
// later, what keep-alive does with each request, is one store: the timer stays where it is linked
// and is looked at again when that slot comes round. Never early, at most one tick late.
// Expired timers go to a due list first and leave it one by one, so a body may schedule, move and
// cancel anything, and nothing scheduled there fires in the same turn. Operations are non-mutating
// (state behind pointers): `expire` may re-enter through the owner's `let`. Owner thread only.

/// Names one scheduled timer; stale once it has fired or was cancelled.
public struct TimerID: Sendable, Hashable, BitwiseCopyable {
    let index: UInt32
    /// Odd or even does not matter; 0 is nobody's.
    let generation: UInt32

    /// No timer: cancelling it is nothing.
    public static let none = TimerID(index: 0, generation: 0)
    public var isNone: Bool { generation == 0 }
}

/// One timer, linked into a slot's list, the due list or the free list.
struct TimerNode {
    var token: Token
    /// Fires at this tick or later.
    var tick: UInt64
    /// The tick whose slot it is linked into, at most `tick`; meaningless in the due list.
    var linkTick: UInt64
    var next: UInt32
    var previous: UInt32
    var generation: UInt32
    /// 0 ..< 4096, or `due`, or `free`.
    var list: UInt16
}

struct TimerWheelState {
    /// Every tick up to this one has been looked at.
    var currentTick: UInt64
    var count: Int
    var highWater: UInt32
    var firstFree: UInt32
    var dueFirst: UInt32
    var dueLast: UInt32
    /// Bit w: word w of the slot bitmap is not 0.
    var summary: UInt64
}

/// O(1) schedule, reschedule and cancel; no system calls; memory grows to the most timers at once.
@safe public struct TimerWheel: ~Copyable {
    /// The resolution: 16 ms.
    public static var tickNanos: UInt64 { 16_000_000 }
    /// Timers at one time, four for each slot of a default slab; more is a leak.
    public static var capacity: Int { 1 << 22 }

    static var slotCount: Int { 4096 }
    static var due: UInt16 { 4096 }
    static var free: UInt16 { 4097 }
    static var nobody: UInt32 { .max }

    let nodes: UnsafeMutablePointer<TimerNode>
    let state: UnsafeMutablePointer<TimerWheelState>
    /// First node of each slot.
    let heads: UnsafeMutablePointer<UInt32>
    /// One bit per slot: its list is not empty.
    let words: UnsafeMutablePointer<UInt64>
    private let memory: Reservation

    public init(nowNanos: UInt64) {
        let page = Reservation.pageBytes
        let headBytes = Self.slotCount * MemoryLayout<UInt32>.stride
        memory = Reservation(
            byteCount: page + headBytes + Self.capacity * MemoryLayout<TimerNode>.stride)
        let start = unsafe memory.base
        unsafe state = start.bindMemory(to: TimerWheelState.self, capacity: 1)
        unsafe words = (start + page / 2).bindMemory(to: UInt64.self, capacity: 64)
        unsafe heads = (start + page).bindMemory(to: UInt32.self, capacity: Self.slotCount)
        unsafe nodes = (start + page + headBytes)
            .bindMemory(to: TimerNode.self, capacity: Self.capacity)
        unsafe heads.initialize(repeating: Self.nobody, count: Self.slotCount)
        unsafe words.initialize(repeating: 0, count: 64)
        unsafe state.initialize(
            to: TimerWheelState(
                currentTick: nowNanos / Self.tickNanos, count: 0, highWater: 0,
                firstFree: Self.nobody, dueFirst: Self.nobody, dueLast: Self.nobody, summary: 0))
    }

    /// Timers that will still fire.
    public var count: Int { unsafe state.pointee.count }

    /// Fires `token` once, at `deadlineNanos` of the monotonic clock or up to one tick later; a
    /// deadline in the past fires with the next tick.
    public func schedule(_ token: Token, at deadlineNanos: UInt64) -> TimerID {
        let index: UInt32
        let free = unsafe state.pointee.firstFree
        if free != Self.nobody {
            index = free
            unsafe state.pointee.firstFree = nodes[Int(index)].next
        } else {
            index = unsafe state.pointee.highWater
            precondition(Int(index) < Self.capacity, "BUG: timers leak, the wheel is full")
            unsafe state.pointee.highWater = index + 1
            unsafe nodes[Int(index)].generation = 1
        }
        unsafe state.pointee.count += 1
        unsafe nodes[Int(index)].token = token
        unsafe nodes[Int(index)].tick = tick(deadlineNanos)
        link(index)
        return TimerID(index: index, generation: unsafe nodes[Int(index)].generation)
    }

    /// Moves a timer. Later is one store; earlier relinks. False, and `id` becomes `.none`, when
    /// the timer has already fired or was cancelled.
    @discardableResult
    public func reschedule(_ id: inout TimerID, to deadlineNanos: UInt64) -> Bool {
        guard isScheduled(id) else {
            id = .none
            return false
        }
        let node = unsafe nodes + Int(id.index)
        let tick = tick(deadlineNanos)
        unsafe node.pointee.tick = tick
        if unsafe node.pointee.list == Self.due {
            // Already taken from its slot, not yet handed out: it has a new deadline now.
            unlink(id.index)
            link(id.index)
        } else if unsafe tick < node.pointee.linkTick {
            unlink(id.index)
            link(id.index)
        }
        return true
    }

    /// The timer will not fire. Nothing happens when it has fired, was cancelled or is `.none`.
    public func cancel(_ id: TimerID) {
        guard isScheduled(id) else { return }
        unlink(id.index)
        release(id.index)
    }

    /// Whether the timer will still fire.
    public func isScheduled(_ id: TimerID) -> Bool {
        unsafe id.generation != 0 && id.index < state.pointee.highWater
            && nodes[Int(id.index)].generation == id.generation
    }

    /// The next timer whose time has come, or nil. Call until nil; between calls anything may be
    /// scheduled, moved and cancelled.
    public func nextExpired(nowNanos: UInt64) -> Token? {
        let nowTick = nowNanos / Self.tickNanos
        if unsafe nowTick > state.pointee.currentTick { advance(to: nowTick) }
        let index = unsafe state.pointee.dueFirst
        if index == Self.nobody { return nil }
        let token = unsafe nodes[Int(index)].token
        unlink(index)
        release(index)
        return token
    }

    /// Calls `body` for each timer whose time has come.
    public func expire(nowNanos: UInt64, _ body: (Token) -> Void) {
        while let token = nextExpired(nowNanos: nowNanos) { body(token) }
    }

    /// How long a poller may wait, rounded up to whole milliseconds, at most `cap`, which is also
    /// the answer without timers; a negative cap is no bound. O(1).
    public func pollTimeoutMillis(nowNanos: UInt64, cap: Int32) -> Int32 {
        if unsafe state.pointee.dueFirst != Self.nobody { return 0 }
        guard let slotTick = nextOccupiedTick() else { return cap }
        let wakeNanos = slotTick * Self.tickNanos
        if wakeNanos <= nowNanos { return 0 }
        let millis = (wakeNanos - nowNanos + 999_999) / 1_000_000
        return cap < 0 ? Int32(millis) : Int32(min(millis, UInt64(cap)))
    }

    /// The first tick not before the deadline, and after the ticks already looked at.
    private func tick(_ deadlineNanos: UInt64) -> UInt64 {
        let whole = deadlineNanos / Self.tickNanos
        let tick = whole * Self.tickNanos == deadlineNanos ? whole : whole + 1
        return unsafe max(tick, state.pointee.currentTick + 1)
    }
}
