// `statsctl slo`: an availability objective over a window: what is left of its budget, how fast it
// burns, when it is gone. Exit 1 when the budget is used up or a pair of windows burns too fast,
// so that a cron job can page.

import ArgumentParser
import History

struct SloCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slo",
        abstract: "Shows an objective's error budget and burn rates.",
        usage: "statsctl slo [--target <99.9>] [--window <30d>] [options]",
        discussion: """
            EXAMPLES:
              statsctl slo --target 99.9 --window 30d
              statsctl slo --target 99.95 --at 14:00 -o json
              statsctl slo \\
                --requests 'weir_cluster_upstream_rq_completed_total{cluster="a"}' \\
                --errors 'weir_cluster_endpoint_rq_error_total{cluster="a"}'

            A burn rate of 1 uses the budget up in exactly the window. An alert fires when
            both windows of a pair are at or above its limit: 1h/5m 14.4, 6h/30m 6,
            3d/6h 1. Exit 1 then, or when the budget is used up. The budget is that of the
            requests that are recorded, and a window that begins before the numbers do is
            marked with the part of it that counts.
            """)

    @Option(help: ArgumentHelp("Percent of requests that shall succeed.", valueName: "99.9"))
    var target = 99.9

    @Option(
        name: [.long, .customLong("since")],
        help: ArgumentHelp("Length of the objective.", valueName: "30d"))
    var window = "30d"

    @Option(
        help: ArgumentHelp("End of the window; the newest number unless given.", valueName: "time"))
    var at: String?

    @OptionGroup var names: MetricNames
    @OptionGroup var store: StoreOptions

    func validate() throws {
        guard target > 0, target < 100 else {
            throw ValidationError("--target \(target): a percentage above 0 and below 100.")
        }
    }

    private struct Burn {
        var alert: ErrorBudget.Alert
        var long: Double
        var short: Double
        /// How much of each window is recorded.
        var longMillis: Int64
        var shortMillis: Int64
        var isFiring: Bool { long >= alert.factor && short >= alert.factor }

        /// "1d16h of the 3d"; "" when both windows are whole.
        var coverage: String {
            [(longMillis, alert.long), (shortMillis, alert.short)].filter { $0 < $1 }.map {
                TimeText.span(millis: $0) + " of the " + TimeText.span(millis: $1)
            }.joined(separator: ", ")
        }
    }

    func run() throws {
        let length = try TimeArgument.length("--window", window)
        let backend = try store.backend()
        let now = try backend.newest()
        let time = try at.map { try TimeArgument.required("--at", $0, now: now) } ?? now
        let longest = max(length, ErrorBudget.alerts.map(\.long).max() ?? 0)
        let first = try backend.recorded(
            Window(start: time - longest, end: time), of: names.requests
        ).window.start
        guard let all = try counts(min(length, time - first), backend, time) else {
            throw Failure.nothing(
                "no series of \(names.requests) in the \(window) to"
                    + " \(TimeText.localTime(millis: time)); --requests names another family")
        }
        if all.bad == nil { names.noticeNoErrors() }
        let budget = ErrorBudget(
            target: (target * 1e8).rounded() / 1e10, windowMillis: min(length, time - first),
            total: all.total,
            bad: all.bad ?? 0)
        if budget.windowMillis < length {
            Terminal.notice(
                "statsctl: the numbers begin \(TimeText.span(millis: time - first)) before:"
                    + " that much of the \(window) counts")
        }
        let burns = try ErrorBudget.alerts.map { alert in
            let (long, short) = (min(alert.long, time - first), min(alert.short, time - first))
            return Burn(
                alert: alert, long: try burn(budget, long, backend, time),
                short: try burn(budget, short, backend, time), longMillis: long, shortMillis: short)
        }
        let exhaustion = budget.exhaustion(burn: burns[0].long)
        switch store.output {
        case .table: Terminal.write(table(budget, burns, exhaustion))
        case .json: Terminal.write(json(budget, burns, exhaustion, time))
        case .csv: Terminal.write(csv(budget, burns, exhaustion))
        }
        if budget.left <= 0 || burns.contains(where: \.isFiring) { throw ExitCode(1) }
    }

    /// nil without requests; `bad` is nil without a series of failures.
    private func counts(
        _ millis: Int64, _ backend: any Backend, _ time: Int64
    ) throws -> (bad: Double?, total: Double)? {
        guard let total = try backend.number(Queries.increase(names.requests, millis), at: time)
        else { return nil }
        return (try backend.number(Queries.increase(names.errors, millis), at: time), total)
    }

    private func burn(
        _ budget: ErrorBudget, _ millis: Int64, _ backend: any Backend, _ time: Int64
    ) throws -> Double {
        let counts = try counts(millis, backend, time)
        return budget.burn(bad: counts?.bad ?? 0, total: counts?.total ?? 0)
    }

    private func table(_ budget: ErrorBudget, _ burns: [Burn], _ exhaustion: Int64?) -> String {
        let isMet = budget.availability >= budget.target
        let verdict = isMet ? Colour.green.paint("met") : Colour.red.paint("missed")
        let left = max(0, min(1, budget.left))
        let filled = Int((left * 30).rounded())
        let bar =
            String(repeating: "█", count: filled) + String(repeating: "░", count: 30 - filled)
        let colour: Colour = left > 0.25 ? .green : left > 0 ? .yellow : .red
        var text = "\(Terminal.bold("objective")) \(Self.percent(target)) over \(window): "
        text += "\(Self.percent(budget.availability * 100)), \(verdict)\n"
        text += "\(Terminal.bold("requests"))  \(UnitText.grouped(Int64(budget.total.rounded())))"
        text += ", \(UnitText.grouped(Int64(budget.bad.rounded()))) failed"
        text += ", \(UnitText.significant(budget.allowed)) allowed\n"
        text += "\(Terminal.bold("budget"))    \(colour.paint(bar))"
        text += " \(UnitText.significant(budget.left * 100)) % left\n"
        text += "\(Terminal.bold("lasts"))     \(lasting(exhaustion))\n\n"
        var table = TextTable([
            ("BURN RATE", .left), ("LONG", .right), ("SHORT", .right), ("LIMIT", .right),
            ("", .left), ("", .left),
        ])
        for burn in burns {
            let names = [burn.alert.long, burn.alert.short].map(TimeText.span(millis:))
            table.add([
                names.joined(separator: " / "), UnitText.significant(burn.long),
                UnitText.significant(burn.short), UnitText.significant(burn.alert.factor),
                burn.isFiring ? burn.alert.severity.uppercased() : "ok", burn.coverage,
            ])
        }
        return text + table.rendered()
    }

    private func lasting(_ exhaustion: Int64?) -> String {
        switch exhaustion {
        case 0?: "used up"
        case let millis?: "\(TimeText.span(millis: millis)) at the rate of the last hour"
        case nil: "the last hour used nothing"
        }
    }

    /// Enough digits to tell 99.99 from 100.
    private static func percent(_ value: Double) -> String {
        JSONText.number((value * 10_000).rounded(.down) / 10_000) + " %"
    }

    private func json(
        _ budget: ErrorBudget, _ burns: [Burn], _ exhaustion: Int64?, _ time: Int64
    ) -> String {
        let list = burns.map { burn in
            "{\"long\":\(burn.alert.long / 1000),\"short\":\(burn.alert.short / 1000),"
                + "\"long_recorded\":\(JSONText.number(Double(burn.longMillis) / 1000)),"
                + "\"short_recorded\":\(JSONText.number(Double(burn.shortMillis) / 1000)),"
                + "\"limit\":\(JSONText.number(burn.alert.factor)),"
                + "\"long_burn\":\(JSONText.number(burn.long)),"
                + "\"short_burn\":\(JSONText.number(burn.short)),\"firing\":\(burn.isFiring)}"
        }
        return "{\"time\":\"\(TimeText.rfc3339(millis: time))\",\"target\":\(budget.target),"
            + "\"window_seconds\":\((TimeText.duration(window) ?? 0) / 1000),"
            + "\"recorded_seconds\":\(JSONText.number(Double(budget.windowMillis) / 1000)),"
            + "\"requests\":\(JSONText.number(budget.total)),"
            + "\"failed\":\(JSONText.number(budget.bad)),"
            + "\"availability\":\(JSONText.number(budget.availability)),"
            + "\"budget_left\":\(JSONText.number(budget.left)),"
            + "\"exhausted_in_seconds\":\(exhaustion.map { "\($0 / 1000)" } ?? "null"),"
            + "\"burn_rates\":[\(list.joined(separator: ","))]}\n"
    }

    private func csv(_ budget: ErrorBudget, _ burns: [Burn], _ exhaustion: Int64?) -> String {
        let names = burns.flatMap { burn in
            [burn.alert.long, burn.alert.short].map { "burn_" + TimeText.span(millis: $0) }
        }
        let rates = burns.flatMap { ["\($0.long)", "\($0.short)"] }
        return TextTable.csv(
            ["target", "requests", "failed", "availability", "budget_left", "exhausted_in_seconds"]
                + names)
            + TextTable.csv(
                [
                    "\(budget.target)", "\(budget.total)", "\(budget.bad)",
                    "\(budget.availability)", "\(budget.left)",
                    exhaustion.map { "\($0 / 1000)" } ?? "",
                ] + rates)
    }
}
