// `statsctl show`: series over time. Picks the window and the step, asks History for exact rows,
// and hands them to one of the renderers. The window ends at the newest frame unless told
// otherwise, so that a stopped weir and a copied file answer as a running one does.

import ArgumentParser
import History
import Stats

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows series over time.",
        usage: "statsctl show <selector> [--rate | --last] [--since <10m>] [options]",
        discussion: """
            EXAMPLES:
              statsctl show weir_http_downstream_rq_total --since 10m
              statsctl show 'weir_cluster_upstream_rq_total{code=~"5.."}' --rate
              statsctl show cluster.api.upstream_rq_time --start 14:00 --step 1m
              statsctl show 'cluster.*.upstream_rq_total' --last -o json

            SELECTOR is a Prometheus name with or without matchers, a dotted
            template or series name, or a glob over them. Growth is exact, over
            restarts too.
            """)

    @Argument(help: "Which series.")
    var selector: String

    @Flag(help: "Growth per second, exact over restarts.")
    var rate = false

    @Flag(help: "Only the newest value of each series, and its growth over the window.")
    var last = false

    @OptionGroup var times: WindowOptions
    @OptionGroup var steps: StepOptions
    @OptionGroup var store: StoreOptions

    func run() throws {
        let reader = try store.open()
        let window = try window(newest: store.newest(reader))
        let selected = try Selection(reader).resolve(selector)
        let (rows, report) = try reader.steps(
            of: selected.map(\.series.id), from: window.from, to: window.to,
            stepMillis: window.step)
        store.reportFaults(report)
        let shown = zip(selected, rows).filter { !$1.isEmpty }.map {
            ShownSeries(family: $0.family, series: $0.series, rows: $1)
        }
        guard !shown.isEmpty else {
            let (from, to) = (window.from, window.to)
            Terminal.notice(
                "statsctl: no value of \(selector) from \(TimeText.localTime(millis: from))"
                    + " to \(TimeText.localTime(millis: to))")
            throw ExitCode(1)
        }
        if rate { try refuseGauges(shown) }
        switch (store.output, last) {
        case (.table, true): Terminal.write(LastRenderer.table(shown))
        case (.json, true): Terminal.write(LastRenderer.json(shown))
        case (.csv, true): Terminal.write(LastRenderer.csv(shown))
        case (.table, false): showTable(shown, window)
        case (.json, false): Terminal.write(ShowRenderer.json(shown, window, isRate: rate))
        case (.csv, false): Terminal.write(ShowRenderer.csv(shown, isRate: rate))
        }
    }

    private func showTable(_ shown: [ShownSeries], _ window: ShowWindow) {
        let most = 20
        let text = shown.prefix(most).map { ShowRenderer.table($0, isRate: rate) }
        Terminal.write(text.joined(separator: "\n"))
        if shown.count > most {
            Terminal.notice(
                "statsctl: \(shown.count - most) more series; narrow the selector, or use -o csv")
        }
    }

    private func refuseGauges(_ shown: [ShownSeries]) throws {
        guard shown.contains(where: { $0.family.kind == .gauge }) else { return }
        Terminal.notice("statsctl: a gauge has no rate; leave --rate away for gauges")
        if shown.allSatisfy({ $0.family.kind == .gauge }) { throw ExitCode(2) }
    }

    private func window(newest: Int64) throws -> ShowWindow {
        let age = StoreOptions.nowMillis - newest
        if times.end == nil, times.start == nil, age > 60_000 {
            Terminal.notice(
                "statsctl: \(store.db) ends at \(TimeText.localTime(millis: newest)),"
                    + " \(TimeText.span(millis: age)) ago; showing the time before")
        }
        let (start, to) = try times.ends(now: newest, length: 600_000)
        // A frame at exactly --start belongs to the window.
        let from = times.start == nil ? start : start - 1
        let window = ShowWindow(
            from: from, to: to,
            step: last
                ? to - from : try steps.millis(from, to) ?? ShowWindow.readableStep(to - from))
        guard (to - from) / window.step < HistoryReader.stepsMax else {
            Terminal.notice("statsctl: more than \(HistoryReader.stepsMax) rows: a longer --step")
            throw ExitCode(2)
        }
        return window
    }
}

/// Frames of from < time <= to, in steps that end at `to`.
struct ShowWindow {
    let from: Int64
    let to: Int64
    let step: Int64

    /// The shortest round step that gives at most 20 rows.
    static func readableStep(_ length: Int64) -> Int64 {
        let steps: [Int64] = [
            1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400,
        ]
        let wanted = (length + 19_999) / 20_000
        return (steps.first { $0 >= wanted } ?? wanted) * 1000
    }
}

/// A series with its rows.
struct ShownSeries {
    let family: StoredFamily
    let series: StoredSeries
    let rows: [StepRow]

    var prometheusText: String { family.prometheusText(series.labelValues) }

    /// Name, dotted name, labels, kind and unit as JSON members.
    var jsonIdentity: String {
        let labels = zip(family.labels, series.labelValues).map {
            JSONText.quoted($0) + ":" + JSONText.quoted($1)
        }
        return [
            "\"series\":" + JSONText.quoted(prometheusText),
            "\"name\":" + JSONText.quoted(family.prometheusName),
            "\"dotted\":" + JSONText.quoted(family.dottedName(series.labelValues)),
            "\"labels\":{" + labels.joined(separator: ",") + "}",
            "\"kind\":\"\(family.kind)\"", "\"unit\":\"\(ExactText.unit(family.unit))\"",
        ].joined(separator: ",")
    }
}
