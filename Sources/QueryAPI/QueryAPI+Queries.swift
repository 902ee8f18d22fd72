// query, query_range and query_exemplars: parameters checked in Prometheus' order, the engine run,
// its value written. Every error has the text of Prometheus, so that what people find by searching
// for it applies. On the caller's thread; the engine looks at the clock itself.

import Glibc
public import PromQL

/// One series' exemplars.
public struct ExemplarSeries: Sendable {
    public struct Exemplar: Sendable {
        public var labels: Labels
        public var value: Double
        /// Unix milliseconds.
        public var time: Int64

        public init(labels: Labels, value: Double, time: Int64) {
            self.labels = labels
            self.value = value
            self.time = time
        }
    }

    public var labels: Labels
    /// Ascending by time.
    public var exemplars: [Exemplar]

    public init(labels: Labels, exemplars: [Exemplar]) {
        self.labels = labels
        self.exemplars = exemplars
    }
}

extension QueryAPI {
    /// Points of one series.
    private static let pointsMax: Int64 = 11_000

    func query(
        _ request: APIRequest, _ json: inout JSONBuffer
    ) throws(APIFailure) -> Notes {
        let limit = try request.limit()
        let time = try request.time("time", default: now)
        let engine = try engine(for: request)
        let expression = try request.expression()
        let source = try source()
        let begin = Self.monotonicNanos()
        let result: QueryResult
        do throws(QueryFailure) {
            result = try engine.instant(expression, at: time, from: source)
        } catch {
            throw Self.failure(error)
        }
        return try write(result, begin, limit, request, &json)
    }

    func queryRange(
        _ request: APIRequest, _ json: inout JSONBuffer
    ) throws(APIFailure) -> Notes {
        let limit = try request.limit()
        let start = try request.requiredTime("start")
        let end = try request.requiredTime("end")
        if end < start {
            throw .parameter("end", "end timestamp must not be before start time")
        }
        let step = try request.requiredLength("step")
        if step <= 0 {
            throw .parameter(
                "step",
                "zero or negative query resolution step widths are not accepted."
                    + " Try a positive integer")
        }
        if (end - start) / step > Self.pointsMax {
            throw APIFailure(
                .badData,
                "exceeded maximum resolution of 11,000 points per timeseries."
                    + " Try decreasing the query resolution (?step=XX)")
        }
        let engine = try engine(for: request)
        let expression = try request.expression()
        let source = try source()
        let begin = Self.monotonicNanos()
        let result: QueryResult
        do throws(QueryFailure) {
            result = try engine.range(expression, start: start, end: end, step: step, from: source)
        } catch {
            throw Self.failure(error)
        }
        return try write(result, begin, limit, request, &json)
    }

    /// The engine with what the request asks for; it can only be stricter in time.
    private func engine(for request: APIRequest) throws(APIFailure) -> Engine {
        var options = engineOptions
        if let millis = try request.length("timeout") {
            let nanos = UInt64(max(millis, 1)).multipliedReportingOverflow(by: 1_000_000)
            let wanted = nanos.overflow ? UInt64.max : nanos.partialValue
            if options.timeoutNanos == 0 || wanted < options.timeoutNanos {
                options.timeoutNanos = wanted
            }
        }
        if let millis = try request.lookback(), millis > 0 { options.lookbackMillis = millis }
        return Engine(options)
    }

    /// What the engine finds wrong with types is wrong with the parameter.
    private static func failure(_ failure: QueryFailure) -> APIFailure {
        if case .badData(let text) = failure { return .parameter("query", text) }
        return APIFailure(failure)
    }

