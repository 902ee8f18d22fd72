// From the lives of one series to its samples: values in the units of /metrics, a zero where a
// counter was born, a stale marker where it ended, ascending times. Series that share their axes
// share one array of times. When a clock stepped back, what the earlier clock wrote beyond that
// point makes way: counters are cumulative, so no count is lost by it. One window, one thread.

import History
import PromQL
import Stats

struct SeriesAssembler {
    private let window: SeriesWindow
    private let view: FamilyView
    private let hints: SelectHints
    private var decoder: PieceDecoder
    /// For the next window of the same reading.
    private(set) var times: TimesOfPlan
    /// What histograms of the last series took of the budget beyond one sample each.
    private(set) var extraCost = 0

    init(
        _ window: SeriesWindow, _ view: FamilyView, _ hints: SelectHints, _ times: TimesOfPlan
    ) {
        self.window = window
        self.view = view
        self.hints = hints
        self.times = times
        decoder = PieceDecoder(window, view, hints)
    }

    /// One result for each output.
    mutating func series(
        _ lives: [StoredLife], _ outputs: [FamilyView.Output], _ budget: inout SampleBudget
    ) throws(QueryFailure) -> [SourceSeries] {
        extraCost = 0
        let generations = Generation.all(lives)
        if generations.contains(where: { $0.lives.count > 1 }) || !isAscending(lives) {
            return try slow(generations, outputs, &budget)
        }
        let times = times.times(of: plan(lives), in: window)
        if view.kind == .native { return [try native(lives, outputs[0].labels, &budget)] }
        var columns = [[Double]](repeating: [], count: outputs.count)
        for column in columns.indices { columns[column].reserveCapacity(times.count) }
        for life in lives {
            if isBornInside(life) { for index in columns.indices { columns[index].append(0) } }
            for piece in life.pieces { decoder.append(piece, life, outputs, to: &columns) }
            if ends(life) != nil {
                for index in columns.indices { columns[index].append(StaleMarker.value) }
            }
        }
        return zip(outputs, columns).map {
            SourceSeries(labels: $0.labels, times: times, values: $1)
        }
    }

    private func isBornInside(_ life: StoredLife) -> Bool {
        guard let born = life.bornMillis, view.family.kind != .gauge,
            let first = firstTime(life)
        else { return false }
        return born > hints.start && born < first
    }

    private func ends(_ life: StoredLife) -> Int64? {
        life.endedMillis.flatMap { $0 <= hints.end ? $0 : nil }
    }

    private func firstTime(_ life: StoredLife) -> Int64? {
        life.pieces.first.map { window.axes[$0.axis].times[$0.range.lowerBound] }
    }

    private func lastTime(_ piece: LifePiece) -> Int64 {
        window.axes[piece.axis].times[piece.range.upperBound - 1]
    }

    /// Whether zeros, samples and markers follow each other in time.
    private mutating func isAscending(_ lives: [StoredLife]) -> Bool {
        var last = Int64.min
        for life in lives {
            if isBornInside(life), let born = life.bornMillis {
                if born <= last { return false }
                last = born
            }
            for piece in life.pieces {
                let times = window.axes[piece.axis].times
                if times[piece.range.lowerBound] <= last { return false }
                last = lastTime(piece)
            }
            if let end = ends(life) {
                if end <= last { return false }
                last = end
            }
        }
        return !times.hasEqualTimes(in: window)
    }

    private func plan(_ lives: [StoredLife]) -> [TimesOfPlan.Span] {
        var plan: [TimesOfPlan.Span] = []
        plan.reserveCapacity(lives.reduce(0) { $0 + $1.pieces.count + 2 })
        for life in lives {
            if isBornInside(life), let born = life.bornMillis { plan.append(.zero(born)) }
            for piece in life.pieces {
                plan.append(
                    .samples(
                        axis: piece.axis, from: piece.range.lowerBound, to: piece.range.upperBound))
            }
            if let end = ends(life) { plan.append(.stale(end)) }
        }
        return plan
    }

    /// Histograms; stale markers are floats and go to the other column.
    private mutating func native(
        _ lives: [StoredLife], _ labels: Labels, _ budget: inout SampleBudget
    ) throws(QueryFailure) -> SourceSeries {
        var result = SourceSeries(labels: labels)
        for life in lives {
            if isBornInside(life), let born = life.bornMillis {
                result.histogramTimes.append(born)
                result.histograms.append(decoder.empty)
            }
            for piece in life.pieces {
                let axis = window.axes[piece.axis].times
                result.histogramTimes.append(contentsOf: axis[piece.range])
                extraCost += try decoder.append(
                    histograms: piece, to: &result.histograms, &budget)
            }
            if let end = ends(life) {
                result.times.append(end)
                result.values.append(StaleMarker.value)
            }
        }
        return result
    }

    // MARK: overlapping lives and clock steps

