// What changed between two windows: every counter's rate, every gauge's mean and every histogram's
// p50 and p99, each series for itself, asked in batches of PromQL and ranked by how much and how
// surely they moved. New and vanished series are apart. One thread; the ranking is pure.

import Glibc
import History
import PromQL

struct Mover {
    enum Kind { case rate, mean, quantile }

    var series: String
    var kind: Kind
    var quantity: Quantity
    var before: Double?
    var after: Double?
    /// Larger is more worth seeing.
    var score = 0.0

    /// A quantile of nothing: its series was there, and saw no observation in one of the windows.
    /// That is neither new nor gone; its rate tells.
    var isSilent = false

    var isNew: Bool { before == nil }
    var isGone: Bool { after == nil }
}

struct Movers {
    var before: Window
    var after: Window
    /// Only metrics whose name contains this; "" for all.
    var filter = ""
    /// weir's counters of itself too.
    var includesInternal = false

    private static let internalNames = [
        "weir_history_", "weir_stats_", "weir_admin_", "weir_query_", "weir_statsd_",
        "weir_server_uptime", "weir_thread_",
    ]
    /// Names in a query; long queries are slow to parse and hard to read in a server's log.
    private static let batch = 25

    /// A gauge that is always there, of weir or of a Prometheus' targets.
    private static let pulse = "(up or weir_server_live)"

    /// Both windows, cut to what was recorded of them. Says so when that is nothing of the first
    /// one; there is nothing to compare when the second one lies before the numbers, too.
    static func recorded(
        before window: Window, after: Window, _ backend: any Backend
    ) throws -> (before: Window, after: Window) {
        if let oldest = try backend.oldest(), oldest >= window.end {
            let time = TimeText.localTime(millis: oldest)
            guard oldest < after.end else {
                throw Failure.nothing(
                    "\(TimeText.localTime(millis: after.start)) is not recorded: the numbers begin"
                        + " at \(time)")
            }
            Terminal.notice("statsctl: nothing was recorded before \(time): everything is new")
        }
        let first = try backend.recorded(window, of: pulse).window
        return (first, try backend.recorded(after, of: pulse).window)
    }

    func ranked(_ backend: any Backend) throws -> [Mover] {
        let whole = Window(
            start: min(before.start, after.start), end: max(before.end, after.end))
        let names = try backend.labelValues("__name__", nil, whole).filter { name in
            (filter.isEmpty || name.contains(filter))
                && (includesInternal || !Self.internalNames.contains { name.hasPrefix($0) })
        }
        let types = try backend.metadata()
        var found: [String: Mover] = [:]
        var progress = Progress("comparing", total: Int64(names.count))
        var done = 0
        for (kind, group) in Self.groups(names, types) {
            for start in stride(from: 0, to: group.count, by: Self.batch) {
                let part = Array(group[start..<min(start + Self.batch, group.count)])
                try ask(part, kind, backend, &found)
                done += part.count
                progress.show(Int64(done))
            }
        }
        progress.end()
        return found.values.filter { !$0.isSilent }.compactMap(scored).sorted {
            ($0.score, $1.series) > ($1.score, $0.series)
        }
    }

    /// Names by how they are compared; parts of classic histograms belong to their histogram.
    private static func groups(
        _ names: [String], _ types: [String: Metadata]
    ) -> [(Mover.Kind, [String])] {
        var groups: [Mover.Kind: [String]] = [:]
        let all = Set(names)
        for name in names {
            let type = types[name]?.type
            if name.hasSuffix("_bucket") {
                let base = String(name.dropLast("_bucket".count))
                if !all.contains(base) { groups[.quantile, default: []].append(base) }
            } else if type == "histogram" {
                groups[.quantile, default: []].append(name)
            } else if name.hasSuffix("_sum") && all.contains(String(name.dropLast(4)) + "_count") {
                continue
            } else if type == "counter" || name.hasSuffix("_total") || name.hasSuffix("_count") {
                groups[.rate, default: []].append(name)
            } else if !name.hasSuffix("_created"), type != "info", !name.hasSuffix("_info") {
                groups[.mean, default: []].append(name)
            }
        }
        return [.rate, .quantile, .mean].map { ($0, groups[$0] ?? []) }
    }

