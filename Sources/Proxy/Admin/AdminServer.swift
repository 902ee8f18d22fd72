// The admin listener and its connections, on main's loop: accepts, parses, routes, sends. Small
// answers are written here; pages rendered from a snapshot are asked for by an event and come back
// as bytes from a reader thread. Everything is bounded: connections, input, time without progress,
// bytes sent per turn. Main thread.

import EventLoop
import HTTP1
import History
import QueryAPI
import Stats

/// What the admin asks of the server.
enum AdminEvent {
    /// A fresh snapshot for this connection's page.
    case scrape(ScrapeTicket)
    /// Execute a request to the query API.
    case query(ScrapeTicket, APIRequest, QueryCancellation)
    /// Write something into the history.
    case mark(ScrapeTicket, HistoryMark)
    /// POST /quitquitquit.
    case quit
}

final class AdminServer {
    static let connectionsMax = 64
    /// Clients that get their queries instead of posting them need some.
    private static let targetBytesMax = 8192
    private static let sendBytesPerTurn = 1 << 20
    private static let idleNanos: UInt64 = 60_000_000_000
    private static let headNanos: UInt64 = 10_000_000_000
    static let writeNanos: UInt64 = 30_000_000_000
    private static let lingerNanos: UInt64 = 1_000_000_000
    private static let acceptPauseNanos: UInt64 = 100_000_000

    let address: SocketAddress
    /// Shown by /ready and /server_info.
    var isLive = true
    var events: [AdminEvent] = []

    private let listener: FileDescriptor
    let loop: MainLoop
    let shard: Shard
    let metrics: AdminMetrics
    let queryMetrics: QueryMetrics
    let facts: () -> ServerFacts
    let checksHost: Bool
    var parser: HeadParser
    var connections: [AdminConnection?] = Array(repeating: nil, count: connectionsMax)
    private var nextGeneration: UInt32 = 1
    private var isPaused = false

    init(
        _ address: SocketAddress, loop: MainLoop, shard: Shard, metrics: AdminMetrics,
        queryMetrics: QueryMetrics, facts: @escaping () -> ServerFacts
    ) throws(SystemError) {
        listener = try Sockets.listen(address, reusePort: false, backlog: 128)
        self.address = Sockets.localAddress(listener.rawValue) ?? address
        self.loop = loop
        self.shard = shard
        self.metrics = metrics
        self.queryMetrics = queryMetrics
        self.facts = facts
        var limits = HeadLimits()
        limits.headBytes = AdminConnection.inputBytesMax
        limits.targetBytes = Self.targetBytesMax
        parser = HeadParser(limits: limits)
        checksHost = HostCheck.isLoopback(self.address)
        watchListener()
    }

    func takeEvents() -> [AdminEvent] {
        defer { events = [] }
        return events
    }

    // MARK: Accepting

    private func watchListener() {
        loop.poller.add(
            listener.rawValue, MainToken.adminListener.token(), edgeTriggered: false, .readable)
    }

    func accept() {
        while !isPaused {
            switch Syscall.accept(listener.rawValue) {
            case .accepted(let fd, _): admit(fd)
            case .aborted: continue
            case .wouldBlock: return
            case .outOfDescriptors, .failed: pauseAccepting()
            }
        }
    }

    private func admit(_ fd: Int32) {
        guard let slot = connections.firstIndex(where: { $0 == nil }) else {
            shard.add(metrics.connectionsOverflow)
            return Syscall.close(fd)
        }
        var connection = AdminConnection(fd: fd, generation: nextGeneration & 0xFF_FFFF)
        nextGeneration &+= 1
        let token = MainToken.adminConnection.token(connection.generation, UInt32(slot))
        guard loop.poller.add(fd, token, edgeTriggered: false, .readable) else {
            return Syscall.close(fd)
        }
        connection.timer = loop.schedule(token, at: loop.nowNanos + Self.idleNanos)
        connections[slot] = connection
        shard.add(metrics.connectionsTotal)
        shard.add(metrics.connectionsActive, 1)
    }

