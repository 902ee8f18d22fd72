// Where samples come from: the history file, a running weir, the storage of the test language. The
// engine asks once per selector for everything the query will look at, so a source may choose the
// resolution, and takes the series one after another, so a source may hold few at a time. Sources
// are used from one thread at a time.

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
    /// Instant selectors: how long a sample counts; the first step is at `start` plus this.
    public var lookback: Int64 = 0

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
    /// Where samples are further apart than a look-back, or than elsewhere in the same series:
    /// ascending, nearly always empty.
    public var sparse: [SparseStretch] = []

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

/// Samples in from <= time <= to that stand for a longer time than usual, as those of a roll-up.
public struct SparseStretch: Sendable, Equatable {
    public var from: Int64
    public var to: Int64
    /// How long each of them counts when none follows; milliseconds.
    public var reach: Int64
    /// How far they are apart at most; milliseconds.
    public var spacing: Int64

    public init(from: Int64, to: Int64, reach: Int64, spacing: Int64) {
        self.from = from
        self.to = to
        self.reach = reach
        self.spacing = spacing
    }
}

extension SourceSeries {
    /// What its columns take of a budget.
    public var cost: Int {
        histograms.reduce(times.count) { $0 + 1 + $1.ownCost }
    }

    /// How long the sample at `time` counts.
    func lookback(of time: Int64, _ lookback: Int64) -> Int64 {
        for stretch in sparse where stretch.from <= time && time <= stretch.to {
            return max(lookback, stretch.reach)
        }
        return lookback
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

    /// The same, one series after another: `body` has the only hold on each, and the room that a
    /// source took for it is its own again afterwards. Errors of `body` pass through.
    func forEachSeries(
        _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget,
        _ body: (SourceSeries, inout SampleBudget) throws(QueryFailure) -> Void
    ) throws(QueryFailure)

    /// Label sets of series that satisfy one of the matcher lists (all when there are none) and
    /// have samples in [start, end]; ascending.
    func series(
        _ matcherLists: [[LabelMatcher]], start: Int64, end: Int64
    ) throws(QueryFailure) -> [Labels]
}

extension SeriesSource {
    /// For sources that have all samples at hand.
    public func forEachSeries(
        _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget,
        _ body: (SourceSeries, inout SampleBudget) throws(QueryFailure) -> Void
    ) throws(QueryFailure) {
        for series in try select(matchers, hints, &budget) { try body(series, &budget) }
    }
}
