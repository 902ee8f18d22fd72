// The end of a server: workers drain, the sinks get the last snapshot, the history is closed clean,
// the summary is said. Each step has its own limit, so a stuck worker or a dead disk delays the end
// but never prevents it. Order: docs/internals/threads.md.

import EventLoop
import Glibc
import Stats

extension Server {
    func handle(_ signal: ServerSignal) {
        switch signal {
        case .hangUp:
            Log.info("SIGHUP is reserved for reloading and does nothing yet")
        case .interrupt where phase != .serving:
            Log.warning("second SIGINT: ending at once, the last flush may be missing")
            _exit(130)
        case .interrupt: beginDrain("SIGINT")
        case .terminate: beginDrain("SIGTERM")
        }
    }

    func beginDrain(_ reason: String) {
        guard phase == .serving else { return }
        phase = .draining
        admin?.isLive = false
        Log.info("\(reason): draining, up to \(DurationText.text(settings.drainNanos))")
        history?.record(event: "drain", text: reason)
        removeSocketFiles()
        let deadline = loop.nowNanos + settings.drainNanos
        for worker in workers where worker.isAlive {
            worker.mailbox.post(.drain(deadlineNanos: deadline))
        }
        loop.schedule(MainToken.drainDeadline.token(), at: deadline + Self.drainGraceNanos)
        closeIfDrained()
    }

    /// At the begin of the drain, while the files are surely ours: a successor may make its own
    /// under the same names before this process has ended.
    private func removeSocketFiles() {
        for listener in config.listeners {
            if let path = listener.address.path { _ = unsafe unlink(path) }
        }
    }

    /// How long after the drain's deadline main still waits for a worker's last cut.
    private static var drainGraceNanos: UInt64 { 1_000_000_000 }

    func workerDrained(_ worker: Int, _ cut: Cut) {
        registry.apply(cut)
        registry.close(shard: workers[worker].shardID)
        endWorker(worker)
    }

    func workerFailed(_ worker: Int, _ reason: String) {
        Log.error("\(workers[worker].name) cannot run: \(reason)")
        exitCode = 1
        endWorker(worker)
        beginDrain("\(workers[worker].name) failed")
    }

    private func endWorker(_ worker: Int) {
        workers[worker].isAlive = false
        guardDog?.mailbox.post(.forget(thread: workers[worker].name))
        perform(rounds.ended(worker: worker, nowNanos: loop.nowNanos))
        closeIfDrained()
    }

    func drainDeadlinePassed() {
        guard phase == .draining else { return }
        for index in workers.indices where workers[index].isAlive {
            Log.error("\(workers[index].name) did not end its drain; going on without its last cut")
            registry.markLate(shard: workers[index].shardID)
            perform(rounds.ended(worker: index, nowNanos: loop.nowNanos))
        }
        beginClosing()
    }

    private func closeIfDrained() {
        if phase == .draining && workers.allSatisfy({ !$0.isAlive }) { beginClosing() }
    }

    // MARK: Closing

    private func beginClosing() {
        phase = .closing
        loop.schedule(
            MainToken.closeDeadline.token(), at: loop.nowNanos + Self.closeLimitNanos)
        perform(rounds.want(CutWishes(final: true), nowNanos: loop.nowNanos))
    }

    /// How long the history thread gets for its last frame and checkpoint.
    private static var closeLimitNanos: UInt64 { 5_000_000_000 }

    /// The last snapshot is out: statsd has had it, the history thread gets it now.
    func closeSinks(_ snapshot: Snapshot) {
        guard let history, history.isOpen else { return end() }
        history.close(final: snapshot)
    }

    func historyClosed() {
        if phase == .closing { end() }
    }

    func closeDeadlinePassed() {
        guard phase == .closing else { return }
        Log.error("the history was not closed in 5 s; its last frame may be missing")
        end()
    }

    private func end() {
        phase = .ended
        admin?.closeAll()
        if let path = admin?.address.path { _ = unsafe unlink(path) }
        readers?.stop()
        guardDog?.mailbox.post(.stop)
        for worker in workers where !worker.isAlive { worker.thread.join() }
        guardDog?.thread.join()
        sayEnd()
    }
}
