// The series that fuzzed queries look at: every kind of sample once, in eleven series of nine
// samples, so that a query costs microseconds. One thread.

import PromQL

final class TinySource: SeriesSource {
    private static let stored: [SourceSeries] = {
        let times = (0..<9).map { Int64($0) * 45_000 }
        func floats(_ labels: [String: String], _ values: [Double]) -> SourceSeries {
            SourceSeries(labels: Labels(labels), times: times, values: values)
        }
        let native = (1...9).map { histogram(times: Double($0)) }
        let custom = (1...9).map { step in
            var value = histogram(times: Double(step))
            value.schema = FloatHistogram.customSchema
            value.customBounds = [1, 2, 4]
            value.zeroThreshold = 0
            (value.negative, value.negativeSpans, value.zeroCount) = ([], [], 0)
            value.count = 10 * Double(step)
            return value
        }
        let (limits, nan) = ([-1, 0, 5, 9e300, 1e-300, -0.0, 7, 8, 9], Double.nan)
        return [
            floats(["__name__": "a", "x": "1", "y": "p"], [1, 2, 3, 4, 2, 3, 4, 5, 6]),
            floats(["__name__": "a", "x": "2", "y": "q"], limits),
            floats(["__name__": "b", "x": "1"], [1, nan, .infinity, -.infinity, 0, 1, 2, 3, 4]),
            floats(
                ["__name__": "b", "x": "\u{E9}\"\\"],
                [1, StaleMarker.value, 3, 4, StaleMarker.value, 6, 7, 8, 9]),
            floats(["__name__": "c_bucket", "le": "1"], times.map { Double($0) }),
            floats(["__name__": "c_bucket", "le": "+Inf"], times.map { Double($0) * 3 }),
            floats(
                ["__name__": "target_info", "instance": "i", "job": "j", "v": "1"],
                times.map { _ in 1 }),
            floats(["__name__": "a", "instance": "i", "job": "j"], times.map { Double($0) }),
            SourceSeries(
                labels: Labels(["__name__": "h", "x": "1"]), histogramTimes: times,
                histograms: native),
            SourceSeries(
                labels: Labels(["__name__": "h", "x": "2"]), histogramTimes: times,
                histograms: custom),
            SourceSeries(
                labels: Labels(["__name__": "m", "x": "1"]), times: Array(times[..<4]),
                values: [1, 2, 3, 4], histogramTimes: Array(times[4...]),
                histograms: Array(native[4...])),
        ]
    }()

    private static func histogram(times factor: Double) -> FloatHistogram {
        var value = FloatHistogram()
        value.schema = 1
        value.zeroThreshold = 0.001
        value.zeroCount = factor
        value.positiveSpans = [.init(offset: -1, length: 2), .init(offset: 1, length: 2)]
        value.positive = [1, 2, 3, 4].map { $0 * factor }
        value.negativeSpans = [.init(offset: 0, length: 1)]
        value.negative = [factor]
        value.count = 12 * factor
        value.sum = 20 * factor
        return value
    }

    func select(
        _ matchers: [LabelMatcher], _ hints: SelectHints, _ budget: inout SampleBudget
    ) throws(QueryFailure) -> [SourceSeries] {
        var found: [SourceSeries] = []
        for var series in Self.stored
        where matchers.allSatisfy({ $0.accepts(series.labels[$0.label]) }) {
            let kept = series.times.indices.filter { hints.holds(series.times[$0]) }
            let keptHistograms = series.histogramTimes.indices.filter {
                hints.holds(series.histogramTimes[$0])
            }
            if kept.isEmpty, keptHistograms.isEmpty { continue }
            try budget.take(kept.count + keptHistograms.count)
            series.values = kept.map { series.values[$0] }
            series.times = kept.map { series.times[$0] }
            series.histograms = keptHistograms.map { series.histograms[$0] }
            series.histogramTimes = keptHistograms.map { series.histogramTimes[$0] }
            found.append(series)
        }
        return found
    }

    func series(
        _ matcherLists: [[LabelMatcher]], start: Int64, end: Int64
    ) throws(QueryFailure) -> [Labels] {
        Self.stored.map(\.labels).sorted()
    }
}

extension SelectHints {
    fileprivate func holds(_ time: Int64) -> Bool { time > start && time <= end }
}