    private func write(
        _ result: QueryResult, _ begin: UInt64, _ limit: Int, _ request: APIRequest,
        _ json: inout JSONBuffer
    ) throws(APIFailure) -> Notes {
        var notes = Notes(
            warnings: result.annotations.warnings, infos: result.annotations.infos)
        var value = result.value
        switch value {
        case .vector(let series) where limit > 0 && series.count > limit:
            value = .vector(Array(series.prefix(limit)))
            notes.warnings += Notes.truncated.warnings
        case .matrix(let series) where limit > 0 && series.count > limit:
            value = .matrix(Array(series.prefix(limit)))
            notes.warnings += Notes.truncated.warnings
        case .scalar, .string, .vector, .matrix: break
        }
        json.append("{")
        try json.result(value)
        if request["stats"] != nil {
            json.statistics(result.statistics, nanos: Self.monotonicNanos() &- begin)
        }
        json.append("}")
        return notes
    }

    private static func monotonicNanos() -> UInt64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }

    // MARK: - Exemplars

    func queryExemplars(
        _ request: APIRequest, _ json: inout JSONBuffer
    ) throws(APIFailure) -> Notes {
        let start = try request.time("start", default: TimeText.earliest)
        let end = try request.time("end", default: TimeText.latest)
        if end < start {
            throw APIFailure(.badData, "end timestamp must not be before start timestamp")
        }
        let text = request["query"] ?? ""
        var selectors: [VectorSelector] = []
        do throws(QueryError) {
            try Parser.expression(text).collectSelectors(into: &selectors)
        } catch {
            throw APIFailure(.badData, APIRequest.words(error, in: text))
        }
        var found: [ExemplarSeries] = []
        if let exemplars, !selectors.isEmpty {
            found = try exemplars(selectors.map(\.allMatchers), start, end)
        }
        try json.exemplars(found)
        return Notes()
    }
}

extension Expression {
    /// Every vector selector, in the order it is written.
    public func collectSelectors(into selectors: inout [VectorSelector]) {
        switch self {
        case .number, .string: break
        case .vector(let selector): selectors.append(selector)
        case .matrix(let matrix): selectors.append(matrix.selector)
        case .subquery(let subquery): subquery.expression.collectSelectors(into: &selectors)
        case .call(let call):
            for argument in call.arguments { argument.collectSelectors(into: &selectors) }
        case .aggregate(let aggregation):
            aggregation.parameter?.collectSelectors(into: &selectors)
            aggregation.expression.collectSelectors(into: &selectors)
        case .binary(let binary):
            binary.left.collectSelectors(into: &selectors)
            binary.right.collectSelectors(into: &selectors)
        case .unary(let unary): unary.expression.collectSelectors(into: &selectors)
        case .parens(let inner, _): inner.collectSelectors(into: &selectors)
        }
    }
}

extension JSONBuffer {
    /// `,"stats":{...}`. A query is timed as a whole; parts that are not told apart are 0.
    mutating func statistics(_ statistics: QueryStatistics, nanos: UInt64) {
        let seconds = FloatText.api(Double(nanos) / 1e9)
        append(#","stats":{"timings":{"evalTotalTime":"#)
        append(json: seconds)
        append(#","resultSortTime":0,"queryPreparationTime":0,"innerEvalTime":"#)
        append(json: seconds)
        append(#","execQueueTime":0,"execTotalTime":"#)
        append(json: seconds)
        append(#"},"samples":{"totalQueryableSamples":"#)
        integer(Int64(statistics.samplesRead))
        append(#","peakSamples":"#)
        integer(Int64(statistics.samplesPeak))
        append("}}")
    }

    mutating func exemplars(_ list: [ExemplarSeries]) throws(APIFailure) {
        append("[")
        for (index, series) in list.enumerated() {
            separate(index)
            append(#"{"seriesLabels":"#)
            labels(series.labels)
            append(#","exemplars":["#)
            for (place, exemplar) in series.exemplars.enumerated() {
                separate(place)
                append(#"{"labels":"#)
                labels(exemplar.labels)
                append(#","value":"#)
                quoted(exemplar.value)
                append(#","timestamp":"#)
                timestamp(exemplar.time)
                append("}")
                try checkSize()
            }
            append("]}")
        }
        append("]")
    }
}
