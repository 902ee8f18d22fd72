// Messages from any thread to the owner of a loop: a lock-free push list and an eventfd.
// Why no wake-up is lost: (1) a push that finds the list empty, and only such a push, writes the
// eventfd AFTER its message is in the list; (2) the owner clears the eventfd BEFORE it takes the
// whole list. A message pushed before the taking is taken. Of those pushed after it, the first
// finds the list empty, and its write comes after the clearing, so the eventfd stays readable.
// At worst a drain finds nothing (its message was taken just before the write arrived).
// A post costs one malloc and one compare-and-swap: control plane, never per request.
internal import CLinux
internal import Synchronization

/// One message in the list.
@unsafe private struct MailboxNode<Message> {
    let message: Message
    var next: UnsafeMutablePointer<MailboxNode<Message>>?
}

/// Many producers, one consumer; FIFO per producer.
@safe public final class Mailbox<Message: Sendable>: Sendable {
    private typealias Node = MailboxNode<Message>

    /// Readable when a drain is due; for the owner's poller, level-triggered.
    public var wakeDescriptor: Int32 { wake.rawValue }

    private let wake: FileDescriptor
    private let before = Padding()
    /// The newest node, as an address; 0 when empty. Written by both sides, like `waiting`.
    let newest = Atomic<UInt>(0)
    let waiting = Atomic<Int>(0)
    private let after = Padding()

    public init() throws(SystemError) {
        let number = clinux_eventfd()
        guard number >= 0 else { throw SystemError(call: "eventfd", errno: -number, subject: "") }
        wake = FileDescriptor(owning: number)
    }

    /// Releases messages that nobody took, one after the other.
    deinit {
        var node = unsafe takeAll()
        while let current = unsafe node {
            unsafe node = current.pointee.next
            unsafe current.deinitialize(count: 1)
            unsafe current.deallocate()
        }
    }

    /// Messages posted and not yet handed to a body; approximate while others post.
    public var depth: Int { max(0, waiting.load(ordering: .relaxed)) }

    /// Hands a message to the owner. Any thread; never waits.
    public func post(_ message: Message) {
        waiting.add(1, ordering: .relaxed)
        let node = UnsafeMutablePointer<Node>.allocate(capacity: 1)
        unsafe node.initialize(to: Node(message: message, next: nil))
        let address = UInt(bitPattern: node)
        var seen = newest.load(ordering: .relaxed)
        while true {
            unsafe node.pointee.next = UnsafeMutablePointer(bitPattern: seen)
            let outcome = newest.weakCompareExchange(
                expected: seen, desired: address,
                successOrdering: .releasing, failureOrdering: .relaxed)
            if outcome.exchanged { break }
            seen = outcome.original
        }
        if seen == 0 { _ = clinux_event_signal(wake.rawValue) }
    }

    /// Hands over everything that was there at the call, oldest first, and returns how many.
    /// What `body` posts to this mailbox comes with the next drain. Owner thread only.
    @discardableResult
    public func drain(_ body: (Message) -> Void) -> Int {
        _ = clinux_event_clear(wake.rawValue)
        var node = unsafe takeAll()
        var count = 0
        while let current = unsafe node {
            unsafe node = current.pointee.next
            let message = unsafe current.move().message
            unsafe current.deallocate()
            waiting.subtract(1, ordering: .relaxed)
            count += 1
            body(message)
        }
        return count
    }

    /// Empties the list and returns it oldest first.
    private func takeAll() -> UnsafeMutablePointer<Node>? {
        let address = newest.exchange(0, ordering: .acquiring)
        var node = unsafe UnsafeMutablePointer<Node>(bitPattern: address)
        var oldest: UnsafeMutablePointer<Node>? = nil
        while let current = unsafe node {
            unsafe node = current.pointee.next
            unsafe current.pointee.next = oldest
            unsafe oldest = current
        }
        return unsafe oldest
    }
}
