// One epoll instance and its event buffer: one per loop thread. Connections are registered once,
// edge-triggered for both directions, so that a connection's life costs one epoll_ctl (closing the
// descriptor removes it). Listeners and eventfds are level-triggered. All operations are
// non-mutating, so a Poller can be a `let` of its worker. Owner thread only.
public import CLinux

/// What a descriptor is ready for; the bits are epoll's own.
public struct Readiness: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt32
    @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// EPOLLIN: bytes, a connection to accept, or the end of the stream.
    @inlinable public static var readable: Readiness { Readiness(rawValue: 0x001) }
    /// EPOLLOUT: room in the send buffer, or a connect that has come to an end.
    @inlinable public static var writable: Readiness { Readiness(rawValue: 0x004) }
    /// EPOLLERR: `Syscall.socketError` knows more.
    @inlinable public static var error: Readiness { Readiness(rawValue: 0x008) }
    /// EPOLLHUP: both directions are closed.
    @inlinable public static var hangUp: Readiness { Readiness(rawValue: 0x010) }
    /// EPOLLRDHUP: the peer has closed its sending side; unread bytes may remain.
    @inlinable public static var peerClosed: Readiness { Readiness(rawValue: 0x2000) }
}

/// An epoll instance.
@safe public struct Poller: ~Copyable {
    /// Events taken from the kernel per `wait` at most.
    @inlinable public static var batch: Int { 256 }

    @usableFromInline let descriptor: FileDescriptor
    @usableFromInline let events: UnsafeMutablePointer<epoll_event>

    public init() throws(SystemError) {
        let number = clinux_epoll_create()
        guard number >= 0 else {
            throw SystemError(call: "epoll_create1", errno: -number, subject: "")
        }
        descriptor = FileDescriptor(owning: number)
        let byteCount = unsafe Self.batch * MemoryLayout<epoll_event>.stride
        let memory = unsafe OwnLines.allocate(byteCount: byteCount)
        unsafe events = memory.bindMemory(to: epoll_event.self, capacity: Self.batch)
        unsafe events.initialize(repeating: epoll_event(), count: Self.batch)
    }

    deinit {
        unsafe UnsafeMutableRawPointer(events).deallocate()
    }

    /// Watches `fd`. Edge-triggered watches also report `.peerClosed` without being asked.
    /// False when the kernel has no room for one more watch (ENOSPC, ENOMEM) or cannot watch this
    /// kind of file (EPERM): the caller drops the connection. Other errors are our bugs and stop.
    @discardableResult
    public func add(
        _ fd: Int32, _ token: Token, edgeTriggered: Bool, _ interest: Readiness
    ) -> Bool {
        let bits = Self.bits(edgeTriggered, interest)
        return Self.watched(clinux_epoll_add(descriptor.rawValue, fd, bits, token.raw))
    }

    /// Changes token or interest; with edge triggering, what is ready now is reported again.
    /// False when the descriptor is not watched, or no memory is left.
    @discardableResult
    public func modify(
        _ fd: Int32, _ token: Token, edgeTriggered: Bool, _ interest: Readiness
    ) -> Bool {
        let bits = Self.bits(edgeTriggered, interest)
        return clinux_epoll_modify(descriptor.rawValue, fd, bits, token.raw) >= 0
    }

    /// Watches a listener that several pollers share (a duplicated UNIX listener): one of them is
    /// woken per connection, not all (EPOLLEXCLUSIVE, level-triggered).
    @discardableResult
    public func addShared(_ listener: Int32, _ token: Token) -> Bool {
        let bits = Readiness.readable.rawValue | clinux_epoll_exclusive
        return Self.watched(clinux_epoll_add(descriptor.rawValue, listener, bits, token.raw))
    }

    /// Stops watching. Not needed before closing a descriptor that was never duplicated.
    public func remove(_ fd: Int32) {
        _ = clinux_epoll_remove(descriptor.rawValue, fd)
    }

    /// Waits for events: 0 does not wait, -1 waits for ever. Returns how many `event` has, 0 also
    /// when a signal came in between.
    public func wait(timeoutMillis: Int32) -> Int {
        let result = unsafe clinux_epoll_wait(
            descriptor.rawValue, events, Int32(Self.batch), timeoutMillis)
        if result >= 0 { return Int(result) }
        precondition(result == -EINTR, "BUG: epoll_wait refused its own descriptor")
        return 0
    }

    /// Event `index` of the last `wait`, below the count it returned.
    @inlinable public func event(_ index: Int) -> (token: Token, readiness: Readiness) {
        precondition(index >= 0 && index < Self.batch, "BUG: event index out of range")
        return (
            Token(raw: unsafe clinux_epoll_data(events, index)),
            Readiness(rawValue: unsafe clinux_epoll_events(events, index))
        )
    }

    private static func watched(_ result: Int32) -> Bool {
        if result >= 0 { return true }
        let environment = result == -ENOSPC || result == -ENOMEM || result == -EPERM
        precondition(environment, "BUG: watching a descriptor twice, or one that is closed")
        return false
    }

    private static func bits(_ edgeTriggered: Bool, _ interest: Readiness) -> UInt32 {
        guard edgeTriggered else { return interest.rawValue }
        return interest.union(.peerClosed).rawValue | clinux_epoll_edge
    }
}
