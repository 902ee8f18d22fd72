// Rounds of cuts as a state machine: who asked, which workers still owe an answer, when to go on
// without them. Events in, actions out; the server posts, arms timers and merges. A wish that
// comes while a round runs waits for the next one, because some worker may have answered already
// and the snapshot must not be older than the wish. Wishes that wait together share one round.
// A worker never has more than one question unanswered, however long it is stuck. Main thread.

/// Who a snapshot is for.
struct CutWishes: Sendable, Equatable {
    /// Sinks: statsd and the history.
    var flush = false
    /// The last snapshot of the process's life.
    var final = false
    /// Admin connections that wait for a body.
    var scrapes: [ScrapeTicket] = []

    var isEmpty: Bool { !flush && !final && scrapes.isEmpty }

    mutating func join(_ other: CutWishes) {
        flush = flush || other.flush
        final = final || other.final
        scrapes += other.scrapes
    }
}

/// What the server does next.
enum CutAction: Equatable {
    case post(worker: Int, sequence: UInt64)
    case armDeadline(nanos: UInt64)
    /// All answers are in, or the deadline has passed; `late` lists who is missing.
    case finish(CutRound, late: [Int])
}

/// One round.
struct CutRound: Sendable, Equatable {
    let sequence: UInt64
    let startNanos: UInt64
    var wishes: CutWishes
}

struct CutRounds {
    /// How long a round waits for its slowest worker.
    static let limitNanos: UInt64 = 250_000_000

    private struct Peer {
        var isAlive = true
        /// The newest question this worker has not answered.
        var asked: UInt64?
        /// Whether the current round still waits for it.
        var owes = false
    }

    private var peers: [Peer]
    private var current: CutRound?
    private var waiting = CutWishes()
    private var sequence: UInt64 = 0

    init(workers: Int) {
        peers = Array(repeating: Peer(), count: workers)
    }

    var isRunning: Bool { current != nil }
    /// A flush that has been asked for and not finished.
    var hasFlush: Bool { waiting.flush || current?.wishes.flush == true }
    var aliveCount: Int { peers.count { $0.isAlive } }

    mutating func want(_ wishes: CutWishes, nowNanos: UInt64) -> [CutAction] {
        waiting.join(wishes)
        return current == nil ? begin(nowNanos: nowNanos) : []
    }

    /// A worker's answer; its cut is applied by the server whatever round it belongs to.
    mutating func answered(worker: Int, sequence answer: UInt64, nowNanos: UInt64) -> [CutAction] {
        peers[worker].asked = nil
        guard let round = current, peers[worker].owes else { return [] }
        if answer < round.sequence {
            // An answer to an older question may have been taken before this round's wish came.
            peers[worker].asked = round.sequence
            return [.post(worker: worker, sequence: round.sequence)]
        }
        peers[worker].owes = false
        return finishIfComplete(nowNanos: nowNanos)
    }

    /// The worker's thread has ended or will never answer again.
    mutating func ended(worker: Int, nowNanos: UInt64) -> [CutAction] {
        peers[worker].isAlive = false
        peers[worker].asked = nil
        peers[worker].owes = false
        return finishIfComplete(nowNanos: nowNanos)
    }

    /// The round's time is up. Does nothing when it has ended before its timer fired.
    mutating func deadlinePassed(nowNanos: UInt64) -> [CutAction] {
        guard let round = current, nowNanos >= round.startNanos + Self.limitNanos else { return [] }
        return end(round, nowNanos: nowNanos)
    }

    private mutating func begin(nowNanos: UInt64) -> [CutAction] {
        if waiting.isEmpty { return [] }
        sequence += 1
        let round = CutRound(sequence: sequence, startNanos: nowNanos, wishes: waiting)
        waiting = CutWishes()
        current = round
        var actions: [CutAction] = []
        for index in peers.indices where peers[index].isAlive {
            peers[index].owes = true
            if peers[index].asked == nil {
                peers[index].asked = sequence
                actions.append(.post(worker: index, sequence: sequence))
            }
        }
        if aliveCount == 0 { return end(round, nowNanos: nowNanos) }
        return actions + [.armDeadline(nanos: nowNanos + Self.limitNanos)]
    }

    private mutating func finishIfComplete(nowNanos: UInt64) -> [CutAction] {
        guard let round = current, !peers.contains(where: \.owes) else { return [] }
        return end(round, nowNanos: nowNanos)
    }

    private mutating func end(_ round: CutRound, nowNanos: UInt64) -> [CutAction] {
        let late = peers.indices.filter { peers[$0].owes }
        for index in late { peers[index].owes = false }
        current = nil
        return [.finish(round, late: late)] + begin(nowNanos: nowNanos)
    }
}
