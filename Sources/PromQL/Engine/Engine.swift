// The door to the evaluator: an expression, a time or a range of steps, a source; a value with its
// annotations. Holds no state between queries; a query runs on the caller's thread from start to
// end and looks at the clock as it goes. The caller parses, and limits the number of steps.

/// What a query may use, and how it reads silence.
public struct EngineOptions: Sendable {
    /// A sample counts for this long when none follows; milliseconds.
    public var lookbackMillis: Int64 = 300_000
    /// Samples that one query may hold in memory at a time, at 16 bytes each.
    public var samplesMax = 50_000_000
    /// The step of `[1h:]`; milliseconds.
    public var defaultSubqueryStepMillis: Int64 = 60_000
    /// 0: no limit.
    public var timeoutNanos: UInt64 = 0
    /// Asked every some thousand samples; true ends the query.
    public var isCancelled: (@Sendable () -> Bool)?

    public init() {}
}

/// What a query cost.
public struct QueryStatistics: Sendable, Equatable {
    /// Samples that the source delivered.
    public var samplesRead = 0
    /// Samples in memory at a time, at most.
    public var samplesPeak = 0

    public init() {}
}

public struct QueryResult: Sendable {
    public var value: QueryValue
    public var annotations: Annotations
    public var statistics: QueryStatistics
}

/// Evaluates PromQL expressions.
public struct Engine: Sendable {
    public let options: EngineOptions

    public init(_ options: EngineOptions = EngineOptions()) {
        self.options = options
    }

    /// The value at `time`, Unix milliseconds. Vectors come in evaluation order, so that `sort`
    /// holds; matrices ascend by labels.
    public func instant(
        _ expression: Expression, at time: Int64, from source: any SeriesSource
    ) throws(QueryFailure) -> QueryResult {
        let evaluator = Evaluator(
            options, source, expression, StepGrid(start: time, step: 0, count: 1))
        let value = try evaluator.instantValue(of: expression)
        return evaluator.result(value)
    }

    /// A matrix: the value at `start`, `start + step`, ... up to `end`, Unix milliseconds;
    /// `step` > 0. `.badData` when the expression is a string or a range vector.
    public func range(
        _ expression: Expression, start: Int64, end: Int64, step: Int64,
        from source: any SeriesSource
    ) throws(QueryFailure) -> QueryResult {
        guard step > 0 else { throw .badData("zero or negative query resolution step widths") }
        guard end >= start else { throw .badData("end timestamp must not be before start time") }
        let (span, overflows) = end.subtractingReportingOverflow(start)
        let count = overflows ? Int64.max : span / step + 1
        guard count <= Int64(options.samplesMax) else {
            throw .tooManySamples(limit: options.samplesMax)
        }
        let grid = StepGrid(start: start, step: step, count: Int(count))
        let evaluator = Evaluator(options, source, expression, grid, end: end)
        let value = try evaluator.rangeValue(of: expression)
        return evaluator.result(value)
    }
}
