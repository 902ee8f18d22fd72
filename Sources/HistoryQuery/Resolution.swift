// Which tier answers a selector. An instant selector takes a coarse one when its steps fall on the
// borders of the windows, where the last sample of a window is the latest one there is, or when a
// window is short beside a step. A range takes one that leaves enough samples for its function, if
// the function is one that few samples serve and all samples would take long to read. Where the
// chosen tier has nothing, the reader takes what is there. Pure.

import History
import PromQL
import Stats

enum Resolution {
    /// Exact, or nearly, on a part of the samples.
    private static let coarse: Set<String> = [
        "rate", "increase", "delta", "deriv", "predict_linear", "avg_over_time", "min_over_time",
        "max_over_time", "last_over_time", "present_over_time", "absent_over_time",
    ]
    /// With so many, the ends of a window are at most a thirtieth of it away from its samples.
    private static let samplesPerRange: Int64 = 30
    /// An instant selector off the borders of windows is late by a tenth of its step at most.
    private static let windowsPerStep: Int64 = 10
    private static let windowsPerLookback: Int64 = 5

    /// Some 100 ms: so many samples are read as they are.
    private static let samplesEasily = 8_000_000

    /// What a sample of a histogram is to one of a number.
    private static let histogramWeight = 128

    static func tier(_ hints: SelectHints, _ kind: MetricKind, series: Int) -> TierChoice {
        if hints.range > 0 {
            let millis = Double(hints.end) - Double(hints.start)
            let columns = series * (kind == .histogram ? histogramWeight : 1)
            let isEasy =
                millis / Double(HistoryTier.flush.stepMillis) * Double(columns)
                <= Double(samplesEasily)
            guard coarse.contains(hints.function), !isEasy else { return .exactly(.flush) }
            return .stepAtMost(hints.range / samplesPerRange)
        }
        let first = hints.start &+ hints.lookback
        let tier = HistoryTier.allCases.last { tier in
            let window = tier.stepMillis
            let isAligned = first % window == 0 && hints.step % window == 0
            return window <= hints.lookback / windowsPerLookback && hints.step > 0
                && (isAligned || window <= hints.step / windowsPerStep)
        }
        return .exactly(tier ?? .flush)
    }

    /// Of a gauge in a coarser tier, the column that the function wants.
    static func gaugeColumn(_ function: String) -> SeriesWindow.GaugeColumn {
        switch function {
        case "avg_over_time": .mean
        case "min_over_time": .least
        case "max_over_time": .greatest
        default: .last
        }
    }
}
