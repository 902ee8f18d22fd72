// Main's end of the history: one snapshot at a time goes to the history thread; while it is busy,
// the newest one waits and replaces the one that waited before. Frames are cumulative, so nothing
// is lost by that, and the queue is bounded at one. Trouble is said once when it begins and once
// when it ends. Main thread; the other side is HistoryThread.

import EventLoop
import History
import Stats

/// Main to the history thread.
enum HistoryOrder: Sendable {
    case frame(Snapshot)
    /// Something for the time axis: a drain, later a change of configuration.
    case event(kind: String, text: String, wallMillis: Int64)
    /// The last one: write, close clean, end the thread.
    case close(Snapshot)
}

/// History thread to main.
enum HistoryReport: Sendable {
    /// The file is open; what there is to know about it (a damaged one was moved aside, ...).
    case opened(notes: [String])
    /// The file cannot be had now; it is tried again.
    case openFailed(String)
    /// There will be no history; the thread has ended.
    case failed(String)
    case wrote(HistoryWrite)
    /// The frame is not in the file; the next one will carry what it had.
    case writeFailed(String)
    case maintained(nanos: UInt64, fileBytes: UInt64)
    case maintenanceFailed(String)
    /// Closed clean, or as clean as could be; the thread has ended.
    case closed
}

/// One frame that reached the file.
struct HistoryWrite: Sendable {
    let sequence: UInt64
    let snapshotNanos: UInt64
    let bytes: Int
    let nanos: UInt64
}

final class HistorySink {
    private enum State {
        case opening, idle, busy, closing, ended
    }

    let options: HistoryOptions
    private let metrics: HistoryMetrics
    private let sink: SinkID
    private var state = State.opening
    private var mailbox: Mailbox<HistoryOrder>?
    private var thread: Thread?
    private var waiting: Snapshot?
    private var failure: String?
    private var failedSince: UInt64 = 0
    /// Of the newest frame in the file; before the first, the start, so that lag is never hidden.
    private var newestNanos = Clock.monotonicNanos()
    private(set) var hasWritten = false
    /// How often the file was opened; another one may have taken its place each time.
    private(set) var openings = 0
    private var gate = LogGate()

    init(_ options: HistoryOptions, metrics: HistoryMetrics, sink: SinkID) {
        self.options = options
        self.metrics = metrics
        self.sink = sink
    }

    func start(
        main: Mailbox<MainMessage>, startMillis: Int64,
        spawn: (String, @escaping @Sendable () -> Void) throws(SystemError) -> Thread
    ) throws(SystemError) {
        let box = try Mailbox<HistoryOrder>()
        let options = options
        thread = try spawn("history") {
            HistoryThread.serve(options, startMillis: startMillis, mailbox: box, main: main)
        }
        mailbox = box
    }

    var path: String { options.path }

    /// Whether the history thread is there to take a last frame.
    var isOpen: Bool { state != .ended }

    /// The start-up text's words.
    var startText: String {
        if state == .ended { return "none (\(failure ?? "ended"))" }
        return failure.map { "\(path) (not yet: \($0))" } ?? path
    }

    // MARK: Frames

    func offer(_ snapshot: Snapshot, shard: Shard) {
        switch state {
        case .idle: send(snapshot)
        case .opening, .busy:
            if waiting != nil { shard.add(metrics.replaced) }
            waiting = snapshot
        case .closing, .ended: return
        }
    }

    /// Rare by nature, so not counted among the bounded frames.
    func record(event kind: String, text: String) {
        if state == .ended || state == .closing { return }
        mailbox?.post(.event(kind: kind, text: text, wallMillis: Clock.wallMillis()))
    }

    func close(final snapshot: Snapshot) {
        if state == .ended || state == .closing { return }
        waiting = nil
        state = .closing
        mailbox?.post(.close(snapshot))
    }

    private func send(_ snapshot: Snapshot) {
        state = .busy
        mailbox?.post(.frame(snapshot))
    }

    private func sendWaiting() {
        guard state == .busy || state == .opening else { return }
        state = .idle
        guard let next = waiting else { return }
        waiting = nil
        send(next)
    }

    // MARK: Reports

    func take(_ report: HistoryReport, registry: Registry, shard: Shard, nowNanos: UInt64) {
        switch report {
        case .opened(let notes):
            openings += 1
            for note in notes { Log.warning("history: \(note)") }
            // A file that was opened again is in the middle of a frame: its report comes too.
            if state == .opening { sendWaiting() }
        case .failed(let reason):
            shard.add(metrics.errors)
            Log.error("no history: \(reason)")
            failure = reason
            state = .ended
            waiting = nil
            registry.removeSink(sink)
            thread?.join()
        case .openFailed(let reason):
            shard.add(metrics.errors)
            began(reason, nowNanos: nowNanos)
            sendWaiting()
        case .wrote(let write):
            wrote(write, registry: registry, shard: shard, nowNanos: nowNanos)
        case .writeFailed(let reason):
            shard.add(metrics.errors)
            began(reason, nowNanos: nowNanos)
            sendWaiting()
        case .maintained(let nanos, let fileBytes):
            shard.record(metrics.maintenanceTime, nanos)
            shard.set(metrics.fileBytes, Int64(clamping: fileBytes))
        case .maintenanceFailed(let reason):
            shard.add(metrics.errors)
            began(reason, nowNanos: nowNanos)
        case .closed:
            state = .ended
            thread?.join()
        }
    }

    private func wrote(
        _ write: HistoryWrite, registry: Registry, shard: Shard, nowNanos: UInt64
    ) {
        shard.add(metrics.writes)
        shard.add(metrics.bytes, UInt64(write.bytes))
        shard.record(metrics.writeTime, write.nanos)
        newestNanos = max(newestNanos, write.snapshotNanos)
        hasWritten = true
        registry.acknowledge(sink, sequence: write.sequence)
        if failure != nil {
            let seconds = (nowNanos - failedSince) / 1_000_000_000
            let text = "history: \(path) is written again, after \(seconds) s; nothing was lost"
            if let line = gate.admit(text, nowNanos: nowNanos) { Log.info(line) }
            failure = nil
        }
        sendWaiting()
    }

    private func began(_ reason: String, nowNanos: UInt64) {
        if failure == nil {
            failedSince = nowNanos
            if let line = gate.admit("history: \(reason)", nowNanos: nowNanos) { Log.error(line) }
        }
        failure = reason
    }

    func publishLag(_ shard: Shard, nowNanos: UInt64) {
        let isLive = state != .ended && failure == nil
        shard.set(metrics.live, isLive ? 1 : 0)
        let lag = nowNanos < newestNanos ? 0 : nowNanos - newestNanos
        shard.set(metrics.lag, Int64(lag))
    }
}
