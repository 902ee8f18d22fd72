// The history as PromQL sees it: counters, gauges and classic histogram series as floats in the
// units of /metrics, histograms also as native ones under their base name. Sums stay exact: a fresh
// series begins with a zero at its birth, an ended one with a stale marker, a restart with both.
// One source stays on one thread, as the reader inside it.

public import History
public import PromQL
import Stats

public final class HistorySource: SeriesSource {
    private let reader: HistoryReader
    /// What could not be read, of all selects so far.
    public private(set) var report = ReadReport()

    public init(_ reader: HistoryReader) {
        self.reader = reader
    }

    public func select(
        _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget
    ) throws(QueryFailure) -> [SourceSeries] {
        var result: [SourceSeries] = []
        for family in try families() {
            for view in FamilyView.all(of: family) where view.isNamed(matchers) {
                result += try select(view, matchers, hints, &budget)
            }
        }
        return Self.merged(result)
    }

    public func series(
        _ matcherLists: [[LabelMatcher]], start: Int64, end: Int64
    ) throws(QueryFailure) -> [Labels] {
        var result: Set<Labels> = []
        let lists = matcherLists.isEmpty ? [[]] : matcherLists
        for family in try families() {
            let series = try stored(family).filter {
                $0.firstMillis <= end && ($0.lastMillis ?? .max) >= start
            }
            for view in FamilyView.all(of: family) {
                for matchers in lists where view.isNamed(matchers) {
                    for one in series { result.formUnion(view.labels(of: one, matchers)) }
                }
            }
        }
        return result.sorted()
    }

    private func select(
        _ view: FamilyView, _ matchers: [LabelMatcher], _ hints: SelectHints,
        _ budget: inout SampleBudget
    ) throws(QueryFailure) -> [SourceSeries] {
        var outputs: [Int64: [Labels]] = [:]
        var places: [Int64: [Int]] = [:]
        for series in try stored(view.family) {
            let chosen = view.outputs(of: series, matchers)
            if chosen.isEmpty { continue }
            outputs[series.id] = chosen.map(\.labels)
            places[series.id] = chosen.map(\.bound)
        }
        if outputs.isEmpty { return [] }
        let window: SeriesWindow
        do throws(HistoryError) {
            window = try reader.window(
                family: view.family.id, seriesIDs: Set(outputs.keys), from: hints.start,
                to: hints.end, tier: Resolution.tier(hints, view.family.kind))
        } catch {
            throw .source(error.description)
        }
        report.merge(window.report)
        var assembler = SeriesAssembler(window, view, hints)
        var result: [SourceSeries] = []
        for lives in window.lives.grouped() {
            guard let id = lives.first?.seriesID, let labels = outputs[id],
                let bounds = places[id]
            else { continue }
            let count = lives.reduce(0) { $0 + $1.sampleCount + 2 }
            try budget.take(count * labels.count)
            result += assembler.series(lives, labels, bounds)
        }
        return result
    }

    private func families() throws(QueryFailure) -> [StoredFamily] {
        do throws(HistoryError) { return try reader.families() } catch {
            throw .source(error.description)
        }
    }

    private func stored(_ family: StoredFamily) throws(QueryFailure) -> [StoredSeries] {
        do throws(HistoryError) { return try reader.series(of: family) } catch {
            throw .source(error.description)
        }
    }

    /// Each label set once: a family that was declared anew, or an import, may repeat one.
    private static func merged(_ series: [SourceSeries]) -> [SourceSeries] {
        var places: [Labels: Int] = [:]
        var result: [SourceSeries] = []
        for one in series where !(one.times.isEmpty && one.histogramTimes.isEmpty) {
            if let place = places[one.labels] {
                result[place] = join(result[place], one)
            } else {
                places[one.labels] = result.count
                result.append(one)
            }
        }
        return result
    }

    private static func join(_ first: SourceSeries, _ second: SourceSeries) -> SourceSeries {
        var result = SourceSeries(labels: first.labels)
        (result.times, result.values) = join(
            first.times, first.values, second.times, second.values)
        (result.histogramTimes, result.histograms) = join(
            first.histogramTimes, first.histograms, second.histogramTimes, second.histograms)
        return result
    }

    /// By time; the second one wins where both have a sample.
    private static func join<Value>(
        _ times: [Int64], _ values: [Value], _ otherTimes: [Int64], _ otherValues: [Value]
    ) -> ([Int64], [Value]) {
        if otherTimes.isEmpty { return (times, values) }
        if times.isEmpty { return (otherTimes, otherValues) }
        var joined: ([Int64], [Value]) = ([], [])
        var (left, right) = (0, 0)
        while left < times.count || right < otherTimes.count {
            let leftTime = left < times.count ? times[left] : .max
            let rightTime = right < otherTimes.count ? otherTimes[right] : .max
            joined.0.append(min(leftTime, rightTime))
            joined.1.append(leftTime < rightTime ? values[left] : otherValues[right])
            if leftTime <= rightTime, left < times.count { left += 1 }
            if rightTime <= leftTime, right < otherTimes.count { right += 1 }
        }
        return joined
    }
}

extension [StoredLife] {
    /// The lives of each series together.
    fileprivate func grouped() -> [[StoredLife]] {
        var result: [[StoredLife]] = []
        for life in self {
            if let last = result.indices.last, result[last][0].seriesID == life.seriesID {
                result[last].append(life)
            } else {
                result.append([life])
            }
        }
        return result
    }
}
