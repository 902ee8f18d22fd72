// `statsctl diff`: what changed between two windows, ranked, with new and vanished series. The
// windows are named one by one, or as the time on both sides of an event. Movers does the work;
// this names the windows and prints.

import ArgumentParser
import History

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Ranks what changed most between two windows.",
        usage: "statsctl diff (--around <event> | --before <time>) [options]",
        discussion: """
            EXAMPLES:
              statsctl diff --before 2h --after now
              statsctl diff --before 14:00 --after 15:00 --window 10m
              statsctl diff --around config
              statsctl diff --around 14:03 --window 2m --match upstream

            --before and --after are the ends of two windows. --around takes a time, or
            a part of an event's text (the newest one that matches): the window before it
            is compared with the window after it. Rates, means, p50 and p99 of every series.
            """)

    @Option(help: ArgumentHelp("End of the first window.", valueName: "time"))
    var before: String?

    @Option(
        help: ArgumentHelp(
            "End of the second window; the newest number unless given.", valueName: "time"))
    var after: String?

    @Option(help: ArgumentHelp("A time, or an event by a part of its text.", valueName: "event"))
    var around: String?

    @Option(help: ArgumentHelp("Length of both windows.", valueName: "5m"))
    var window = "5m"

    @Option(help: ArgumentHelp("Only metrics whose name contains this.", valueName: "text"))
    var match = ""

    @Option(help: ArgumentHelp("Lines of each part.", valueName: "count"))
    var limit = 15

    @Flag(help: "weir's metrics of itself too: history, stats, admin.")
    var all = false

    @OptionGroup var store: StoreOptions

    func validate() throws {
        try TimeArgument.checkLimit(limit)
        guard (before == nil) != (around == nil) else {
            throw ValidationError("Either --before TIME [--after TIME] or --around EVENT.")
        }
    }

    func run() throws {
        let length = try TimeArgument.length("--window", window)
        let backend = try store.backend()
        let now = try backend.newest()
        var first: Window
        var second: Window
        if let around {
            let time = try moment(around, backend, now)
            guard time < now else {
                throw Failure.nothing(
                    "nothing was recorded after \(TimeText.localTime(millis: time)) yet")
            }
            first = Window(start: time - length, end: time)
            // The event may be younger than a window is long.
            second = Window(start: time, end: min(now, time + length))
        } else {
            let start = try TimeArgument.required("--before", before ?? "now", now: now)
            let end = try after.map { try TimeArgument.required("--after", $0, now: now) } ?? now
            first = Window(start: start - length, end: start)
            second = Window(start: end - length, end: end)
        }
        (first, second) = try Movers.recorded(before: first, after: second, backend)
        let movers = try Movers(before: first, after: second, filter: match, includesInternal: all)
            .ranked(backend)
        switch store.output {
        case .table:
            Terminal.write(Self.heading(first, second) + MoverText.table(movers, limit: limit))
        case .json: Terminal.write(Self.json(first, second, movers))
        case .csv: Terminal.write(MoverText.csv(movers))
        }
        if movers.isEmpty { throw Failure.nothing("nothing changed") }
    }

    /// A time, or the newest event whose line contains the text.
    private func moment(_ text: String, _ backend: any Backend, _ now: Int64) throws -> Int64 {
        if let time = TimeArgument.instant(text, now: now) { return time }
        let events = try backend.events(start: .min, end: .max)
        guard let event = events.last(where: { $0.line.lowercased().contains(text.lowercased()) })
        else {
            let way = store.url == nil ? "`statsctl events` lists them" : "servers keep no events"
            throw Failure.nothing("--around \(text): no time, and no event has this text; \(way)")
        }
        Terminal.notice(
            "statsctl: around \(TimeText.localTime(millis: event.time))  \(event.line)")
        return event.time
    }

    static func heading(_ first: Window, _ second: Window) -> String {
        func text(_ window: Window) -> String {
            TimeText.localTime(millis: window.start) + " to "
                + TimeText.localTime(millis: window.end).dropFirst(11)
        }
        return Terminal.dim("before  \(text(first))\nafter   \(text(second))") + "\n\n"
    }

    static func json(_ first: Window, _ second: Window, _ movers: [Mover]) -> String {
        func object(_ window: Window) -> String {
            "{\"start\":\"\(TimeText.rfc3339(millis: window.start))\","
                + "\"end\":\"\(TimeText.rfc3339(millis: window.end))\"}"
        }
        return "{\"before\":\(object(first)),\"after\":\(object(second)),\"movers\":\n "
            + MoverText.json(movers) + "}\n"
    }
}
