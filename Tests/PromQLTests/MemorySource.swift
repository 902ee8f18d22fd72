// A source for the engine's tests: series in memory, and what the engine asked for.

@testable import PromQL

final class MemorySource: SeriesSource {
    var stored: [SourceSeries] = []
    private(set) var asked: [SelectHints] = []

    /// Samples of `name`, `step` apart from 0, with some labels.
    func add(
        _ name: String, _ labels: [String: String] = [:], every step: Int64 = 60_000,
        values: [Double]
    ) {
        var all = labels
        all[Labels.nameLabel] = name
        stored.append(
            SourceSeries(
                labels: Labels(all), times: values.indices.map { Int64($0) * step },
                values: values))
    }

    func select(
        _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget
    ) throws(QueryFailure) -> [SourceSeries] {
        asked.append(hints)
        var found: [SourceSeries] = []
        for series in stored
        where matchers.allSatisfy({ $0.accepts(series.labels[$0.label]) }) {
            let kept = series.times.indices.filter {
                series.times[$0] > hints.start - (series.sparse.map(\.reach).max() ?? 0)
                    && series.times[$0] <= hints.end
            }
            if kept.isEmpty { continue }
            try budget.take(kept.count)
            var chosen = SourceSeries(
                labels: series.labels, times: kept.map { series.times[$0] },
                values: kept.map { series.values[$0] })
            chosen.sparse = series.sparse
            found.append(chosen)
        }
        return found
    }

    func series(
        _ matcherLists: [[LabelMatcher]], start: Int64, end: Int64
    ) throws(QueryFailure) -> [Labels] {
        stored.map(\.labels).sorted()
    }
}

extension Engine {
    /// One line a series: labels, then the values at each step.
    func text(
        _ query: String, at time: Int64, from source: MemorySource
    ) throws -> [String] {
        Self.lines(try instant(Parser.expression(query), at: time, from: source).value)
    }

    func text(
        _ query: String, from start: Int64, to end: Int64, step: Int64, _ source: MemorySource
    ) throws -> [String] {
        let expression = try Parser.expression(query)
        return Self.lines(
            try range(expression, start: start, end: end, step: step, from: source).value)
    }

    private static func lines(_ value: QueryValue) -> [String] {
        switch value {
        case .scalar(_, let number): return [FloatText.general(number)]
        case .string(_, let text): return [text]
        case .vector(let series), .matrix(let series):
            return series.map { one in
                let samples = one.samples.map { sample in
                    switch sample.value {
                    case .float(let number): FloatText.general(number)
                    case .histogram(let histogram): histogram.description
                    }
                }
                return ([selector(of: one.labels)] + samples).joined(separator: " ")
            }
        }
    }

    /// `a{b="c"}`, or `a` alone.
    private static func selector(of labels: Labels) -> String {
        let rest = labels.with(Labels.nameLabel, "")
        let isBare = rest.pairs.isEmpty && !labels.metricName.isEmpty
        return labels.metricName + (isBare ? "" : rest.text)
    }
}
