// Bringing everything up, in the order of who needs whom: guard dog (it is told of every thread),
// sockets (they fail most often), admin and readers, sinks, workers, demo traffic, and at last the
// text that says where everything is. Main thread.

import EventLoop
import History
import HistoryQuery
import QueryAPI
import Stats

/// The process cannot do its job: one line for a person, exit code 1.
struct StartFailure: Error, CustomStringConvertible {
    let description: String
}

extension Server {
    func start() throws(StartFailure) {
        let limit = Machine.raiseDescriptorLimit()
        shard.set(metrics.descriptorLimit, Int64(clamping: limit))
        if limit > 0 {
            config.limits.downstreamConnectionsPause = Self.connectionsShare(
                limit, workers: settings.concurrency, listeners: config.listeners.count)
            // A quarter of the descriptors that are not set aside for clients, at most.
            config.limits.pipesMax = min(
                config.limits.pipesMax, config.limits.downstreamConnectionsPause / 8)
        }
        do throws(SystemError) {
            try startGuardDog()
            if settings.isDemo { try startDemoOrigin() }
        } catch {
            throw StartFailure(description: "cannot start: \(error)")
        }
        let sockets: ListenerSockets
        do throws(SystemError) {
            sockets = try ListenerSockets(config.listeners, workers: settings.concurrency)
        } catch {
            throw StartFailure(
                description: ListenerSockets.complaint(error, flag: "--listen"))
        }
        config.listeners = sockets.listeners
        do throws(SystemError) {
            startAdmin()
            try startSinks()
            try startWorkers(sockets)
            if settings.isDemo { try startDemoTraffic() }
        } catch {
            throw StartFailure(description: "cannot start: \(error)")
        }
        if history == nil {
            sayStart()
        } else {
            // The history thread says within moments whether its file can be had.
            loop.schedule(
                MainToken.startText.token(), at: loop.nowNanos + Self.startTextNanos)
        }
    }

    /// A worker's client connections when each has an upstream one; the process, the history, the
    /// admin and the listeners keep theirs.
    static func connectionsShare(_ limit: Int, workers: Int, listeners: Int) -> Int {
        let own = 32 + workers * (3 + listeners)
        return max(8, (limit - own) / 2 / workers)
    }

    private static var startTextNanos: UInt64 { 500_000_000 }

    // MARK: Threads

    /// A named thread whose CPU clock the guard dog reads.
    func spawn(
        _ name: String, cpu: Int? = nil, _ body: sending @escaping () -> Void
    ) throws(SystemError) -> Thread {
        let thread = try Thread.spawn(name: name, cpu: cpu, body)
        guardDog?.mailbox.post(.clock(thread: name, thread.cpuClock))
        return thread
    }

    private func startGuardDog() throws(SystemError) {
        var watched = [WatchedThread(name: "main", heartbeat: heartbeat)]
        for index in 0..<settings.concurrency {
            watched.append(WatchedThread(name: "wrk:\(index)", heartbeat: Heartbeat()))
        }
        for thread in watched { watch[thread.name] = WatchMetrics(catalogue, thread: thread.name) }
        heartbeats = watched.dropFirst().map(\.heartbeat)
        let box = try Mailbox<GuardDogMessage>()
        let main = mailbox
        let list = watched
        let dogThread = try Thread.spawn(name: "dog", cpu: nil) {
            GuardDog.serve(watching: list, mailbox: box, main: main)
        }
        guardDog = GuardDogHandle(mailbox: box, thread: dogThread)
        box.post(.clock(thread: "dog", dogThread.cpuClock))
        box.post(.clock(thread: "main", ThreadCPUClock.current))
    }

