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

    @Option(
        help: ArgumentHelp("Window before the newest frame, or before --end.", valueName: "10m"))
    var since: String?

    @Option(
        help: ArgumentHelp(
            "Start: RFC 3339, Unix seconds, or 14:03 of today.", valueName: "time"))
    var start: String?

    @Option(help: ArgumentHelp("End; the newest frame unless given.", valueName: "time"))
    var end: String?

    @Option(
        help: ArgumentHelp("Length of a row; about 20 rows unless given.", valueName: "30s"))
    var step: String?

    @Flag(help: "Growth per second, exact over restarts.")
    var rate = false

    @Flag(help: "Only the newest value of each series, and its growth over the window.")
    var last = false

    @OptionGroup var store: StoreOptions

    func validate() throws {
        if since != nil, start != nil {
            throw ValidationError("--since and --start exclude each other.")
        }
        for (name, text) in [("--since", since), ("--step", step)] {
            guard let text else { continue }
            guard let millis = TimeText.duration(text), millis > 0 else {
                throw ValidationError("\(name) \(text): not a duration; try 30s, 10m, 1h30m, 2d.")
            }
        }
        for (name, text) in [("--start", start), ("--end", end)] {
            if let text, TimeText.instant(text, nowMillis: StoreOptions.nowMillis) == nil {
                throw ValidationError(
                    "\(name) \(text): not a time; try 14:03, 2026-11-24T14:03:00Z or 1795528980.")
            }
        }
    }

    func run() throws {
        let reader = try store.open()
        let selected = try Selection(reader).resolve(selector)
        let window = try window(newest: store.newest(reader))
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
        let now = StoreOptions.nowMillis
        let to = end.flatMap { TimeText.instant($0, nowMillis: now) } ?? newest
        if end == nil, start == nil, now - newest > 60_000 {
            Terminal.notice(
                "statsctl: \(store.db) ends at \(TimeText.localTime(millis: newest)),"
                    + " \(TimeText.span(millis: now - newest)) ago; showing the time before")
        }
        let length = since.flatMap(TimeText.duration) ?? 600_000
        // A frame at exactly --start belongs to the window.
        let from =
            start.flatMap { TimeText.instant($0, nowMillis: now) }.map { $0 - 1 } ?? to - length
        guard from < to else {
            Terminal.notice("statsctl: the window is empty: it starts after it ends")
            throw ExitCode(2)
        }
        let chosen = step.flatMap(TimeText.duration)
        let window = ShowWindow(
            from: from, to: to,
            step: last ? to - from : chosen ?? ShowWindow.readableStep(to - from))
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
