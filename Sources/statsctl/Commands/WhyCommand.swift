// `statsctl why`: what was different in one minute: its top movers against the ten minutes before
// it, and the events of that time. The first thing to type after a page. Without a time it is the
// last full minute.

import ArgumentParser
import History

struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Shows what was different in one minute, with its events.",
        usage: "statsctl why [<time>] [--window <1m>] [options]",
        discussion: """
            EXAMPLES:
              statsctl why
              statsctl why 14:03
              statsctl why 5m
              statsctl why 'yesterday 14:03' --window 10m
              statsctl why 2026-11-24T14:03:00Z --baseline 1h --match upstream

            The minute that begins at TIME is compared with the time before it. "now", and
            no TIME at all, is the last full minute.
            """)

    @Argument(help: "14:03, 'yesterday 14:03', 5m (ago), RFC 3339 or Unix seconds.")
    var time = "now"

    @Option(help: ArgumentHelp("Length of the looked-at window.", valueName: "1m"))
    var window = "1m"

    @Option(help: ArgumentHelp("How much of the time before to compare with.", valueName: "10m"))
    var baseline = "10m"

    @Option(help: ArgumentHelp("Only metrics whose name contains this.", valueName: "text"))
    var match = ""

    @Option(help: ArgumentHelp("Lines of each part.", valueName: "count"))
    var limit = 10

    @Flag(help: "weir's metrics of itself too: history, stats, admin.")
    var all = false

    @OptionGroup var store: StoreOptions

    func validate() throws { try TimeArgument.checkLimit(limit) }

    func run() throws {
        let length = try TimeArgument.length("--window", window)
        let calm = try TimeArgument.length("--baseline", baseline)
        let backend = try store.backend()
        let now = try backend.newest()
        var start = try TimeArgument.required("TIME", time, now: now)
        if start == now { start = now - length }
        guard start < now else {
            throw Failure.nothing(
                "\(TimeText.localTime(millis: start)) is not recorded: the numbers end at"
                    + " \(TimeText.localTime(millis: now)); 'yesterday 14:03' names a day")
        }
        let (before, after) = try Movers.recorded(
            before: Window(start: start - calm, end: start),
            after: Window(start: start, end: min(now, start + length)), backend)
        let events = try backend.events(start: start - calm, end: after.end + length)
        let movers = try Movers(before: before, after: after, filter: match, includesInternal: all)
            .ranked(backend)
        switch store.output {
        case .table:
            var text = DiffCommand.heading(before, after)
            text += eventText(events, after)
            text += MoverText.table(movers, limit: limit)
            if movers.isEmpty { text += "no series moved\n" }
            Terminal.write(text)
        case .json:
            let list = events.map(EventsCommand.json).joined(separator: ",\n ")
            Terminal.write(
                "{\"events\":[\(list)],\"diff\":" + DiffCommand.json(before, after, movers) + "}\n")
        case .csv: Terminal.write(MoverText.csv(movers))
        }
        if movers.isEmpty, events.isEmpty { throw Failure.nothing("nothing was different") }
    }

    private func eventText(_ events: [EventMark], _ window: Window) -> String {
        guard !events.isEmpty else { return "" }
        var table = TextTable([("EVENT", .whole), ("WHEN", .left), ("WHAT", .left)])
        for event in events.suffix(limit) {
            let distance = event.time - window.start
            let when =
                TimeText.span(millis: abs(distance)) + (distance < 0 ? " before" : " after")
            table.add([TimeText.localTime(millis: event.time), when, event.line])
        }
        return table.rendered() + "\n"
    }
}
