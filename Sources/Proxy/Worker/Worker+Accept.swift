// Accepting: level-triggered, a bounded number per turn, and no spin when the process is out of
// descriptors: the listener is taken out of epoll, the pause is counted, and a timer puts it back.
// A connection that is opened here is this worker's until it closes; which worker opens it is
// decided in Worker+Balance.

import EventLoop
import HTTP1
import Stats

/// One listening socket of this worker.
struct ListenerSocket {
    var fd: Int32
    var isPaused = false
    var isOpen = true

    init(fd: Int32) {
        self.fd = fd
    }
}

extension Worker {
    /// Connections accepted for one event at most, so that those already open get their turn.
    static let acceptsPerEvent = 64
    /// More than a listening socket's queue can hold.
    private static let backlogMax = 65_536
    static let acceptPauseNanos: UInt64 = 100_000_000

    /// False when the kernel has no memory for it.
    func watchListener(_ index: Int) -> Bool {
        let fd = listenerSockets[index].fd
        let token = TokenKind.listener.token(0, UInt32(index))
        // A UNIX socket has no SO_REUSEPORT: its queue is shared by all workers.
        let isShared = setup.config.listeners[index].address.path != nil
        let isWatched =
            isShared
            ? poller.addShared(fd, token)
            : poller.add(fd, token, edgeTriggered: false, .readable)
        // Accepted connections inherit it.
        if isWatched && !isShared { Syscall.setNoDelay(fd) }
        return isWatched
    }

    func accept(_ index: Int, max count: Int = Worker.acceptsPerEvent) {
        if !listenerSockets[index].isOpen || listenerSockets[index].isPaused { return }
        let fd = listenerSockets[index].fd
        for _ in 0..<count {
            if !isDraining && isFull {
                pauseAccepting(index)
                return
            }
            switch Syscall.accept(fd) {
            case .accepted(let connection, let peer): place(connection, peer, listener: index)
            case .wouldBlock: return
            case .aborted: continue
            case .outOfDescriptors:
                pauseAccepting(index)
                return
            case .failed:
                shard.add(listeners[index].acceptErrors)
                return
            }
        }
    }

    private func pauseAccepting(_ index: Int) {
        poller.remove(listenerSockets[index].fd)
        waitToResume(index)
    }

    private func waitToResume(_ index: Int) {
        shard.add(listeners[index].acceptPaused)
        listenerSockets[index].isPaused = true
        _ = timers.schedule(
            TokenKind.acceptResume.token(0, UInt32(index)), at: now + Self.acceptPauseNanos)
    }

    func resumeAccepting(_ index: Int) {
        guard listenerSockets[index].isOpen else { return }
        listenerSockets[index].isPaused = false
        if !watchListener(index) { waitToResume(index) }
    }

    /// Takes what is already queued, then closes: a queued connection would be reset.
    func closeListener(_ index: Int) {
        guard listenerSockets[index].isOpen else { return }
        accept(index, max: Self.backlogMax)
        listenerSockets[index].isOpen = false
        Syscall.close(listenerSockets[index].fd)
    }

    /// Makes a connection this worker's. Nil when it had to be closed at once. With exact balance a
    /// place is taken already, and given back when it closes.
    func open(
        _ fd: Int32, _ peer: SocketAddress, listener: Int, acceptedNanos: UInt64
    ) -> UInt32? {
        shard.add(listeners[listener].connectionsTotal)
        shard.add(setup.metrics.thread.connectionsTotal)
        guard let handle = downstreams.insert(Downstream(fd: fd, generation: 0, listener: 0)) else {
            shard.add(listeners[listener].connectionsOverflow)
            shard.add(listeners[listener].connectionsDestroyed)
            Syscall.close(fd)
            setup.balance?.release(setup.index)
            return nil
        }
        let index = handle.index
        downstreams[index].generation = handle.generation
        downstreams[index].listener = UInt16(listener)
        downstreams[index].acceptedNanos = acceptedNanos
        downstreams[index].peer = PeerText(peer)
        shard.add(listeners[listener].connectionsActive, 1)
        shard.add(setup.metrics.thread.connectionsActive, 1)
        let token = TokenKind.downstream.token(handle.generation, index)
        guard poller.add(fd, token, edgeTriggered: true, [.readable, .writable]) else {
            shard.add(listeners[listener].connectionsOverflow)
            closeDownstream(index)
            return nil
        }
        setDeadline(index, now + setup.config.timeouts.headNanos)
        return index
    }

    /// Ends a client connection and gives back all it holds. The request in flight, if any, must
    /// have been ended before.
    func closeDownstream(_ index: UInt32) {
        let listener = Int(downstreams[index].listener)
        precondition(
            downstreams[index].upstream == Downstream.noUpstream,
            "BUG: a client connection closed with an upstream bound to it")
        giveBack(&downstreams[index].input)
        giveBack(&downstreams[index].output)
        timers.cancel(downstreams[index].timer)
        Syscall.close(downstreams[index].fd)
        shard.add(listeners[listener].connectionsActive, -1)
        shard.add(setup.metrics.thread.connectionsActive, -1)
        shard.add(listeners[listener].connectionsDestroyed)
        shard.record(listeners[listener].connectionLength, now &- downstreams[index].acceptedNanos)
        downstreams.remove(index)
        setup.balance?.release(setup.index)
        endDrainIfIdle()
    }

    func giveBack(_ buffer: inout Buffer) {
        if !buffer.isLent { return }
        blocks.giveBack(buffer.block)
        buffer = Buffer()
    }
}

extension PeerText {
    init(_ address: SocketAddress) {
        self.init()
        var text = InlineArray<46, UInt8>(repeating: 0)
        var span = text.mutableSpan
        count = unsafe span.withUnsafeMutableBytes { bytes in
            unsafe UInt8(truncatingIfNeeded: address.writeIP(into: bytes))
        }
        bytes = text
    }
}
