// Executes requests to the query API on a reader's thread. It keeps the thread's own read
// connection to the history between requests and opens it anew after trouble: the file may have
// been replaced. Without a history only what needs no samples is answered. It never touches what
// main owns.

import EventLoop
import Exposition
import PromQL
import QueryAPI
import Stats

/// Opens a connection to the history; called on the reader's thread.
typealias HistoryOpener = @Sendable () throws(APIFailure) -> any SeriesSource

final class QueryRunner {
    private let open: HistoryOpener
    private var opened: (any SeriesSource)?
    private var openedAt = 0

    init(_ open: @escaping HistoryOpener) {
        self.open = open
    }

    /// The opener of a weir that keeps none.
    static let noHistory: HistoryOpener = { () throws(APIFailure) in
        throw APIFailure(.unavailable, "no history: weir runs with --no-history")
    }

    func run(_ job: QueryJob) -> QueryAnswer {
        let begin = Clock.monotonicNanos()
        let waited = begin &- min(job.submittedNanos, begin)
        if openedAt != job.historyOpenings {
            opened = nil
            openedAt = job.historyOpenings
        }
        let response: APIResponse
        if waited >= QueryJob.limitNanos {
            response = APIResponse(.timeout, "query timed out in query queue")
        } else if job.cancellation.isRaised {
            response = APIResponse(.canceled, "query was canceled in query queue")
        } else if job.request.path.hasPrefix(HistoryRoute.prefix) {
            response = HistoryPages.respond(to: job.request, path: job.facts.historyPath)
        } else {
            response = api(job, QueryJob.limitNanos - waited).respond(to: job.request)
        }
        if response.failure == .internal { opened = nil }
        return QueryAnswer(
            ticket: job.ticket, response: response, queueNanos: waited,
            nanos: Clock.monotonicNanos() &- begin)
    }

    private func api(_ job: QueryJob, _ timeoutNanos: UInt64) -> QueryAPI {
        var options = EngineOptions()
        options.timeoutNanos = timeoutNanos
        options.samplesMax = QueryJob.samplesMax
        let cancellation = job.cancellation
        options.isCancelled = { cancellation.isRaised }
        return QueryAPI(
            now: Clock.wallMillis(), engineOptions: options,
            server: Self.description(job.facts, job.snapshot)
        ) { [self] () throws(APIFailure) in try source() }
    }

    private func source() throws(APIFailure) -> any SeriesSource {
        if let opened { return opened }
        let source = try open()
        opened = source
        return source
    }

    // MARK: - About the server

    private static func description(
        _ facts: ServerFacts, _ snapshot: Snapshot?
    ) -> ServerDescription {
        var server = ServerDescription()
        server.version = Options.version
        server.startMillis = facts.startWallMillis
        server.hostname = Machine.hostName
        server.workingDirectory = Machine.workingDirectory
        server.flags = flags(facts)
        server.metadata = { snapshot.map { $0.families.map(metadata) } ?? [] }
        return server
    }

    private static func flags(_ facts: ServerFacts) -> [(name: String, value: String)] {
        var flags: [(name: String, value: String)] = []
        let addresses = facts.config.listeners.map { "\($0.address)" }
        flags.append(("listen", addresses.joined(separator: ",")))
        flags.append(("concurrency", "\(facts.workers)"))
        flags.append(("history", facts.historyPath ?? ""))
        flags.append(("statsd", facts.statsd.map { "udp://\($0)" } ?? ""))
        flags.append(("flush-interval", DurationText.text(facts.flushIntervalNanos)))
        flags.append(("drain-time-s", "\(facts.drainNanos / 1_000_000_000)"))
        return flags
    }

    private static func metadata(_ family: MetricFamily) -> MetricMetadata {
        MetricMetadata(
            name: family.prometheusName, type: PrometheusText.typeWord(family), help: family.help,
            unit: "")
    }
}
