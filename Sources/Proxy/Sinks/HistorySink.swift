// Main's end of the history: one snapshot at a time goes to the history thread, the others wait in
// a bounded queue. One that could not be written goes back to its head and is tried again with the
// next flush; when the queue is full the oldest are merged, which costs resolution and no count.
// Trouble is said once when it begins and once when it ends. Main thread; the other side is
// HistoryThread.

import EventLoop
import History
import Stats

/// Main to the history thread.
enum HistoryOrder: Sendable {
    case frame(Snapshot)
    /// Something for the time axis: a drain, later a change of configuration.
    case event(kind: String, text: String, wallMillis: Int64)
    /// Something a client of the admin wants to have marked.
    case mark(ScrapeTicket, HistoryMark)
    /// The last one: write what waits and the final snapshot, close clean, end the thread.
    case close(waiting: [Snapshot], final: Snapshot)
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
    /// The frame is not in the file; it, or one after it, will be.
    case writeFailed(String)
    case marked(ScrapeTicket, MarkResult)
    case maintained(HistoryUpkeep)
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

/// One round of upkeep.
struct HistoryUpkeep: Sendable {
    let nanos: UInt64
    let fileBytes: UInt64
    let framesLost: UInt64
    let livesLost: UInt64
}

final class HistorySink {
    /// Marks of clients that may wait for the disk at a time.
    static let marksMax = 16

    private enum State {
        case opening, idle, busy, closing, ended
    }

    let options: HistoryOptions
    private let metrics: HistoryMetrics
    private let sink: SinkID
    private var state = State.opening
    private var mailbox: Mailbox<HistoryOrder>?
    private var thread: Thread?
    private var waiting = FrameQueue<Snapshot>()
    /// What the thread has; back into the queue when it could not be written.
    private var inFlight: Snapshot?
    private var marksWaiting = 0
    private var mergedSinceFailure: UInt64 = 0
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
        case .idle where waiting.count == 0: send(snapshot)
        case .idle, .opening, .busy:
            countMerged(waiting.append(snapshot, bytes: snapshot.extentBytes), shard)
            if state == .idle { sendWaiting() }
        case .closing, .ended: return
        }
    }

    private func countMerged(_ count: Int, _ shard: Shard) {
        shard.add(metrics.merged, UInt64(count))
        mergedSinceFailure += UInt64(count)
    }

    /// Rare by nature, so not counted among the bounded frames.
    func record(event kind: String, text: String) {
        if state == .ended || state == .closing { return }
        mailbox?.post(.event(kind: kind, text: text, wallMillis: Clock.wallMillis()))
    }

    /// False when too many wait already, or there is nobody to write it.
    func submit(_ mark: HistoryMark, _ ticket: ScrapeTicket, shard: Shard) -> Bool {
        guard state != .ended, state != .closing, marksWaiting < Self.marksMax else {
            shard.add(metrics.marksRefused)
            return false
        }
        marksWaiting += 1
        mailbox?.post(.mark(ticket, mark))
        return true
    }

    func close(final snapshot: Snapshot) {
        if state == .ended || state == .closing { return }
        state = .closing
        mailbox?.post(.close(waiting: waiting.all, final: snapshot))
        waiting.removeAll()
    }

    private func send(_ snapshot: Snapshot) {
        state = .busy
        inFlight = snapshot
        mailbox?.post(.frame(snapshot))
    }

    private func sendWaiting() {
        guard state == .idle || state == .busy || state == .opening else { return }
        state = .idle
        if let next = waiting.popOldest() { send(next) }
    }

    /// The next flush tries again; at once it would most likely fail again.
    private func takeBack(_ shard: Shard) {
        guard state == .busy || state == .opening else { return }
        state = .idle
        guard let snapshot = inFlight else { return }
        inFlight = nil
        countMerged(waiting.putBack(snapshot, bytes: snapshot.extentBytes), shard)
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
            waiting.removeAll()
            inFlight = nil
            registry.removeSink(sink)
            thread?.join()
        case .openFailed(let reason):
            shard.add(metrics.errors)
            began(reason, nowNanos: nowNanos)
            // During a frame its own report follows.
            if state == .opening { takeBack(shard) }
        case .wrote(let write):
            wrote(write, registry: registry, shard: shard, nowNanos: nowNanos)
        case .writeFailed(let reason):
            shard.add(metrics.errors)
            began(reason, nowNanos: nowNanos)
            takeBack(shard)
        case .marked(_, let result):
            marksWaiting -= 1
            if result.isWritten { shard.add(metrics.marks) }
        case .maintained(let upkeep):
            shard.record(metrics.maintenanceTime, upkeep.nanos)
            shard.set(metrics.fileBytes, Int64(clamping: upkeep.fileBytes))
            shard.add(metrics.framesLost, upkeep.framesLost)
            shard.add(metrics.livesLost, upkeep.livesLost)
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
        inFlight = nil
        registry.acknowledge(sink, sequence: write.sequence)
        if failure != nil {
            let seconds = (nowNanos - failedSince) / 1_000_000_000
            let merged = mergedSinceFailure == 0 ? "" : ", \(mergedSinceFailure) frames were merged"
            let text = "history: \(path) is written again, after \(seconds) s; no count was lost"
            if let line = gate.admit(text + merged, nowNanos: nowNanos) { Log.info(line) }
            failure = nil
            mergedSinceFailure = 0
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
        shard.set(metrics.waiting, Int64(waiting.count))
        let isLive = state != .ended && failure == nil
        shard.set(metrics.live, isLive ? 1 : 0)
        let lag = nowNanos < newestNanos ? 0 : nowNanos - newestNanos
        shard.set(metrics.lag, Int64(lag))
    }
}
