// `statsctl slo`: an availability objective over a window: what is left of its budget, how fast it
// burns, when it is gone. Exit 1 when the budget is used up or a pair of windows burns too fast, so
// that a cron job can page.

import ArgumentParser
import History

struct SloCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slo",
        abstract: "Shows an objective's error budget and burn rates.",
        discussion: """
            EXAMPLES:
              statsctl slo --target 99.9 --window 30d
              statsctl slo --requests 'weir_cluster_upstream_rq_completed_total{cluster="api"}' \\
                --errors 'weir_cluster_upstream_rq_xx_total{cluster="api",response_code_class="5"}'
              statsctl slo --target 99.95 --at 14:00 -o json

            A burn rate of 1 uses the budget up in exactly the window. Both windows of
            a pair at or above its limit: 1h/5m 14.4, 6h/30m 6, 3d/6h 1. Exit 1 then, or
            when the budget is used up.
            """)

    @Option(help: ArgumentHelp("Percent of requests that shall succeed.", valueName: "99.9"))
    var target = 99.9

    @Option(help: ArgumentHelp("Length of the objective.", valueName: "30d"))
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
        var isFiring: Bool { long >= alert.factor && short >= alert.factor }
    }

    func run() throws {
        let length = try TimeArgument.length("--window", window)
        let backend = try store.backend()
        let now = try backend.newest()
        let time = try at.map { try TimeArgument.required("--at", $0, now: now) } ?? now
        func counts(_ millis: Int64) throws -> (bad: Double, total: Double)? {
            let total = try backend.number(Queries.increase(names.requests, millis), at: time)
            let bad = try backend.number(Queries.increase(names.errors, millis), at: time)
            return total.map { (bad ?? 0, $0) }
        }
        guard let all = try counts(length) else {
            throw Failure.nothing(
                "no series of \(names.requests) in the \(window) to"
                    + " \(TimeText.localTime(millis: time)); --requests names another family")
        }
        let budget = ErrorBudget(
            target: target / 100, windowMillis: length, total: all.total, bad: all.bad)
        let burns = try ErrorBudget.alerts.map { alert in
            let (long, short) = (try counts(alert.long), try counts(alert.short))
            return Burn(
                alert: alert, long: budget.burn(bad: long?.bad ?? 0, total: long?.total ?? 0),
                short: budget.burn(bad: short?.bad ?? 0, total: short?.total ?? 0))
        }
        if let oldest = try backend.oldest(), time - oldest < length {
            Terminal.notice(
                "statsctl: the history covers \(TimeText.span(millis: time - oldest)) of the"
                    + " \(window); the rest counts as without requests")
        }
        let exhaustion = budget.exhaustion(burn: burns[0].long)
        switch store.output {
        case .table: Terminal.write(table(budget, burns, exhaustion))
        case .json: Terminal.write(json(budget, burns, exhaustion, time))
        case .csv: Terminal.write(csv(budget, burns, exhaustion))
        }
        if budget.left <= 0 || burns.contains(where: \.isFiring) { throw ExitCode(1) }
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
            ("", .left),
        ])
        for burn in burns {
            let names = [burn.alert.long, burn.alert.short].map(TimeText.span(millis:))
            table.add([
                names.joined(separator: " / "), UnitText.significant(burn.long),
                UnitText.significant(burn.short), UnitText.significant(burn.alert.factor),
                burn.isFiring ? burn.alert.severity.uppercased() : "ok",
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
        let rounded = (value * 10_000).rounded(.down) / 10_000
        return "\(rounded) %"
    }

    private func json(
        _ budget: ErrorBudget, _ burns: [Burn], _ exhaustion: Int64?, _ time: Int64
    ) -> String {
        let list = burns.map { burn in
            "{\"long\":\(burn.alert.long / 1000),\"short\":\(burn.alert.short / 1000),"
                + "\"limit\":\(burn.alert.factor),\"long_burn\":\(JSONText.number(burn.long)),"
                + "\"short_burn\":\(JSONText.number(burn.short)),\"firing\":\(burn.isFiring)}"
        }
        return "{\"time\":\"\(TimeText.rfc3339(millis: time))\",\"target\":\(budget.target),"
            + "\"window_seconds\":\(budget.windowMillis / 1000),"
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
