// The series of a test file in memory, as the engine reads them. Samples are appended in ascending
// order only, and histograms get the reset hints that Prometheus' storage would give them (see
// StoredResetHint). One thread at a time; `clear` is a new storage.

public import PromQL

/// An in-memory source.
public final class TestStorage: SeriesSource {
    private struct Stored {
        var series: SourceSeries
        var hints = StoredResetHint()
        /// Of the newest sample of either kind.
        var newest = Int64.min

        func repeats(_ value: SampleValue, at time: Int64) -> Bool {
            guard time == newest, case .float(let float) = value else { return false }
            return series.times.last == time
                && series.values.last?.bitPattern == float.bitPattern
        }
    }

    private var indexes: [Labels: Int] = [:]
    private var stored: [Stored] = []

    public init() {}

    /// False when the series already has a sample at `time` or later; the same float again is fine.
    public func append(_ labels: Labels, at time: Int64, _ value: SampleValue) -> Bool {
        let index = place(of: labels)
        guard time > stored[index].newest else { return stored[index].repeats(value, at: time) }
        stored[index].newest = time
        switch value {
        case .float(let float):
            stored[index].hints.noteFloat(isStale: StaleMarker.isStale(float))
            stored[index].series.times.append(time)
            stored[index].series.values.append(float)
        case .histogram(var histogram):
            histogram.resetHint = stored[index].hints.hint(for: histogram)
            stored[index].series.histogramTimes.append(time)
            stored[index].series.histograms.append(histogram)
        }
        return true
    }

    private func place(of labels: Labels) -> Int {
        if let index = indexes[labels] { return index }
        indexes[labels] = stored.count
        stored.append(Stored(series: SourceSeries(labels: labels)))
        return stored.count - 1
    }

    public func select(
        _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget
    ) throws(QueryFailure) -> [SourceSeries] {
        var selected: [SourceSeries] = []
        for entry in stored where Self.accepts(entry.series.labels, matchers) {
            let series = entry.series
            let floats = Self.places(series.times, after: hints.start, to: hints.end)
            let histograms = Self.places(series.histogramTimes, after: hints.start, to: hints.end)
            if floats.isEmpty, histograms.isEmpty { continue }
            try budget.take(floats.count + histograms.count)
            selected.append(
                SourceSeries(
                    labels: series.labels, times: Array(series.times[floats]),
                    values: Array(series.values[floats]),
                    histogramTimes: Array(series.histogramTimes[histograms]),
                    histograms: Array(series.histograms[histograms])))
        }
        return selected
    }

    public func series(
        _ matcherLists: [[LabelMatcher]], start: Int64, end: Int64
    ) throws(QueryFailure) -> [Labels] {
        let after = start == .min ? start : start - 1
        return stored.map(\.series).filter { series in
            guard
                matcherLists.isEmpty
                    || matcherLists.contains(where: { Self.accepts(series.labels, $0) })
            else { return false }
            return !Self.places(series.times, after: after, to: end).isEmpty
                || !Self.places(series.histogramTimes, after: after, to: end).isEmpty
        }.map(\.labels).sorted()
    }

    private static func accepts(_ labels: Labels, _ matchers: [LabelMatcher]) -> Bool {
        matchers.allSatisfy { $0.accepts(labels[$0.label]) }
    }

    /// Indexes of times with after < time <= end.
    private static func places(_ times: [Int64], after: Int64, to end: Int64) -> Range<Int> {
        let low = firstIndex(times, above: after)
        return low..<max(low, firstIndex(times, above: end))
    }

    private static func firstIndex(_ times: [Int64], above limit: Int64) -> Int {
        var low = 0
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] > limit { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