    /// Out of descriptors: trying again at once would spin.
    private func pauseAccepting() {
        isPaused = true
        loop.poller.remove(listener.rawValue)
        loop.schedule(
            MainToken.adminAcceptResume.token(), at: loop.nowNanos + Self.acceptPauseNanos)
    }

    func resumeAccepting() {
        isPaused = false
        watchListener()
    }

    // MARK: Events of connections

    func ready(_ token: Token, _ readiness: Readiness) {
        guard let slot = slot(of: token) else { return }
        switch connections[slot]!.phase {
        case .reading, .lingering: read(slot)
        case .writing:
            write(slot)
            proceed(slot)
        case .rendering:
            // Not asked for: the peer has gone, and its body will find nobody.
            if !readiness.isDisjoint(with: [.error, .hangUp]) { return close(slot) }
            if readiness.contains(.peerClosed) { queryAbandoned(slot) }
        }
    }

    func deadlinePassed(_ token: Token) {
        guard let slot = slot(of: token) else { return }
        connections[slot]!.timer = .none
        if connections[slot]!.phase != .lingering { shard.add(metrics.timeouts) }
        close(slot)
    }

    func closeAll() {
        for slot in connections.indices where connections[slot] != nil { close(slot) }
        loop.poller.remove(listener.rawValue)
    }

    private func slot(of token: Token) -> Int? {
        let slot = Int(token.index)
        return connections[slot]?.generation == token.generation ? slot : nil
    }

    private func read(_ slot: Int) {
        let room = connections[slot]!.inputRoom
        var block = [UInt8](repeating: 0, count: max(1, room))
        let fd = connections[slot]!.fd
        let result = unsafe block.withUnsafeMutableBytes { unsafe Syscall.receive(fd, into: $0) }
        switch result {
        case .bytes where connections[slot]!.phase == .lingering: return
        case .bytes(let count):
            if connections[slot]!.input.isEmpty { setDeadline(slot, Self.headNanos) }
            connections[slot]!.input += block[..<count]
            proceed(slot)
        case .wouldBlock: return
        case .end, .failed: close(slot)
        }
    }

    func write(_ slot: Int) {
        let before = connections[slot]!.bytesToSend
        guard let isDone = connections[slot]!.send(bytesMax: Self.sendBytesPerTurn) else {
            return close(slot)
        }
        if !isDone {
            if connections[slot]!.bytesToSend < before { setDeadline(slot, Self.writeNanos) }
            return setInterest(slot, .writable)
        }
        if connections[slot]!.closesAfter { return closeGently(slot) }
        connections[slot]!.startReading()
        setInterest(slot, .readable)
        setDeadline(slot, Self.idleNanos)
    }

    // MARK: Small steps

    func setInterest(_ slot: Int, _ interest: Readiness) {
        let connection = connections[slot]!
        let token = MainToken.adminConnection.token(connection.generation, UInt32(slot))
        loop.poller.modify(connection.fd, token, edgeTriggered: false, interest)
    }

    func setDeadline(_ slot: Int, _ nanos: UInt64) {
        loop.reschedule(&connections[slot]!.timer, to: loop.nowNanos + nanos)
    }

    /// FIN after the last byte; then what the peer still sends is read and thrown away for a
    /// moment, because closing with unread bytes resets the connection and takes the answer along.
    private func closeGently(_ slot: Int) {
        Syscall.shutdownWrite(connections[slot]!.fd)
        connections[slot]!.phase = .lingering
        setInterest(slot, .readable)
        setDeadline(slot, Self.lingerNanos)
    }

    private func close(_ slot: Int) {
        guard let connection = connections[slot] else { return }
        connection.cancellation?.raise()
        loop.cancel(connection.timer)
        Syscall.close(connection.fd)
        connections[slot] = nil
        shard.add(metrics.connectionsActive, -1)
    }
}
