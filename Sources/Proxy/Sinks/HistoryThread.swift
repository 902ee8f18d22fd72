// The history thread: the only one that waits for the disk. It takes one snapshot at a time from
// main, writes it as a frame, does upkeep in small steps between frames, and says what became of
// each. Trouble that may pass (a full disk, a lock) is met by main, which sends the snapshot again,
// opening included; a file found damaged goes aside and a fresh one begins; trouble that will not
// pass ends the thread with one report. It serves no reads.

import EventLoop
import History
import Stats

final class HistoryThread {
    /// Upkeep: expiry, vacuum, checkpoint. Sooner while there is more to do.
    private static let upkeepNanos: UInt64 = 10_000_000_000
    private static let upkeepSoonNanos: UInt64 = 200_000_000
    /// An open that failed for a passing reason is tried again no sooner than this.
    private static let reopenNanos: UInt64 = 2_000_000_000
    /// A damaged file is replaced no more often than this: a failing disk damages the next one too.
    private static let replaceNanos: UInt64 = 60_000_000_000
    /// Of the 5 s that main waits for the end, how long frames that waited may take.
    private static let closingNanos: UInt64 = 2_000_000_000

    private let options: HistoryOptions
    private let startMillis: Int64
    private let inbox: Inbox<HistoryOrder>
    private let main: Mailbox<MainMessage>
    private var writer: HistoryWriter?
    private var isEnded = false
    private var nextOpenNanos: UInt64 = 0
    private var nextReplaceNanos: UInt64 = 0
    private var nextUpkeepNanos: UInt64

    /// The body of the thread. `startMillis` is the start of the process's counters.
    static func serve(
        _ options: HistoryOptions, startMillis: Int64, mailbox: Mailbox<HistoryOrder>,
        main: Mailbox<MainMessage>
    ) {
        HistoryThread(options, startMillis: startMillis, mailbox: mailbox, main: main).run()
    }

    private init(
        _ options: HistoryOptions, startMillis: Int64, mailbox: Mailbox<HistoryOrder>,
        main: Mailbox<MainMessage>
    ) {
        self.options = options
        self.startMillis = startMillis
        self.main = main
        inbox = Inbox(mailbox)
        nextUpkeepNanos = Clock.monotonicNanos() + Self.upkeepSoonNanos
    }

    private func run() {
        open()
        while !isEnded {
            inbox.wait(timeoutMillis: waitMillis()) { order in
                if isEnded { return answerLate(order) }
                switch order {
                case .frame(let snapshot): write(snapshot)
                case .event(let kind, let text, let wallMillis):
                    record(kind, text, wallMillis)
                case .mark(let ticket, let mark): report(.marked(ticket, put(mark)))
                case .close(let waiting, let snapshot): close(waiting, snapshot)
                }
            }
            if !isEnded { upkeep() }
        }
    }

    private func report(_ report: HistoryReport) {
        main.post(.history(report))
    }

    /// An order that was on its way when the thread ended.
    private func answerLate(_ order: HistoryOrder) {
        if case .mark(let ticket, _) = order {
            report(.marked(ticket, .failed("the history has ended")))
        }
    }

    private func waitMillis() -> Int32 {
        guard writer != nil else { return -1 }
        let now = Clock.monotonicNanos()
        return now >= nextUpkeepNanos ? 0 : Int32((nextUpkeepNanos - now) / 1_000_000) + 1
    }

    // MARK: Opening

    private func open(_ existing: HistoryWriter.ExistingFile = .keep) {
        do throws(HistoryError) {
            let opened = try HistoryWriter.open(
                options, wallMillis: existing == .keep ? startMillis : Clock.wallMillis(),
                originMillis: startMillis, existing: existing)
            writer = opened
            report(.opened(notes: opened.notices.map(\.description)))
        } catch {
            if error.isTransient {
                nextOpenNanos = Clock.monotonicNanos() + Self.reopenNanos
                report(.openFailed(error.description))
            } else {
                isEnded = true
                report(.failed(error.description))
            }
        }
    }

