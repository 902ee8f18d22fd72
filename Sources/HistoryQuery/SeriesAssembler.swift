// From the lives of one series to its samples: values in the units of /metrics, a zero where a
// counter was born, a stale marker where it ended, ascending times. Series that share their axes
// share one array of times. When a clock stepped back, what the earlier clock wrote beyond that
// point makes way: counters are cumulative, so no count is lost by it. One window, one thread.

import History
import PromQL
import Stats

struct SeriesAssembler {
    /// The samples of a series, before there are numbers.
    private enum Span: Hashable {
        case zero(Int64)
        case samples(axis: Int, from: Int, to: Int)
        case stale(Int64)
    }

    private let window: SeriesWindow
    private let view: FamilyView
    private let hints: SelectHints
    private let decoder: PieceDecoder
    /// Two flushes of one millisecond.
    private let hasEqualTimes: Bool
    private var timesOfPlan: [[Span]: [Int64]] = [:]

    init(_ window: SeriesWindow, _ view: FamilyView, _ hints: SelectHints) {
        self.window = window
        self.view = view
        self.hints = hints
        decoder = PieceDecoder(window, view, hints)
        hasEqualTimes = window.axes.contains { axis in
            zip(axis.times, axis.times.dropFirst()).contains { $0 == $1 }
        }
    }

    /// One result for each label set.
    mutating func series(
        _ lives: [StoredLife], _ labels: [Labels], _ bounds: [Int]
    ) -> [SourceSeries] {
        let generations = Generation.all(lives)
        if generations.contains(where: { $0.lives.count > 1 }) || !isAscending(lives) {
            return slow(generations, labels, bounds)
        }
        let plan = plan(lives)
        let times = times(of: plan)
        if view.kind == .native { return native(lives, labels, times) }
        var columns = [[Double]](repeating: [], count: labels.count)
        for column in columns.indices { columns[column].reserveCapacity(times.count) }
        for life in lives {
            if isBornInside(life) { for index in columns.indices { columns[index].append(0) } }
            for piece in life.pieces { decoder.append(piece, life, bounds, to: &columns) }
            if ends(life) != nil {
                for index in columns.indices { columns[index].append(StaleMarker.value) }
            }
        }
        return zip(labels, columns).map { SourceSeries(labels: $0, times: times, values: $1) }
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
    private func isAscending(_ lives: [StoredLife]) -> Bool {
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
        return !hasEqualTimes
    }

    private func plan(_ lives: [StoredLife]) -> [Span] {
        var plan: [Span] = []
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

    private mutating func times(of plan: [Span]) -> [Int64] {
        if let known = timesOfPlan[plan] { return known }
        var times: [Int64] = []
        for span in plan {
            switch span {
            case .zero(let time), .stale(let time): times.append(time)
            case .samples(let axis, let from, let to):
                times.append(contentsOf: window.axes[axis].times[from..<to])
            }
        }
        timesOfPlan[plan] = times
        return times
    }

    /// Histograms; stale markers are floats and go to the other column.
    private func native(
        _ lives: [StoredLife], _ labels: [Labels], _ times: [Int64]
    ) -> [SourceSeries] {
        var result = SourceSeries(labels: labels[0])
        for life in lives {
            if isBornInside(life), let born = life.bornMillis {
                result.histogramTimes.append(born)
                result.histograms.append(decoder.empty)
            }
            for piece in life.pieces {
                let axis = window.axes[piece.axis].times
                result.histogramTimes.append(contentsOf: axis[piece.range])
                decoder.append(histograms: piece, to: &result.histograms)
            }
            if let end = ends(life) {
                result.times.append(end)
                result.values.append(StaleMarker.value)
            }
        }
        return [result]
    }

    // MARK: overlapping lives and clock steps

    private func slow(
        _ generations: [Generation], _ labels: [Labels], _ bounds: [Int]
    ) -> [SourceSeries] {
        if view.kind == .native {
            var ordered = native(generations.flatMap(\.lives), labels, [])[0]
            var column = TimedColumn<FloatHistogram>()
            for (time, value) in zip(ordered.histogramTimes, ordered.histograms) {
                column.append(time, value)
            }
            ordered.histogramTimes = column.times
            ordered.histograms = column.values
            return [ordered]
        }
        var results = [TimedColumn<Double>](repeating: TimedColumn(), count: labels.count)
        for generation in generations {
            if let first = generation.lives.first, isBornInside(first),
                let born = first.bornMillis
            {
                for index in results.indices { results[index].append(born, 0) }
            }
            let sums = generation.sum(window, isGauge: view.family.kind == .gauge) { piece, life in
                var columns = [[Double]](repeating: [], count: labels.count)
                decoder.append(piece, life, bounds, to: &columns)
                return columns
            }
            for (time, values) in sums {
                for index in results.indices { results[index].append(time, values[index]) }
            }
            let last = generation.lives.compactMap { ends($0) }.max()
            if let last, generation.lives.allSatisfy({ $0.endedMillis != nil }) {
                for index in results.indices { results[index].append(last, StaleMarker.value) }
            }
        }
        return zip(labels, results).map {
            SourceSeries(labels: $0, times: $1.times, values: $1.values)
        }
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
