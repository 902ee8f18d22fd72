// The reader threads (read:0, read:1) and the queues in front of them. Main keeps the queues and
// posts to a reader only when it is idle, so there is no shared state and no lock: a reader owns
// its mailbox and its read connection to the history, works from immutable values and posts the
// bytes back. Bodies go before queries, and one reader is always left to them, so that no query can
// hold up a scrape. Bodies are bounded by the admin connections, queries by `queriesWaitingMax`.
// Main thread, but `serve`.

import EventLoop
import Stats

/// A body to make and who waits for it.
struct RenderJob: Sendable {
    let request: RenderRequest
    let tickets: [ScrapeTicket]
    let snapshot: Snapshot
    /// The snapshot of the flush before, for intervals.
    let previous: Snapshot?
    let facts: ServerFacts
}

/// A finished body. The bytes are shared by all connections that get them.
struct RenderedBody: Sendable {
    let request: RenderRequest
    let tickets: [ScrapeTicket]
    let contentType: StaticString
    let bytes: [UInt8]
    let renderNanos: UInt64
}

enum ReaderMessage: Sendable {
    case render(RenderJob)
    case query(QueryJob)
    case stop
}

final class ReaderPool {
    static let count = 2
    /// Readers that may execute queries at a time.
    static let queryReadersMax = count - 1
    /// Admin connections are 64: this leaves as many for everything else.
    static let queriesWaitingMax = 32

    private enum Work {
        case none, body, query
    }

    private struct Reader {
        let mailbox: Mailbox<ReaderMessage>
        let thread: Thread
        var work = Work.none
    }

    private var readers: [Reader] = []
    private var queue: [RenderJob] = []
    private var queries: [QueryJob] = []
    private let metrics: AdminMetrics
    private let queryMetrics: QueryMetrics

    /// `spawn` starts a named thread with the process's bookkeeping.
    init(
        main: Mailbox<MainMessage>, metrics: AdminMetrics, queryMetrics: QueryMetrics,
        history: @escaping HistoryOpener,
        spawn: (String, @escaping @Sendable () -> Void) throws(SystemError) -> Thread
    ) throws(SystemError) {
        self.metrics = metrics
        self.queryMetrics = queryMetrics
        for index in 0..<Self.count {
            let mailbox = try Mailbox<ReaderMessage>()
            let thread = try spawn("read:\(index)") {
                ReaderPool.serve(index: index, mailbox: mailbox, main: main, history: history)
            }
            readers.append(Reader(mailbox: mailbox, thread: thread))
        }
    }

    func submit(_ job: RenderJob) {
        queue.append(job)
        assign()
    }

    /// False when too many wait already.
    func submit(_ job: QueryJob) -> Bool {
        if queries.count >= Self.queriesWaitingMax { return false }
        queries.append(job)
        assign()
        return true
    }

    func finished(_ index: Int) {
        readers[index].work = .none
        assign()
    }

    func publish(_ shard: Shard) {
        shard.set(metrics.readerQueue, Int64(queue.count))
        shard.set(queryMetrics.queue, Int64(queries.count))
        shard.set(queryMetrics.active, Int64(queriesRunning))
    }

    /// Ends the readers; what is being made is given up with its connection.
    func stop() {
        queue = []
        queries = []
        for reader in readers { reader.mailbox.post(.stop) }
        for reader in readers where reader.work == .none { reader.thread.join() }
    }

    private var queriesRunning: Int { readers.count { $0.work == .query } }

    private func assign() {
        while let index = readers.firstIndex(where: { $0.work == .none }) {
            if !queue.isEmpty {
                readers[index].work = .body
                readers[index].mailbox.post(.render(queue.removeFirst()))
            } else if !queries.isEmpty, queriesRunning < Self.queryReadersMax {
                readers[index].work = .query
                readers[index].mailbox.post(.query(queries.removeFirst()))
            } else {
                return
            }
        }
    }

    // MARK: On the reader's thread

    private static func serve(
        index: Int, mailbox: Mailbox<ReaderMessage>, main: Mailbox<MainMessage>,
        history: @escaping HistoryOpener
    ) {
        var isStopped = false
        let inbox = Inbox(mailbox)
        let renderer = BodyRenderer()
        let runner = QueryRunner(history)
        while !isStopped {
            inbox.wait { message in
                switch message {
                case .render(let job): main.post(.rendered(reader: index, renderer.render(job)))
                case .query(let job): main.post(.queried(reader: index, runner.run(job)))
                case .stop: isStopped = true
                }
            }
        }
    }
}