    private func startWorkers(_ sockets: ListenerSockets) throws(SystemError) {
        let cpus = settings.pinsWorkers ? Machine.affinityCPUs() : []
        var boxes: [Mailbox<WorkerMessage>] = []
        for _ in 0..<settings.concurrency { boxes.append(try Mailbox<WorkerMessage>()) }
        let isExact = config.connectionBalance == .exact && boxes.count > 1
        let balance = isExact ? ConnectionBalance(mailboxes: boxes) : nil
        for (index, box) in boxes.enumerated() {
            let name = "wrk:\(index)"
            let workerMetrics = WorkerMetrics(catalogue: catalogue, config: config, worker: index)
            let setup = WorkerSetup(
                index: index, config: config, listenerDescriptors: sockets.descriptors[index],
                mailbox: box, main: mailbox, heartbeat: heartbeats[index],
                metrics: workerMetrics, balance: balance)
            let workerShard = registry.makeShard(name: name)
            let handover = ShardHandover(shard: workerShard)
            let cpu = cpus.isEmpty ? nil : cpus[index % cpus.count]
            let thread = try spawn(name, cpu: cpu) {
                Server.work(setup, handover)
            }
            workers.append(
                WorkerHandle(
                    name: name, mailbox: box, heartbeat: heartbeats[index],
                    shardID: workerShard.id, thread: thread,
                    connectionsActive: workerMetrics.thread.connectionsActive))
        }
        rounds = CutRounds(workers: workers.count)
    }

    /// The body of a worker's thread.
    private static func work(_ setup: WorkerSetup, _ handover: ShardHandover) {
        do throws(SystemError) {
            try Worker(setup, shard: handover.shard).run()
        } catch {
            setup.main.post(.workerFailed(worker: setup.index, reason: "\(error)"))
        }
    }

    // MARK: Admin and sinks

    private func startAdmin() {
        guard let address = settings.admin else { return }
        let metrics = AdminMetrics(catalogue)
        let queryMetrics = QueryMetrics(catalogue)
        do throws(SystemError) {
            readers = try ReaderPool(
                main: mailbox, metrics: metrics, queryMetrics: queryMetrics,
                history: historyOpener
            ) {
                (name, body) throws(SystemError) in try self.spawn(name, body)
            }
            admin = try AdminServer(
                address, loop: loop, shard: shard, metrics: metrics, queryMetrics: queryMetrics
            ) {
                [unowned self] in self.facts()
            }
        } catch {
            let text = ListenerSockets.complaint(error, flag: "--admin")
            Log.error("no admin: \(text)")
        }
    }

    /// How a reader gets at the history of `--history`.
    private var historyOpener: HistoryOpener {
        guard let path = settings.historyPath else { return QueryRunner.noHistory }
        return { () throws(APIFailure) in
            do throws(HistoryError) {
                return HistorySource(try HistoryReader(path: path))
            } catch {
                throw APIFailure(.unavailable, "no history: \(error)")
            }
        }
    }

    private func startSinks() throws(SystemError) {
        if let target = settings.statsd {
            statsd = StatsdSink(
                target, metrics: StatsdMetrics(catalogue), sink: registry.addSink("statsd"))
        }
        if let path = settings.historyPath {
            var options = HistoryOptions(
                path: path, version: Options.version, configHash: config.fingerprint,
                retention: settings.historyRetention, sizeCapBytes: settings.historyBytesMax)
            options.adminURL = admin?.address.localURL ?? ""
            let sink = HistorySink(
                options, metrics: HistoryMetrics(catalogue), sink: registry.addSink("history"))
            try sink.start(main: mailbox, startMillis: startWallMillis) {
                (name, body) throws(SystemError) in
                try self.spawn(name, body)
            }
            history = sink
        }
    }

    // MARK: Demo

    private func startDemoOrigin() throws(SystemError) {
        let address = try Demo.startOrigin { (name, body) throws(SystemError) in
            try self.spawn(name, body)
        }
        config.clusters[0].endpoints = [address]
    }

    private func startDemoTraffic() throws(SystemError) {
        try Demo.startTraffic(to: config.listeners[0].address) {
            (name, body) throws(SystemError) in try self.spawn(name, body)
        }
    }
}

/// Carries a shard to its thread. Unchecked because `Shard` is not Sendable: main makes it, keeps
/// only its id, and never touches it again.
struct ShardHandover: @unchecked Sendable {
    let shard: Shard
}

extension SocketAddress {
    /// How a program on this machine reaches a server that listens here; nil on a UNIX socket.
    fileprivate var localURL: String? {
        guard let ip = ipText, let port else { return nil }
        let host = ip == "0.0.0.0" ? "127.0.0.1" : ip == "::" ? "::1" : ip
        return "http://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
    }
}
