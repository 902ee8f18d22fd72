// Where samples come from: the history file, a running weir, the storage of the test language. The
// engine asks once per selector for everything the query will look at, so a source may choose the
// resolution. Sources are used from one thread at a time.

/// What a selector will do with the samples, for sources that have several resolutions.
public struct SelectHints: Sendable {
    /// Samples with start < time <= end matter, in Unix milliseconds; staleness look-back and
    /// ranges are included.
    public var start: Int64
    public var end: Int64
    /// Distance of evaluation steps; 0 for an instant query.
    public var step: Int64
    /// Length of the range selector around it; 0 for an instant selector.
    public var range: Int64
    /// The function or aggregation directly around the selector; "" when there is none.
    public var function: String

    public init(start: Int64, end: Int64, step: Int64, range: Int64, function: String) {
        self.start = start
        self.end = end
        self.step = step
        self.range = range
        self.function = function
    }
}

/// The samples of one series. Float samples and histogram samples are two ascending columns, so
/// that series of one kind share the column of times instead of copying it.
public struct SourceSeries: Sendable {
    public var labels: Labels
    public var times: [Int64]
    public var values: [Double]
    public var histogramTimes: [Int64]
    public var histograms: [FloatHistogram]

    public init(
        labels: Labels, times: [Int64] = [], values: [Double] = [], histogramTimes: [Int64] = [],
        histograms: [FloatHistogram] = []
    ) {
        self.labels = labels
        self.times = times
        self.values = values
        self.histogramTimes = histogramTimes
        self.histograms = histograms
    }
}

/// Reads series.
public protocol SeriesSource: AnyObject {
    /// Series that satisfy every matcher, in any order, each label set once, with their samples in
    /// (hints.start, hints.end]. `budget.take` is asked before samples are materialised; its error
    /// passes through.
    func select(
        _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget
    ) throws(QueryFailure) -> [SourceSeries]

    /// Label sets of series that satisfy one of the matcher lists (all when there are none) and
    /// have samples in [start, end]; ascending.
    func series(
        _ matcherLists: [[LabelMatcher]], start: Int64, end: Int64
    ) throws(QueryFailure) -> [Labels]
}

/// Samples that one query may hold in memory at a time.
public struct SampleBudget: Sendable {
    public let limit: Int
    public private(set) var taken = 0
    /// Monotonic nanoseconds after which the query ends as timed out; `.max` without a limit.
    public var deadlineNanos = UInt64.max

    public init(limit: Int) {
        self.limit = limit
    }

    /// Takes room for samples, or ends the query.
    public mutating func take(_ count: Int) throws(QueryFailure) {
        taken += count
        if taken > limit { throw .tooManySamples(limit: limit) }
    }

    public mutating func giveBack(_ count: Int) {
        taken -= count
    }
}

/// Why a query that was parsed has no result; the HTTP API maps each case to a status.
public enum QueryFailure: Error, Sendable, Equatable {
    /// 422 execution: "query processing would load too many samples into memory ...".
    case tooManySamples(limit: Int)
    /// 503 timeout: "query timed out in expression evaluation".
    case timedOut
    /// 499 canceled.
    case cancelled
    /// 422 execution, with the engine's own words, as Prometheus says them.
    case execution(String)
    /// 400 bad_data: what only shows when types and parameters are put together.
    case badData(String)
    /// 500 internal: the source could not be read.
    case source(String)

    /// The text that users of Prometheus know.
    public var message: String {
        switch self {
        case .tooManySamples:
            "query processing would load too many samples into memory in query execution"
        case .timedOut: "query timed out in expression evaluation"
        case .cancelled: "query was canceled in query execution"
        case .execution(let text), .badData(let text), .source(let text): text
        }
    }
}
