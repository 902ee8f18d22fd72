// The server: main's thread from start to end. It owns the registry, the loop, and the far ends of
// all other threads; it asks for cuts, merges, hands snapshots to sinks and readers, and accepts
// admin connections. It never touches the data plane and never waits for a disk, a peer, a scraper
// or a worker. Topics: Server+Start, +Cuts, +Reports, +Admin, +Drain. See
// docs/internals/threads.md.

import EventLoop
import Stats

final class Server {
    /// The life of the process, in this order only.
    enum Phase: Int {
        /// Taking requests.
        case serving
        /// Workers finish what they have; admin says 503.
        case draining
        /// Sinks get the last snapshot.
        case closing
        case ended
    }

    let settings: Settings
    let programPath: String
    let loop: MainLoop
    let mailbox: Mailbox<MainMessage>
    let signals: FileDescriptor
    let heartbeat = Heartbeat()
    let startNanos: UInt64
    let startWallMillis: Int64

    let registry: Registry
    let catalogue: Catalogue
    let shard: Shard
    let metrics: ServerMetrics

    var phase = Phase.serving
    var exitCode: Int32 = 0
    var config: ProxyConfig
    var workers: [WorkerHandle] = []
    var rounds = CutRounds(workers: 0)
    var grid: FlushGrid
    var applyNanos: UInt64 = 0
    var foldedSeen: UInt64 = 0
    var refusedRecordsSeen: UInt64 = 0
    var droppedLinesSeen: UInt64 = 0
    var lastSnapshot: Snapshot?
    var lastFlush: Snapshot?

    var guardDog: GuardDogHandle?
    /// Of the workers, by index.
    var heartbeats: [Heartbeat] = []
    var watch: [String: WatchMetrics] = [:]
    var cpu: [String: ThreadClockReading] = [:]
    var readers: ReaderPool?
    var admin: AdminServer?
    var history: HistorySink?
    var statsd: StatsdSink?
    var hasSaidStart = false

    init(_ settings: Settings, programPath: String) throws(SystemError) {
        self.settings = settings
        self.programPath = programPath
        Signals.ignoreBrokenPipe()
        Signals.block(ServerSignal.allCases.map(\.rawValue))
        signals = try Signals.descriptor(ServerSignal.allCases.map(\.rawValue))
        loop = try MainLoop()
        mailbox = try Mailbox<MainMessage>()
        startNanos = loop.nowNanos
        startWallMillis = Clock.wallMillis()
        registry = Registry()
        catalogue = Catalogue(registry)
        metrics = ServerMetrics(catalogue)
        shard = registry.makeShard(name: "main")
        config = settings.proxy
        grid = FlushGrid(startNanos: startNanos, intervalNanos: settings.flushIntervalNanos)
    }

    /// Serves until drained; returns the exit code.
    func run() -> Int32 {
        watchSources()
        loop.schedule(MainToken.flush.token(), at: grid.nextNanos)
        while phase != .ended { turn() }
        return exitCode
    }

    private func watchSources() {
        guard
            loop.poller.add(
                mailbox.wakeDescriptor, MainToken.mailbox.token(), edgeTriggered: false, .readable),
            loop.poller.add(
                signals.rawValue, MainToken.signal.token(), edgeTriggered: false, .readable)
        else { fatalError("epoll_ctl on the mailbox and signals") }
    }

    /// A loop with nothing to do still turns this often, which is what the guard dog watches.
    private static let heartbeatMillis: Int32 = 500

    private func turn() {
        let count = loop.wait(capMillis: Self.heartbeatMillis)
        let turnStart = loop.nowNanos
        heartbeat.beat(turnStart)
        for index in 0..<count {
            let event = loop.poller.event(index)
            dispatch(event.token, event.readiness)
        }
        while let token = loop.nextExpired() { expire(token) }
        takeAdminEvents()
        shard.add(metrics.loop.turns)
        shard.record(metrics.loop.loopDuration, Clock.monotonicNanos() &- turnStart)
        heartbeat.rest()
    }

    private func dispatch(_ token: Token, _ readiness: Readiness) {
        switch MainToken(rawValue: token.kind) {
        case .mailbox: drainMailbox()
        case .signal: takeSignals()
        case .adminListener: admin?.accept()
        case .adminConnection: admin?.ready(token, readiness)
        case .flush, .cutDeadline, .drainDeadline, .closeDeadline, .startText, .adminAcceptResume,
            nil:
            preconditionFailure("BUG: token kind \(token.kind) is not a descriptor's")
        }
    }

    private func expire(_ token: Token) {
        switch MainToken(rawValue: token.kind) {
        case .flush: flushTick()
        case .cutDeadline: perform(rounds.deadlinePassed(nowNanos: loop.nowNanos))
        case .drainDeadline: drainDeadlinePassed()
        case .closeDeadline: closeDeadlinePassed()
        case .startText: sayStart()
        case .adminConnection: admin?.deadlinePassed(token)
        case .adminAcceptResume: admin?.resumeAccepting()
        case .mailbox, .signal, .adminListener, nil:
            preconditionFailure("BUG: token kind \(token.kind) has no timer")
        }
    }

    private func takeSignals() {
        while let number = Signals.readSignal(signals.rawValue) {
            if let signal = ServerSignal(rawValue: number) { handle(signal) }
        }
    }

    private func drainMailbox() {
        let handled = mailbox.drain { handle($0) }
        shard.add(metrics.loop.mailboxMessages, UInt64(handled))
        shard.set(metrics.loop.mailboxDepth, Int64(handled))
    }

    private func handle(_ message: MainMessage) {
        switch message {
        case .cut(let worker, let sequence, let cut, let postedNanos):
            let delayNanos = max(loop.nowNanos, postedNanos) - postedNanos
            shard.record(metrics.loop.pollDelay, delayNanos)
            take(cut, worker: worker, sequence: sequence)
        case .drained(let worker, let cut): workerDrained(worker, cut)
        case .workerFailed(let worker, let reason): workerFailed(worker, reason)
        case .history(let report): historyReported(report)
        case .rendered(let reader, let body): bodyRendered(reader, body)
        case .queried(let reader, let answer): queryAnswered(reader, answer)
        case .stall(let report): stallReported(report)
        case .vitals(let vitals): vitalsRead(vitals)
        }
    }
}
