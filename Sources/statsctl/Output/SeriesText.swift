// Series and numbers as text: names in selector form, the short form that leaves out what all
// lines of an answer share, and numbers with the unit that a metric's name promises. A unit is
// guessed from the name, as Prometheus' naming rules allow, and never changes a number for
// programs. Pure.

import History
import PromQL
import Stats

enum SeriesText {
    /// `name{a="b"}`; "{}" without any label.
    static func full(_ labels: Labels) -> String {
        let pairs = labels.withoutName.pairs.map { $0.name + "=" + JSONText.quoted($0.value) }
        let name = labels.metricName
        if pairs.isEmpty { return name.isEmpty ? "{}" : name }
        return name + "{" + pairs.joined(separator: ",") + "}"
    }

    /// Each series by the labels in which they differ; the full form when there is but one.
    static func distinct(_ all: [Labels]) -> [String] {
        guard all.count > 1, let first = all.first else { return all.map(full) }
        let shared = Set(first.pairs).intersection(
            all.dropFirst().reduce(into: Set(first.pairs)) { $0.formIntersection($1.pairs) })
        return all.map { labels in
            full(Labels(sorted: labels.pairs.filter { !shared.contains($0) }))
        }
    }
}

extension TimeText {
    /// A duration for people: without milliseconds from a second on.
    static func span(millis: Int64) -> String {
        duration(millis: millis < 1000 ? millis : millis / 1000 * 1000)
    }
}

/// What a number means, as far as names tell.
enum Quantity {
    case seconds
    case bytes
    case ratio
    case plain

    /// From a metric's name or a whole query: what it is about decides; a count of it has no unit.
    static func guess(_ query: String) -> Quantity {
        let text = query.replacing("_total", with: "")
        if text.contains("histogram_count") || text.contains("histogram_fraction") { return .plain }
        for part in ["_seconds_count", "_bytes_count", "_seconds_bucket", "_bytes_bucket"]
        where text.contains(part) && !text.contains("quantile") {
            return .plain
        }
        if text.contains(where: { $0 == "/" }) { return .plain }
        if text.contains("_seconds") { return .seconds }
        return text.contains("_bytes") ? .bytes : .plain
    }

    /// Three digits and a unit.
    func text(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "-" : value < 0 ? "-Inf" : "+Inf" }
        switch self {
        case .seconds:
            if abs(value) >= 120 { return TimeText.duration(millis: Int64(abs(value) * 1000)) }
            return UnitText.human((value * 1e9).rounded(), .nanoseconds)
        case .bytes: return UnitText.human(value, .bytes)
        case .ratio: return UnitText.significant(value * 100) + " %"
        case .plain: return Self.plain(value)
        }
    }

    private static func plain(_ value: Double) -> String {
        let size = abs(value)
        if size >= 1e6 {
            let (scale, unit) = size >= 1e12 ? (1e12, "T") : size >= 1e9 ? (1e9, "G") : (1e6, "M")
            return UnitText.significant(value / scale) + unit
        }
        if size > 0, size < 0.001 { return UnitText.significant(value * 1e6) + "e-6" }
        return value == value.rounded()
            ? UnitText.grouped(Int64(value))
            : UnitText.significant(value)
    }
}
