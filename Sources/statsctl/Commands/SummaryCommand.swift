// `statsctl summary`: one window in a dozen lines, with thresholds that decide the exit code: the
// end of a load test, a CI step, a canary's verdict. A threshold without a value counts as
// breached: a canary that was never asked has not passed.

import ArgumentParser
import History
import PromQL

struct SummaryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Sums up a window; thresholds decide the exit code.",
        usage: "statsctl summary [--since <10m>] [-t <measure<limit> ...] [options]",
        discussion: """
            EXAMPLES:
              statsctl summary --since 10m
              statsctl summary --since 5m -t 'p99<250ms' -t 'errors<0.1%' -t 'rate>100'
              statsctl summary -t 'sum(weir_cluster_upstream_rq_active)<100'
              statsctl --url http://canary:9901 summary --since 2m -t 'errors<1%' -o json

            Measures: requests, rate, failed, errors (a share), p50, p90, p95, p99, max;
            anything else is PromQL that yields one number. Exit 1 when one is breached,
            or has no value.
            """)

    @Option(
        name: [.customShort("t"), .long],
        help: ArgumentHelp("A limit; may be repeated.", valueName: "measure<limit"))
    var threshold: [String] = []

    @OptionGroup var names: MetricNames
    @OptionGroup var times: WindowOptions
    @OptionGroup var store: StoreOptions

    struct Measure {
        var name: String
        var title: String
        var value: Double?
        var quantity: Quantity
        var suffix = ""

        var text: String { value.map { quantity.text($0) + suffix } ?? "-" }
    }

    private struct Verdict {
        var threshold: Threshold
        var value: Double?
        var quantity: Quantity
        var holds: Bool { value.map(threshold.holds) ?? false }
    }

    func run() throws {
        let limits = try threshold.map { try Threshold($0) }
        let backend = try store.backend()
        let asked = try times.window(backend, length: 600_000)
        if times.end == nil { try store.noticeAge(backend) }
        let recorded = try backend.recorded(asked, of: names.requests)
        let window = recorded.window
        if let note = recorded.note(of: asked.length) { Terminal.notice("statsctl: \(note)") }
        let measures = try measures(backend, window)
        let classes = try classes(backend, window)
        let verdicts = try limits.map { try verdict($0, measures, backend, window) }
        guard measures[0].value != nil || !verdicts.isEmpty else {
            throw Failure.nothing(
                "no series of \(names.requests) from \(TimeText.localTime(millis: window.start));"
                    + " --requests names another family")
        }
        switch store.output {
        case .table: Terminal.write(table(window, measures, classes, verdicts))
        case .json: Terminal.write(json(window, measures, classes, verdicts))
        case .csv:
            Terminal.write(TextTable.csv(measures.map(\.name)))
            Terminal.write(TextTable.csv(measures.map { $0.value.map { "\($0)" } ?? "" }))
        }
        if !verdicts.allSatisfy(\.holds) { throw ExitCode(1) }
    }

    private func measures(_ backend: any Backend, _ window: Window) throws -> [Measure] {
        let length = window.length
        func ask(_ query: String) throws -> Double? {
            try backend.number(query, at: window.end)
        }
        let requests = try ask(Queries.increase(names.requests, length))
        let counted = try ask(Queries.increase(names.errors, length))
        if counted == nil, requests != nil { names.noticeNoErrors() }
        let failed = counted ?? requests.map { _ in 0 }
        let rate = try ask(Queries.rate(names.requests, length))
        var share: Double?
        if let requests, let failed { share = requests > 0 ? failed / requests : 0 }
        var list = [
            Measure(
                name: "requests", title: "requests", value: requests?.rounded(), quantity: .plain),
            Measure(name: "rate", title: "rate", value: rate, quantity: .plain, suffix: "/s"),
            Measure(name: "failed", title: "failed", value: failed?.rounded(), quantity: .plain),
            Measure(name: "errors", title: "errors", value: share, quantity: .ratio),
        ]
        for (name, quantile) in [
            ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("max", 1),
        ] {
            list.append(
                Measure(
                    name: name, title: name,
                    value: try ask(Queries.quantile(quantile, names.latency, length)),
                    quantity: .seconds))
        }
        return list
    }

    /// Requests by status class, of weir's own family only.
    private func classes(_ backend: any Backend, _ window: Window) throws -> [(String, Double)] {
        let label = "response_code_class"
        let family = "weir_http_downstream_rq_xx_total"
        let counts = try backend.numbers(
            Queries.increase(family, window.length, by: [label]), by: label, at: window.end)
        return counts.filter { $0.value >= 0.5 }.sorted { $0.key < $1.key }.map {
            ($0.key + "xx", $0.value.rounded())
        }
    }

    private func verdict(
        _ threshold: Threshold, _ measures: [Measure], _ backend: any Backend, _ window: Window
    ) throws -> Verdict {
        if let measure = measures.first(where: { $0.name == threshold.measure }) {
            return Verdict(threshold: threshold, value: measure.value, quantity: measure.quantity)
        }
        let value = try backend.number(threshold.measure, at: window.end)
        return Verdict(
            threshold: threshold, value: value, quantity: Quantity.guess(threshold.measure))
    }

    private func table(
        _ window: Window, _ measures: [Measure], _ classes: [(String, Double)],
        _ verdicts: [Verdict]
    ) -> String {
        let start = TimeText.localTime(millis: window.start)
        let end = TimeText.localTime(millis: window.end).dropFirst(11)
        let length = TimeText.span(millis: window.length)
        var text = Terminal.dim("\(start) to \(end), \(length)") + "\n\n"
        for measure in measures {
            let dots = String(repeating: ".", count: max(2, 14 - measure.title.count))
            text += "  \(measure.title)\(Terminal.dim(dots)) \(Terminal.bold(measure.text))\n"
        }
        let total = classes.reduce(0) { $0 + $1.1 }
        for (name, count) in classes {
            let dots = String(repeating: ".", count: 14 - name.count)
            let bar = String(repeating: "█", count: Int((count / max(1, total) * 30).rounded()))
            let number = Quantity.plain.text(count)
            text += "  \(name)\(Terminal.dim(dots)) \(number)"
            text += (bar.isEmpty ? "" : "  " + Self.colour(name).paint(bar)) + "\n"
        }
        guard !verdicts.isEmpty else { return text }
        text += "\n  \(Terminal.bold("thresholds"))\n"
        for verdict in verdicts {
            let mark = verdict.holds ? Colour.green.paint("✓") : Colour.red.paint("✗")
            let value = verdict.value.map(verdict.quantity.text) ?? "no value"
            text += "  \(mark) \(verdict.threshold.text)  \(Terminal.dim(value))\n"
        }
        return text
    }

    private static func colour(_ name: String) -> Colour {
        name.hasPrefix("5") ? .red : name.hasPrefix("4") ? .yellow : .green
    }

    private func json(
        _ window: Window, _ measures: [Measure], _ classes: [(String, Double)],
        _ verdicts: [Verdict]
    ) -> String {
        let numbers = measures.map { "\"\($0.name)\":" + ($0.value.map(JSONText.number) ?? "null") }
        let counts = classes.map { "\"\($0.0)\":\(JSONText.number($0.1))" }
        let list = verdicts.map { verdict in
            "{\"threshold\":\(JSONText.quoted(verdict.threshold.text)),"
                + "\"value\":\(verdict.value.map(JSONText.number) ?? "null"),"
                + "\"passed\":\(verdict.holds)}"
        }
        return "{\"start\":\"\(TimeText.rfc3339(millis: window.start))\","
            + "\"end\":\"\(TimeText.rfc3339(millis: window.end))\","
            + numbers.joined(separator: ",") + ",\"classes\":{\(counts.joined(separator: ","))},"
            + "\"thresholds\":[\(list.joined(separator: ","))],"
            + "\"passed\":\(verdicts.allSatisfy(\.holds))}\n"
    }
}
