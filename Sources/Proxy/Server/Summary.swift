// The text at the end: one screen that says what went through, how fast, what failed, and where the
// history of it is. A pure function of the last snapshot. It must fit one screen, so it names sums
// and no series. Main thread.

import Stats

struct Summary {
    let snapshot: Snapshot
    let uptimeNanos: UInt64
    /// nil when there is no history.
    let historyPath: String?
    let statsctl: String

    func text() -> String {
        let total = counters("http.{listener}.downstream_rq_completed")
        var lines = ["", "weir ended after \(uptimeText)"]
        lines.append(row("requests", "\(total)" + rate(total)))
        lines.append(row("responses", classesText()))
        lines.append(row("failed", failuresText()))
        lines.append(row("latency", latencyText()))
        if let historyPath {
            lines.append(row("history", historyPath))
            let series = "http.ingress.downstream_rq_total"
            lines.append(row("look", "\(statsctl) --db \(historyPath) show \(series) --rate"))
        } else {
            lines.append(row("history", "none"))
        }
        return lines.joined(separator: "\n")
    }

    private func row(_ name: String, _ value: String) -> String {
        name + String(repeating: " ", count: 10 - name.utf8.count) + value
    }

    private var uptimeText: String {
        let seconds = uptimeNanos / 1_000_000_000
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        if hours > 0 { return "\(hours) h \(minutes) min" }
        if minutes > 0 { return "\(minutes) min \(seconds % 60) s" }
        return "\(seconds).\(uptimeNanos / 100_000_000 % 10) s"
    }

    private func rate(_ total: UInt64) -> String {
        let millis = uptimeNanos / 1_000_000
        return millis == 0 ? "" : " (\(total * 1000 / millis) per second)"
    }

    private func classesText() -> String {
        let byClass = values("http.{listener}.downstream_rq_{response_code_class}xx", label: 1)
        let text = byClass.map { "\($0.key)xx \($0.value)" }.joined(separator: "  ")
        return text.isEmpty ? "none" : text
    }

    private func failuresText() -> String {
        let prefix = "http.{listener}.downstream_rq"
        let kinds = values("\(prefix)_failed.{kind}.{side}.{retryable}", label: 1)
        let reasons = values("\(prefix)_refused.{reason}", label: 1)
        let parts = (kinds + reasons).map { "\($0.key) \($0.value)" }
        return parts.isEmpty ? "none" : parts.joined(separator: "  ")
    }

    private func latencyText() -> String {
        guard let time = histogram("http.{listener}.downstream_rq_time"),
            let median = time.quantile(0.5), let high = time.quantile(0.99)
        else { return "no requests" }
        return "p50 \(Self.millis(median))  p99 \(Self.millis(high))"
    }

    /// Three significant digits or so, in milliseconds.
    private static func millis(_ nanos: Double) -> String {
        let micros = UInt64(max(0, nanos) / 1000)
        if micros >= 100_000 { return "\(micros / 1000) ms" }
        let digits = String(micros % 1000)
        let padded = String(repeating: "0", count: 3 - digits.utf8.count) + digits
        return "\(micros / 1000).\(padded) ms"
    }

    // MARK: Reading the snapshot

    private func series(_ template: String) -> [SeriesID] {
        snapshot.familyID(named: template).map { snapshot.series(of: $0) } ?? []
    }

    private func counters(_ template: String) -> UInt64 {
        series(template).reduce(0) { $0 + snapshot.value($1) }
    }

    /// Sums that are not zero, by the value of one label, over all others.
    private func values(_ template: String, label: Int) -> [(key: String, value: UInt64)] {
        var sums: [String: UInt64] = [:]
        for id in series(template) {
            sums[snapshot.labelValues(id)[label], default: 0] += snapshot.value(id)
        }
        return sums.filter { $0.value > 0 }.sorted { $0.key < $1.key }
            .map { (key: $0.key, value: $0.value) }
    }

    private func histogram(_ template: String) -> HistogramValue? {
        let all = series(template).map { snapshot.histogram($0) }
        guard let first = all.first else { return nil }
        return all.dropFirst().reduce(first) { $0.adding($1) }
    }
}