    /// Lives that overlap add up; where a clock stepped back the newest sample of a time wins.
    private mutating func slow(
        _ generations: [Generation], _ outputs: [FamilyView.Output], _ budget: inout SampleBudget
    ) throws(QueryFailure) -> [SourceSeries] {
        if view.kind == .native {
            return [try slowNative(generations, outputs[0].labels, &budget)]
        }
        var results = [TimedColumn<Double>](repeating: TimedColumn(), count: outputs.count)
        for generation in generations {
            if let born = birth(of: generation) {
                for index in results.indices { results[index].append(born, 0) }
            }
            var decoded: [[[[Double]]]] = []
            for life in generation.lives {
                decoded.append(
                    life.pieces.map { piece in
                        var columns = [[Double]](repeating: [], count: outputs.count)
                        decoder.append(piece, life, outputs, to: &columns)
                        return columns
                    })
            }
            for index in results.indices {
                generation.sum(
                    window, decoded.map { $0.map { $0[index] } },
                    isGauge: view.family.kind == .gauge
                ) {
                    $0 += $1
                } body: {
                    results[index].append($0, $1)
                }
            }
            if let end = end(of: generation) {
                for index in results.indices { results[index].append(end, StaleMarker.value) }
            }
        }
        return zip(outputs, results).map {
            SourceSeries(labels: $0.labels, times: $1.times, values: $1.values)
        }
    }

    private mutating func slowNative(
        _ generations: [Generation], _ labels: Labels, _ budget: inout SampleBudget
    ) throws(QueryFailure) -> SourceSeries {
        var column = TimedColumn<FloatHistogram>()
        var result = SourceSeries(labels: labels)
        for generation in generations {
            if let born = birth(of: generation) { column.append(born, decoder.empty) }
            var decoded: [[[FloatHistogram]]] = []
            for life in generation.lives {
                var pieces: [[FloatHistogram]] = []
                for piece in life.pieces {
                    var values: [FloatHistogram] = []
                    extraCost += try decoder.append(histograms: piece, to: &values, &budget)
                    pieces.append(values)
                }
                decoded.append(pieces)
            }
            generation.sum(window, decoded, isGauge: false) {
                // Lives of one series have one layout, so their buckets go together.
                _ = $0.add($1)
            } body: {
                column.append($0, $1)
            }
            if let end = end(of: generation), result.times.last ?? .min < end {
                result.times.append(end)
                result.values.append(StaleMarker.value)
            }
        }
        result.histogramTimes = column.times
        result.histograms = column.values
        return result
    }

    private func birth(of generation: Generation) -> Int64? {
        guard let first = generation.lives.first, isBornInside(first) else { return nil }
        return first.bornMillis
    }

    /// When the last of its lives ended; nil while one goes on.
    private func end(of generation: Generation) -> Int64? {
        guard generation.lives.allSatisfy({ $0.endedMillis != nil }) else { return nil }
        return generation.lives.compactMap { ends($0) }.max()
    }
}

/// The times of series that have the same zeros, samples and markers, made once for all windows of
/// a reading: nearly all series share them, and arrays of one storage are compared at a glance.
struct TimesOfPlan {
    /// The samples of a series, before there are numbers.
    enum Span: Hashable {
        case zero(Int64)
        case samples(axis: Int, from: Int, to: Int)
        case stale(Int64)
    }

    private var known: [[Span]: [Int64]] = [:]
    private var latest: (plan: [Span], times: [Int64])?
    /// Two flushes of one millisecond.
    private var hasEqualTimes: Bool?

    mutating func times(of plan: [Span], in window: SeriesWindow) -> [Int64] {
        if let latest, latest.plan == plan { return latest.times }
        let times = known[plan] ?? Self.made(plan, window)
        known[plan] = times
        latest = (plan, times)
        return times
    }

    mutating func hasEqualTimes(in window: SeriesWindow) -> Bool {
        if let hasEqualTimes { return hasEqualTimes }
        let found = window.axes.contains { axis in
            zip(axis.times, axis.times.dropFirst()).contains { $0 == $1 }
        }
        hasEqualTimes = found
        return found
    }

    private static func made(_ plan: [Span], _ window: SeriesWindow) -> [Int64] {
        var times: [Int64] = []
        for span in plan {
            switch span {
            case .zero(let time), .stale(let time): times.append(time)
            case .samples(let axis, let from, let to):
                times.append(contentsOf: window.axes[axis].times[from..<to])
            }
        }
        return times
    }
}

/// A column whose times ascend because the newest sample wins.
private struct TimedColumn<Value> {
    private(set) var times: [Int64] = []
    private(set) var values: [Value] = []

    mutating func append(_ time: Int64, _ value: Value) {
        while let last = times.last, last >= time {
            times.removeLast()
            values.removeLast()
        }
        times.append(time)
        values.append(value)
    }
}
