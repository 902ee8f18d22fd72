// A source of a few made-up series, and the
// shortest way to ask the API about them.

import PromQL
import QueryAPI

/// Series held in memory; ascending by labels.
final class StubSource: SeriesSource {
    let all: [SourceSeries]
    var failure: QueryFailure?
    /// What the last `series` was asked for.
    var asked: (start: Int64, end: Int64)?

    init(_ all: [SourceSeries]) {
        self.all = all
    }

    func select(
        _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget
    ) throws(QueryFailure) -> [SourceSeries] {
        if let failure { throw failure }
        var found: [SourceSeries] = []
        for series in all where Self.accepts(series.labels, matchers) {
            var cut = series
            let kept = series.times.indices.filter {
                series.times[$0] > hints.start && series.times[$0] <= hints.end
            }
            cut.times = kept.map { series.times[$0] }
            cut.values = kept.map { series.values[$0] }
            try budget.take(series.times.count + series.histogramTimes.count)
            found.append(cut)
        }
        return found
    }

    func series(
        _ matcherLists: [[LabelMatcher]], start: Int64, end: Int64
    ) throws(QueryFailure) -> [Labels] {
        if let failure { throw failure }
        asked = (start, end)
        return all.map(\.labels).filter { labels in
            matcherLists.isEmpty || matcherLists.contains { Self.accepts(labels, $0) }
        }
    }

    private static func accepts(_ labels: Labels, _ matchers: [LabelMatcher]) -> Bool {
        matchers.allSatisfy { $0.accepts(labels[$0.label]) }
    }
}

enum Stub {
    /// Unix milliseconds; what a query without a time sees.
    static let now: Int64 = 1_435_781_451_781

    static func series(
        _ labels: [String: String], _ samples: [(Int64, Double)]
    ) -> SourceSeries {
        SourceSeries(
            labels: Labels(labels), times: samples.map(\.0), values: samples.map(\.1))
    }

    static func source() -> StubSource {
        StubSource([
            series(
                ["__name__": "rate", "odd.name": "a\"b\\c\n"], [(now - 1000, 0.1), (now, 1e21)]),
            series(
                ["__name__": "up", "job": "a"],
                [(now - 120_000, 1), (now - 60_000, 0.5), (now - 500, 3)]),
            series(
                ["__name__": "up", "job": "b"],
                [(now - 120_000, .infinity), (now - 60_000, .nan), (now - 500, 1e-7)]),
            SourceSeries(
                labels: Labels(["__name__": "sizes"]), histogramTimes: [now - 250],
                histograms: [histogram]),
        ])
    }

    static var histogram: FloatHistogram {
        var histogram = FloatHistogram()
        histogram.count = 10
        histogram.sum = 12.5
        histogram.zeroThreshold = 0.001
        histogram.zeroCount = 2
        histogram.positiveSpans = [.init(offset: 0, length: 3)]
        histogram.positive = [3, 0, 4]
        histogram.negativeSpans = [.init(offset: 1, length: 1)]
        histogram.negative = [1]
        return histogram
    }

    static func api(_ source: StubSource = source()) -> QueryAPI {
        var server = ServerDescription()
        server.version = "0.1.0"
        server.hostname = "host"
        server.workingDirectory = "/"
        server.startMillis = 1_435_781_000_500
        server.flags = [("concurrency", "2"), ("history", "weir.db")]
        server.retention = "15d"
        server.metadata = {
            [
                MetricMetadata(name: "up", type: "gauge", help: "1: it is there.", unit: ""),
                MetricMetadata(name: "a_total", type: "counter", help: "\"A\"", unit: ""),
            ]
        }
        return QueryAPI(now: now, server: server) { () throws(APIFailure) in source }
    }

    /// `"/api/v1/query?query=up"`: taken apart at `&` and `=`, nothing is decoded.
    static func get(
        _ target: String, _ api: QueryAPI = api(), method: APIRequest.Method = .get
    ) -> (status: Int, body: String) {
        let parts = target.split(separator: "?", maxSplits: 1)
        var request = APIRequest(path: String(parts[0]), method: method)
        for pair in parts.dropFirst().joined().split(separator: "&") {
            let sides = pair.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            request.parameters.append((String(sides[0]), String(sides[1])))
        }
        let response = api.respond(to: request)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }
}
