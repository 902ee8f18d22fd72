// Numbers for programs: integers as they are, nanoseconds as seconds with every digit, quantiles
// (which are estimates) as shortest doubles. Used by JSON and CSV, never by tables. Pure; a script
// may compare these byte by byte.

import History
import Stats

enum ExactText {
    /// The unit of what `number` and `estimate` say.
    static func unit(_ unit: MetricUnit) -> String {
        switch unit {
        case .nanoseconds: "seconds"
        case .bytes: "bytes"
        case .none: "none"
        }
    }

    static func number(_ raw: UInt64, _ unit: MetricUnit) -> String {
        switch unit {
        case .nanoseconds: UnitText.exactSeconds(nanoseconds: raw)
        case .bytes, .none: String(raw)
        }
    }

    static func number(_ raw: Int64, _ unit: MetricUnit) -> String {
        switch unit {
        case .nanoseconds: UnitText.exactSeconds(nanoseconds: raw)
        case .bytes, .none: String(raw)
        }
    }

    /// An estimate in raw units; "" for none.
    static func estimate(_ raw: Double?, _ unit: MetricUnit) -> String {
        guard let raw, raw.isFinite else { return "" }
        switch unit {
        case .nanoseconds: return "\(raw / 1e9)"
        case .bytes, .none: return JSONText.number(raw)
        }
    }
}
