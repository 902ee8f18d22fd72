// A worker: one thread, one event loop, the connections it accepted, its own upstream pools and
// its own shard of numbers. Everything here is touched by that thread alone; other threads speak
// to it through its mailbox. It never locks, waits or allocates for a request once warm.
// Topics live in extensions: Worker+Accept, +Request, +Response, +Pool, +Relay, +Reply, ...

import EventLoop
import HTTP1
import Stats

/// Kinds of `Token` in a worker's poller and timer wheel.
enum TokenKind: UInt8 {
    case mailbox
    case listener
    case downstream
    case upstream
    case acceptResume
    case drainDeadline
    case alarm

    func token(_ generation: UInt32 = 0, _ index: UInt32 = 0) -> Token {
        Token(kind: rawValue, generation: generation, index: index)
    }
}

final class Worker {
    /// `now` is written for every event: it shares no line with the heap's next object.
    private let before = Padding()
    let setup: WorkerSetup
    let shard: Shard
    let poller: Poller
    private let alarm: Alarm
    let timers: TimerWheel
    let blocks: BlockPool
    let scratch: Scratch
    let request: Owned<RequestContext>
    let filters: Owned<FilterChain>
    let responseParser: Owned<HeadParser>

    let downstreams: Slab<Downstream>
    let upstreams: Slab<Upstream>
    let endpoints: FixedArray<Endpoint>
    let clusters: FixedArray<Cluster>
    let listeners: FixedArray<ListenerMetrics>
    let clusterMetrics: FixedArray<ClusterMetrics>
    let listenerCodes: FixedArray<CodeCounters>
    let clusterCodes: FixedArray<CodeCounters>
    let listenerSockets: FixedArray<ListenerSocket>
    let pending: Owned<PendingTokens>
    let pipes: Owned<PipePool>
    let date: Owned<DateText>

    /// Monotonic nanoseconds, read once per event.
    var now: UInt64
    /// When the alarm rings; it may ring for nothing, never too late.
    private var alarmNanos = UInt64.max
    var isDraining = false
    /// The drain's deadline has passed: nothing is opened any more.
    var isDrainOver = false
    var isFinished = false
    private let after = Padding()

    /// Made on the worker's own thread.
    init(_ setup: WorkerSetup, shard: Shard) throws(SystemError) {
        self.setup = setup
        self.shard = shard
        let config = setup.config
        now = Clock.monotonicNanos()
        poller = try Poller()
        alarm = try Alarm()
        timers = TimerWheel(nowNanos: now)
        blocks = BlockPool()
        pipes = Owned(PipePool(lentMax: config.limits.pipesMax))
        scratch = Scratch(count: Self.scratchBytes)
        request = Owned(RequestContext(limits: HeadLimits()))
        responseParser = Owned(HeadParser(limits: HeadLimits()))
        let random = Xoshiro256()
        filters = Owned(
            FilterChain(requestID: RequestIDFilter(random: random), forwarded: ForwardedFilter()))
        downstreams = Slab(
            capacity: config.limits.downstreamConnectionsMax,
            initial: Downstream(fd: -1, generation: 0, listener: 0))
        upstreams = Slab(
            capacity: config.limits.upstreamConnectionsMax * max(1, config.clusters.count),
            initial: Upstream(fd: -1, generation: 0, endpoint: 0))
        endpoints = FixedArray(Cluster.endpoints(of: config, metrics: setup.metrics))
        clusters = FixedArray(Cluster.all(of: config, startingAt: setup.index))
        listeners = FixedArray(setup.metrics.listeners)
        clusterMetrics = FixedArray(setup.metrics.clusters)
        listenerCodes = FixedArray(
            setup.metrics.listeners.map { CodeCounters(family: $0.codeFamily, label: $0.label) })
        clusterCodes = FixedArray(
            setup.metrics.clusters.map { CodeCounters(family: $0.codeFamily, label: $0.label) })
        listenerSockets = FixedArray(
            setup.listenerDescriptors.map { ListenerSocket(fd: $0) })
        pending = Owned(PendingTokens())
        date = Owned(DateText())
        addSources()
        setup.balance?.open(setup.index)
    }

