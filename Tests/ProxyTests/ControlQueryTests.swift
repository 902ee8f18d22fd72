// The runner of queries, without threads and sockets: what it answers without a history, when it
// gives up, and when it opens the history anew.

import EventLoop
import PromQL
import QueryAPI
import Synchronization
import Testing

@testable import Proxy

struct ControlQueryTests {
    /// Has one series, or fails to be read.
    private final class Source: SeriesSource {
        let fails: Bool

        init(fails: Bool) { self.fails = fails }

        func select(
            _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget
        ) throws(QueryFailure) -> [SourceSeries] {
            if fails { throw .source("disk") }
            return []
        }

        func series(
            _ matcherLists: [[LabelMatcher]], start: Int64, end: Int64
        ) throws(QueryFailure) -> [Labels] {
            if fails { throw .source("disk") }
            return [Labels(["__name__": "up"])]
        }
    }

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)

        var count: Int { value.load(ordering: .relaxed) }

        func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    private func job(
        _ name: String, _ query: String = "1", submittedNanos: UInt64 = Clock.monotonicNanos(),
        cancellation: QueryCancellation = QueryCancellation(), openings: Int = 0
    ) throws -> QueryJob {
        let settings = try Settings(
            Options.read(["--listen", "127.0.0.1:7", "--upstream", "127.0.0.1:8"]))
        let facts = ServerFacts(
            config: settings.proxy, isLive: true, startWallMillis: 0, uptimeNanos: 0, workers: 2,
            historyPath: "weir.db", statsd: nil, flushIntervalNanos: 1_000_000_000,
            drainNanos: 10_000_000_000)
        return QueryJob(
            ticket: ScrapeTicket(index: 0, generation: 0),
            request: APIRequest(path: "/api/v1/\(name)", parameters: [("query", query)]),
            cancellation: cancellation, submittedNanos: submittedNanos, facts: facts,
            historyOpenings: openings, snapshot: nil)
    }

    private func text(_ answer: QueryAnswer) -> String {
        String(decoding: answer.response.body, as: UTF8.self)
    }

    @Test func withoutHistory() throws {
        let runner = QueryRunner(QueryRunner.noHistory)
        let refused = runner.run(try job("query"))
        #expect(refused.response.status == 503)
        #expect(text(refused).contains("no history: weir runs with --no-history"))
        let info = runner.run(try job("status/buildinfo"))
        #expect(info.response.status == 200)
        #expect(text(info).contains(#""version":"0.1.0""#))
        let flags = text(runner.run(try job("status/flags")))
        #expect(flags.contains(#""listen":"127.0.0.1:7","concurrency":"2","history":"weir.db""#))
    }

    @Test func queriesThatWaitedTooLong() throws {
        let runner = QueryRunner { Source(fails: false) }
        let late = runner.run(try job("query", submittedNanos: 0))
        #expect(late.response.status == 503)
        #expect(text(late).contains(#""timeout","error":"query timed out in query queue""#))
        let cancellation = QueryCancellation()
        cancellation.raise()
        let gone = runner.run(try job("query", cancellation: cancellation))
        #expect(gone.response.status == 499)
        #expect(gone.response.failure == .canceled)
    }

    @Test func theHistoryIsOpenedOnceAndAfterTrouble() throws {
        let opened = Counter()
        let runner = QueryRunner {
            // The second one cannot be read.
            Source(fails: opened.next() == 2)
        }
        #expect(runner.run(try job("labels")).response.status == 200)
        #expect(runner.run(try job("labels")).response.status == 200)
        #expect(opened.count == 1)
        // Another file took its place.
        #expect(runner.run(try job("labels", openings: 1)).response.status == 500)
        #expect(runner.run(try job("labels", openings: 1)).response.status == 200)
        #expect(opened.count == 3)
    }
}
