// How many client connections each worker has, for exact balance (Envoy's `exact_balance`): the
// worker that accepts looks at all counts, takes a place with the worker that has fewest, and posts
// the descriptor there. The only state that workers share. It is touched when a connection opens
// and closes, never by a request, and exists with exact balance only. Each count has 128 bytes of
// its own. A place is taken before the descriptor travels, so a count includes what is under way,
// and a worker that has closed its count and seen it reach its own number will get nothing more:
// that is how a drain ends without losing a descriptor. Any worker; nothing here waits.

import EventLoop
import Synchronization

/// One worker's count: 128 bytes, so that no line and no prefetched neighbour line is another's.
struct BalanceSlot: ~Copyable {
    let connections = Atomic<Int>(ConnectionBalance.closedBit)
    let padding = InlineArray<15, UInt64>(repeating: 0)
}

/// Counts of all workers. Unchecked because of the pointer, which never changes: what it points to
/// is atomic.
@safe final class ConnectionBalance: @unchecked Sendable {
    /// Set while a worker takes no connections from others; above any real count.
    static let closedBit = 1 << 62
    /// Lost races after which a connection stays where it was accepted.
    private static let triesMax = 8

    let workers: Int
    private let mailboxes: [Mailbox<WorkerMessage>]
    private let slots: UnsafeMutablePointer<BalanceSlot>

    /// All workers are closed until they `open`: one that cannot start gets nothing.
    init(mailboxes: [Mailbox<WorkerMessage>]) {
        self.mailboxes = mailboxes
        workers = mailboxes.count
        let memory = unsafe OwnLines.allocate(byteCount: workers * MemoryLayout<BalanceSlot>.stride)
        unsafe slots = memory.bindMemory(to: BalanceSlot.self, capacity: workers)
        for worker in 0..<workers { unsafe (slots + worker).initialize(to: BalanceSlot()) }
    }

    deinit {
        unsafe slots.deinitialize(count: workers)
        unsafe UnsafeMutableRawPointer(slots).deallocate()
    }

    /// The address of a worker's count, for the test of the layout.
    func address(of worker: Int) -> UInt { UInt(bitPattern: unsafe slots + worker) }

    /// The worker takes connections from others from now on.
    func open(_ worker: Int) {
        unsafe slots[worker].connections.bitwiseAnd(~Self.closedBit, ordering: .relaxed)
    }

    /// Nobody takes a place with the worker any more. What was taken before is still counted and
    /// arrives by its mailbox.
    func close(_ worker: Int) {
        unsafe slots[worker].connections.bitwiseOr(Self.closedBit, ordering: .relaxed)
    }

    /// Connections the worker has or is about to get.
    func count(_ worker: Int) -> Int {
        unsafe slots[worker].connections.load(ordering: .relaxed) & ~Self.closedBit
    }

    /// The fewest connections of any worker that takes some; `closedBit` or more when none does.
    func least(from worker: Int) -> Int { fewest(from: worker).value }

    /// Takes a place with the worker that has fewest, oneself when equal. A compare-and-swap, so
    /// that two workers that accept at once do not both fill the same gap. O(workers).
    func reserve(from worker: Int) -> Int {
        for _ in 0..<Self.triesMax {
            let (best, seen) = fewest(from: worker)
            if seen >= Self.closedBit { break }
            let outcome = unsafe slots[best].connections.compareExchange(
                expected: seen, desired: seen + 1, ordering: .relaxed)
            if outcome.exchanged { return best }
        }
        keep(worker)
        return worker
    }

    /// Takes a place with oneself, whoever has fewer.
    func keep(_ worker: Int) {
        unsafe slots[worker].connections.wrappingAdd(1, ordering: .relaxed)
    }

    /// A connection of the worker has closed.
    func release(_ worker: Int) {
        unsafe slots[worker].connections.wrappingSubtract(1, ordering: .relaxed)
    }

    /// Sends a connection to the worker with whom a place was reserved.
    func hand(_ connection: HandedConnection, to worker: Int) {
        mailboxes[worker].post(.adopt(connection))
    }

    private func fewest(from worker: Int) -> (worker: Int, value: Int) {
        var best = worker
        var value = unsafe slots[worker].connections.load(ordering: .relaxed)
        for other in 0..<workers {
            let seen = unsafe slots[other].connections.load(ordering: .relaxed)
            if seen < value { (best, value) = (other, seen) }
        }
        return (best, value)
    }
}

/// A connection between two workers. Closed when nobody takes it: with the mailbox it lies in.
final class HandedConnection: Sendable {
    let listener: Int
    let peer: SocketAddress
    /// Monotonic; the life of the connection begins here.
    let acceptedNanos: UInt64
    private let fd: Atomic<Int32>

    /// Takes over `fd`.
    init(owning fd: Int32, peer: SocketAddress, listener: Int, acceptedNanos: UInt64) {
        self.fd = Atomic(fd)
        self.peer = peer
        self.listener = listener
        self.acceptedNanos = acceptedNanos
    }

    deinit {
        let left = take()
        if left >= 0 { Syscall.close(left) }
    }

    /// The descriptor, which the caller owns from here; -1 the second time.
    func take() -> Int32 { fd.exchange(-1, ordering: .relaxed) }
}
