// The reader threads (read:0, read:1) and the queue in front of them. Main keeps the queue and
// posts to a reader only when it is idle, so there is no shared state and no lock: a reader owns
// nothing but its mailbox, renders from an immutable snapshot and posts the bytes back. The queue
// is bounded by the admin connections, since each waits for one body. Main thread, but `render`.

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
    case stop
}

final class ReaderPool {
    static let count = 2

    private struct Reader {
        let mailbox: Mailbox<ReaderMessage>
        let thread: Thread
        var isBusy = false
    }

    private var readers: [Reader] = []
    private var queue: [RenderJob] = []
    private let metrics: AdminMetrics

    /// `spawn` starts a named thread with the process's bookkeeping.
    init(
        main: Mailbox<MainMessage>, metrics: AdminMetrics,
        spawn: (String, @escaping @Sendable () -> Void) throws(SystemError) -> Thread
    ) throws(SystemError) {
        self.metrics = metrics
        for index in 0..<Self.count {
            let mailbox = try Mailbox<ReaderMessage>()
            let thread = try spawn("read:\(index)") {
                ReaderPool.serve(index: index, mailbox: mailbox, main: main)
            }
            readers.append(Reader(mailbox: mailbox, thread: thread))
        }
    }

    func submit(_ job: RenderJob) {
        queue.append(job)
        assign()
    }

    func finished(_ index: Int) {
        readers[index].isBusy = false
        assign()
    }

    func publish(_ shard: Shard) {
        shard.set(metrics.readerQueue, Int64(queue.count))
    }

    /// Ends the readers; a body that is being rendered is given up with its connection.
    func stop() {
        queue = []
        for reader in readers { reader.mailbox.post(.stop) }
        for reader in readers where !reader.isBusy { reader.thread.join() }
    }

    private func assign() {
        while let job = queue.first, let index = readers.firstIndex(where: { !$0.isBusy }) {
            queue.removeFirst()
            readers[index].isBusy = true
            readers[index].mailbox.post(.render(job))
        }
    }

    // MARK: On the reader's thread

    private static func serve(
        index: Int, mailbox: Mailbox<ReaderMessage>, main: Mailbox<MainMessage>
    ) {
        var isStopped = false
        let inbox = Inbox(mailbox)
        let renderer = BodyRenderer()
        while !isStopped {
            inbox.wait { message in
                switch message {
                case .render(let job): main.post(.rendered(reader: index, renderer.render(job)))
                case .stop: isStopped = true
                }
            }
        }
    }
}