    /// What is written here must fit a large block, which keeps it when a socket is full.
    static let scratchBytes = BlockPool.largeBytes

    private func addSources() {
        guard
            poller.add(
                setup.mailbox.wakeDescriptor, TokenKind.mailbox.token(), edgeTriggered: false,
                .readable)
        else { fatalError("epoll_ctl on the mailbox") }
        guard
            poller.add(
                alarm.rawValue, TokenKind.alarm.token(), edgeTriggered: true, .readable)
        else { fatalError("epoll_ctl on the alarm") }
        for index in 0..<listenerSockets.count where !watchListener(index) {
            fatalError("epoll_ctl on a listening socket")
        }
    }

    /// The thread's body: returns after a drain.
    func run() {
        let metrics = setup.metrics.thread
        while !isFinished {
            setup.heartbeat.rest()
            let count = pending.value.isEmpty ? waitForEvents() : poller.wait(timeoutMillis: 0)
            now = Clock.monotonicNanos()
            let turnStart = now
            setup.heartbeat.beat(now)
            for index in 0..<count {
                let event = poller.event(index)
                dispatch(event.token, event.readiness)
            }
            runPending()
            expireTimers()
            shard.add(metrics.turns)
            shard.record(metrics.loopDuration, now &- turnStart)
        }
    }

    /// Sleeps until there is an event, a timer is due, or the heartbeat is.
    private func waitForEvents() -> Int {
        let millis = timers.pollTimeoutMillis(nowNanos: now, cap: Self.heartbeatMillis)
        if millis == 0 { return poller.wait(timeoutMillis: 0) }
        let wakeNanos = now &+ UInt64(millis) &* 1_000_000
        if wakeNanos < alarmNanos {
            alarm.set(atNanos: wakeNanos)
            alarmNanos = wakeNanos
        }
        return poller.wait(timeoutMillis: -1)
    }

    /// A loop with nothing to do still turns this often, which is what the guard dog watches.
    static let heartbeatMillis: Int32 = 500

    private func dispatch(_ token: Token, _ readiness: Readiness) {
        switch TokenKind(rawValue: token.kind) {
        case .downstream: downstreamReady(token, readiness)
        case .upstream: upstreamReady(token, readiness)
        case .listener: accept(Int(token.index))
        case .mailbox: drainMailbox()
        case .alarm: alarmNanos = .max
        case .acceptResume, .drainDeadline, nil:
            preconditionFailure("BUG: token kind \(token.kind) is not a descriptor's")
        }
    }

    /// Reads the clock after work whose duration matters.
    @inline(__always) func tick() {
        #if !WEIR_UNCOUNTED
        now = Clock.monotonicNanos()
        #endif
    }

    private func expireTimers() {
        while let token = timers.nextExpired(nowNanos: now) {
            switch TokenKind(rawValue: token.kind) {
            case .downstream: downstreamTimer(token)
            case .upstream: upstreamTimer(token)
            case .acceptResume: resumeAccepting(Int(token.index))
            case .drainDeadline: endDrain()
            case .listener, .mailbox, .alarm, nil:
                preconditionFailure("BUG: token kind \(token.kind) has no timer")
            }
        }
    }

    // MARK: Work put off to the end of the turn

    /// Goes on with a connection after the other events of this turn, for fairness.
    func resumeLater(_ token: Token) {
        pending.value.append(token)
    }

    private func runPending() {
        for _ in 0..<pending.value.count {
            guard let token = pending.value.popFirst() else { return }
            dispatch(token, [])
        }
    }
}

/// Connections whose turn was cut short, first in first out. Holds at most twice what waits.
struct PendingTokens: ~Copyable {
    private var tokens: [Token] = []
    private var head = 0

    var isEmpty: Bool { head == tokens.count }
    var count: Int { tokens.count - head }

    mutating func append(_ token: Token) {
        if head * 2 >= tokens.count {
            // Moves no more than was taken out since the last time.
            tokens.removeFirst(head)
            head = 0
        }
        tokens.append(token)
    }

    mutating func popFirst() -> Token? {
        if isEmpty { return nil }
        head += 1
        return tokens[head - 1]
    }
}