    /// Damage was found while writing: the file goes aside, a fresh one begins. False when that is
    /// not to be had now. Frames are cumulative, so the next one carries all that was counted.
    private func beginAnew(after error: HistoryError) -> Bool {
        let now = Clock.monotonicNanos()
        guard error.isDamage, now >= nextReplaceNanos, let damaged = writer else {
            return false
        }
        nextReplaceNanos = now + Self.replaceNanos
        writer = nil
        // The damage may also be where a clean end would be noted; the lock goes either way.
        try? damaged.close(clean: false, wallMillis: Clock.wallMillis())
        open(.moveAside)
        return writer != nil
    }

    // MARK: Frames

    /// True when the frame is in the file.
    @discardableResult
    private func write(_ snapshot: Snapshot) -> Bool {
        if writer == nil && Clock.monotonicNanos() >= nextOpenNanos { open() }
        if isEnded { return false }
        guard let writer else {
            report(.writeFailed("\(options.path) is not open yet"))
            return false
        }
        let begin = Clock.monotonicNanos()
        do throws(HistoryError) {
            let bytes = try writer.append(snapshot)
            report(
                .wrote(
                    HistoryWrite(
                        sequence: snapshot.sequence, snapshotNanos: snapshot.monotonicNanos,
                        bytes: bytes, nanos: Clock.monotonicNanos() - begin)))
            return true
        } catch {
            if beginAnew(after: error) { return write(snapshot) }
            if !isEnded { report(.writeFailed(error.description)) }
            return false
        }
    }

    private func record(_ kind: String, _ text: String, _ wallMillis: Int64) {
        do throws(HistoryError) {
            try writer?.record(event: kind, text: text, atMillis: wallMillis)
        } catch {
            if beginAnew(after: error) {
                record(kind, text, wallMillis)
            } else if !isEnded {
                report(.maintenanceFailed(error.description))
            }
        }
    }

    private func put(_ mark: HistoryMark) -> MarkResult {
        guard let writer else { return .failed("\(options.path) is not open yet") }
        do throws(HistoryError) {
            return .written(mark, try writer.put(mark))
        } catch {
            // Upkeep or the next frame meets a damaged file again and replaces it.
            return .failed(error.description)
        }
    }

    private func upkeep() {
        guard let writer else { return }
        let begin = Clock.monotonicNanos()
        if begin < nextUpkeepNanos { return }
        nextUpkeepNanos = begin + Self.upkeepNanos
        do throws(HistoryError) {
            let done = try writer.maintain(nowMillis: Clock.wallMillis())
            if let failure = done.compactionFailure { upkeepFailed(failure) }
            if done.hasMore { nextUpkeepNanos = begin + Self.upkeepSoonNanos }
            let fileBytes = UInt64(clamping: writer.fileBytes + writer.walBytes)
            report(
                .maintained(
                    HistoryUpkeep(
                        nanos: Clock.monotonicNanos() - begin, fileBytes: fileBytes,
                        framesLost: done.framesLost, livesLost: done.livesLost)))
        } catch {
            upkeepFailed(error)
        }
    }

    private func upkeepFailed(_ error: HistoryError) {
        if !beginAnew(after: error) && !isEnded {
            report(.maintenanceFailed(error.description))
        }
    }

    /// What waits keeps its resolution if the disk is quick enough; the final snapshot has its
    /// counts in any case.
    private func close(_ waiting: [Snapshot], _ final: Snapshot) {
        let deadline = Clock.monotonicNanos() + Self.closingNanos
        var isWriting = writer != nil
        for snapshot in waiting where isWriting && Clock.monotonicNanos() < deadline {
            isWriting = write(snapshot)
        }
        write(final)
        if isEnded { return }
        do throws(HistoryError) {
            try writer?.close(clean: true, wallMillis: Clock.wallMillis())
        } catch {
            report(.maintenanceFailed(error.description))
        }
        isEnded = true
        report(.closed)
    }
}
