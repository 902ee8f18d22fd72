// Which tier answers a selector. A range needs about ten samples to be worth its function; an
// instant selector must find one inside the look-back. Functions that look at single samples get
// all of them. Where the chosen tier has nothing, the reader takes what is there. Pure.

import History
import PromQL
import Stats

enum Resolution {
    /// Exact, or nearly, on a tenth of the samples.
    private static let coarse: Set<String> = [
        "rate", "increase", "delta", "deriv", "predict_linear", "avg_over_time", "min_over_time",
        "max_over_time", "last_over_time", "present_over_time", "absent_over_time",
    ]
    private static let samplesPerRange: Int64 = 10
    /// A fifth of the default look-back.
    private static let instantStepMax: Int64 = 60_000

    static func tier(_ hints: SelectHints, _ kind: MetricKind) -> TierChoice {
        if hints.range == 0 { return .stepAtMost(min(hints.step, instantStepMax)) }
        guard coarse.contains(hints.function) else { return .exactly(.flush) }
        return .stepAtMost(hints.range / samplesPerRange)
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