    private func ask(
        _ names: [String], _ kind: Mover.Kind, _ backend: any Backend,
        _ found: inout [String: Mover]
    ) throws {
        for (window, isAfter) in [(before, false), (after, true)] {
            let query = names.flatMap { Self.terms($0, kind, window) }.joined(separator: " or ")
            for entry in try backend.instant(query, at: window.end).series {
                guard case .float(let number)? = entry.samples.last?.value,
                    number.isFinite || kind == .quantile
                else { continue }
                let text = Self.name(entry.labels)
                var mover =
                    found[text]
                    ?? Mover(
                        series: text, kind: kind,
                        quantity: kind == .rate && entry.labels["metric_"].contains("_count")
                            ? .plain : Quantity.guess(entry.labels["metric_"]))
                if !number.isFinite {
                    mover.isSilent = true
                } else if isAfter {
                    mover.after = number
                } else {
                    mover.before = number
                }
                found[text] = mover
            }
        }
    }

    /// Expressions of one metric; its name goes into a label, since functions drop it.
    private static func terms(_ name: String, _ kind: Mover.Kind, _ window: Window) -> [String] {
        let range = "[\(QueryText.duration(window.length))]"
        func named(_ expression: String, _ part: String = "") -> String {
            "label_replace(label_replace(\(expression), \"metric_\", \"\(name)\", \"\", \"\"),"
                + " \"part_\", \"\(part)\", \"\", \"\")"
        }
        switch kind {
        case .rate: return [named("rate(\(name)\(range))")]
        case .mean: return [named("avg_over_time(\(name)\(range))")]
        case .quantile:
            return [("p50", 0.5), ("p99", 0.99)].flatMap { part, quantile in
                [name, name + "_bucket"].map {
                    named("histogram_quantile(\(quantile), rate(\($0)\(range)))", part)
                }
            }
        }
    }

    private static func name(_ labels: Labels) -> String {
        let rest = labels.without(["metric_", "part_"])
        let part = labels["part_"]
        return SeriesText.full(rest.with(Labels.nameLabel, labels["metric_"]))
            + (part.isEmpty ? "" : " " + part)
    }

    // MARK: ranking

    /// nil when nothing moved.
    private func scored(_ mover: Mover) -> Mover? {
        var mover = mover
        mover.score = Self.score(
            mover, beforeSeconds: Double(before.length) / 1000,
            afterSeconds: Double(after.length) / 1000)
        // Unix times, such as of the last scrape, only say that time passes.
        if mover.quantity == .seconds, mover.kind == .mean, abs(mover.after ?? 0) > 1e9 {
            return nil
        }
        return mover.score > 0.05 ? mover : nil
    }

    /// The logarithm of the ratio. A rate counts as surely as its number of events lets it (three
    /// standard deviations are sure); a mean or a quantile is smoothed by what is too small to
    /// matter.
    static func score(_ mover: Mover, beforeSeconds: Double, afterSeconds: Double) -> Double {
        let (a, b) = (mover.before ?? 0, mover.after ?? 0)
        switch mover.kind {
        case .rate:
            let unit = mover.quantity.event
            let (m, n) = (max(0, a) * afterSeconds / unit, max(0, b) * afterSeconds / unit)
            // A count scaled up from a short window is no surer than it was.
            let noise = (n + m * max(1, afterSeconds / max(1, beforeSeconds))).squareRoot()
            guard noise > 0 else { return 0 }
            let certainty = min(1, abs(n - m) / noise / 3)
            return abs(log((n + 1) / (m + 1))) * certainty
        case .mean, .quantile:
            let small = mover.quantity.negligible
            let change = abs(log((abs(b) + small) / (abs(a) + small)))
            // A level without a past is no change; it is listed behind what happens anew.
            return mover.isNew || mover.isGone ? min(1, change) : change
        }
    }
}

extension Quantity {
    /// What counts as one event of a rate: bytes and seconds would outweigh requests.
    fileprivate var event: Double {
        switch self {
        case .seconds: 0.001
        case .bytes: 4096
        case .ratio, .plain: 1
        }
    }

    /// A difference of this size is not worth a look.
    fileprivate var negligible: Double {
        switch self {
        case .seconds: 0.000_5
        case .bytes: 65_536
        case .ratio: 0.001
        case .plain: 1
        }
    }
}
