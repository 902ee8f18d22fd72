// The history as PromQL sees it: counters, gauges and classic histogram series as floats in the
// units of /metrics, histograms also as native ones under their base name. Sums stay exact: a fresh
// series begins with a zero at its birth, an ended one with a stale marker, a restart with both.
// Series are read in the parts in which they are stored, so a query over many holds few of them.
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
        try forEachSeries(matchers, hints, &budget) {
            (series, budget: inout SampleBudget) throws(QueryFailure) in
            try budget.take(series.cost)
            result.append(series)
        }
        return result
    }

    public func forEachSeries(
        _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget,
        _ body: (SourceSeries, inout SampleBudget) throws(QueryFailure) -> Void
    ) throws(QueryFailure) {
        let found = try views(accepting: matchers)
        for members in Dictionary(grouping: found, by: \.name).values {
            if members.count == 1 {
                try read(members[0], matchers, hints, &budget, body)
            } else {
                try readJoined(members, matchers, hints, &budget, body)
            }
        }
    }

    public func series(
        _ matcherLists: [[LabelMatcher]], start: Int64, end: Int64
    ) throws(QueryFailure) -> [Labels] {
        var result: [Labels] = []
        let lists = matcherLists.isEmpty ? [[]] : matcherLists
        for family in try families() {
            let views = FamilyView.all(of: family) { name in
                lists.contains { FamilyView.accept($0, name) }
            }
            if views.isEmpty { continue }
            let series = try stored(family).filter {
                $0.firstMillis <= end && ($0.lastMillis ?? .max) >= start
            }
            for view in views {
                let chosen = lists.filter { view.isNamed($0) }
                for one in series { Self.add(view, one, chosen, to: &result) }
            }
        }
        // Found nearly in order, so sorting costs less than hashing would.
        result.sort()
        var distinct: [Labels] = []
        distinct.reserveCapacity(result.count)
        for labels in result where labels != distinct.last { distinct.append(labels) }
        return distinct
    }

    /// What any of the lists chooses of a series, once.
    private static func add(
        _ view: FamilyView, _ series: StoredSeries, _ lists: [[LabelMatcher]],
        to result: inout [Labels]
    ) {
        let start = result.count
        for matchers in lists {
            let end = result.count
            for labels in view.labels(of: series, matchers)
            where !result[start..<end].contains(labels) {
                result.append(labels)
            }
        }
    }

    // MARK: reading

    /// What a label set takes of the budget: half a kilobyte. It bounds the series of a query.
    private static let samplesPerLabels = 32

    /// A family that was declared anew, or an import, may repeat a name, and with it label sets:
    /// those are held until all of them are there.
    private func readJoined(
        _ views: [FamilyView], _ matchers: [LabelMatcher], _ hints: SelectHints,
        _ budget: inout SampleBudget,
        _ body: (SourceSeries, inout SampleBudget) throws(QueryFailure) -> Void
    ) throws(QueryFailure) {
        let before = budget.taken
        var joined = SeriesJoin()
        for view in views {
            try read(view, matchers, hints, &budget) {
                (series, budget: inout SampleBudget) throws(QueryFailure) in
                try budget.take(series.cost)
                joined.add(series)
            }
        }
        budget.giveBack(budget.taken - before)
        for series in joined.series {
            try budget.take(series.cost)
            try body(series, &budget)
            budget.giveBack(series.cost)
        }
    }

    private func read(
        _ view: FamilyView, _ matchers: [LabelMatcher], _ hints: SelectHints,
        _ budget: inout SampleBudget,
        _ body: (SourceSeries, inout SampleBudget) throws(QueryFailure) -> Void
    ) throws(QueryFailure) {
        var outputs: [Int64: [FamilyView.Output]] = [:]
        var labelCost = 0
        for series in try stored(view.family) {
            let chosen = view.outputs(of: series, matchers)
            if chosen.isEmpty { continue }
            outputs[series.id] = chosen
            labelCost += chosen.count * Self.samplesPerLabels
            try budget.take(chosen.count * Self.samplesPerLabels)
            try budget.work(chosen.count * Self.samplesPerLabels)
        }
        if outputs.isEmpty { return }
        defer { budget.giveBack(labelCost) }
        let ruled = ReadingBudget(budget)
        let reading = try reading(view, hints, Set(outputs.keys), ruled)
        try ruled.settle(&budget)
        report.merge(reading.report)
        var sparse: [SparseStretch]?
        var times = TimesOfPlan()
        for part in reading.parts {
            let window = try window(reading, part, ruled, &budget)
            if sparse == nil { sparse = Self.sparse(window, hints) }
            var assembler = SeriesAssembler(window, view, hints, times)
            for lives in window.lives.grouped() {
                guard let chosen = lives.first.flatMap({ outputs[$0.seriesID] }) else { continue }
                let count = lives.reduce(0) { $0 + $1.sampleCount + 2 } * chosen.count
                try budget.take(count)
                try budget.work(count)
                for var series in try assembler.series(lives, chosen, &budget) {
                    series.sparse = sparse ?? []
                    try body(series, &budget)
                }
                budget.giveBack(count + assembler.extraCost)
            }
            times = assembler.times
            ruled.release(&budget)
        }
    }

    private func reading(
        _ view: FamilyView, _ hints: SelectHints, _ ids: Set<Int64>, _ ruled: ReadingBudget
    ) throws(QueryFailure) -> SeriesReading {
        var question = SeriesReading.Question(
            family: view.family.id, seriesIDs: ids, from: hints.start, to: hints.end,
            tier: Resolution.tier(hints, view.family.kind, series: ids.count))
        if hints.range == 0 { question.lookbackMillis = hints.lookback }
        question.goesOn = { ruled.goesOn(bytes: $0) }
        do throws(HistoryError) { return try reader.reading(question) } catch {
            throw .source(error.description)
        }
    }

    private func window(
        _ reading: SeriesReading, _ part: Set<Int64>, _ ruled: ReadingBudget,
        _ budget: inout SampleBudget
    ) throws(QueryFailure) -> SeriesWindow {
        ruled.renew(budget)
        let window: SeriesWindow
        do throws(HistoryError) { window = try reading.window(part) } catch {
            throw .source(error.description)
        }
        try ruled.settle(&budget)
        report.merge(window.report)
        return window
    }

    /// Where a tier's samples are further apart than the look-back; for ranges, where they are
    /// further apart than those of another tier in the same window.
    private static func sparse(_ window: SeriesWindow, _ hints: SelectHints) -> [SparseStretch] {
        let steps = Set(window.axes.map(\.stepMillis))
        var result: [SparseStretch] = []
        for axis in window.axes {
            let isSparse =
                hints.range > 0
                ? steps.count > 1 && axis.stepMillis > steps.min() ?? 0
                : axis.reachMillis > hints.lookback
            guard isSparse, let from = axis.times.first, let to = axis.times.last else { continue }
            if let last = result.last, last.spacing == axis.stepMillis, last.to <= from {
                result[result.count - 1].to = to
            } else {
                result.append(
                    SparseStretch(
                        from: from, to: to, reach: axis.reachMillis, spacing: axis.stepMillis))
            }
        }
        return result
    }

    // MARK: dictionary

    private func views(accepting matchers: [LabelMatcher]) throws(QueryFailure) -> [FamilyView] {
        try families().flatMap { FamilyView.all(of: $0) { FamilyView.accept(matchers, $0) } }
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
