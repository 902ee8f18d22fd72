// `statsctl events`: what happened: starts and ends, config changes, ejections, marks that people
// made. A history file and a running weir keep them; other servers do not. Without a start it goes
// back a week, since events are rare.

import ArgumentParser
import History

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Lists what happened: starts, config changes, annotations.",
        usage: "statsctl events [--since <7d>] [--kind <kind>] [options]",
        discussion: """
            EXAMPLES:
              statsctl events --since 1d
              statsctl events --start 14:00 --end 14:10
              statsctl events --kind annotation -o json
              statsctl events --url http://127.0.0.1:9901
            """)

    @Option(help: ArgumentHelp("Only events of this kind.", valueName: "kind"))
    var kind: String?

    @OptionGroup var times: WindowOptions
    @OptionGroup var store: StoreOptions

    func run() throws {
        let backend = try store.backend()
        let window = try times.window(backend, length: 7 * 86_400_000)
        // An event may be newer than the newest frame: the end of a run, an annotation.
        let end = times.end == nil ? Int64.max : window.end
        let events = try Self.events(backend, from: window.start, to: end).filter {
            kind == nil || $0.kind == kind
        }
        guard !events.isEmpty else {
            throw Failure.nothing("no event since \(TimeText.localTime(millis: window.start))")
        }
        switch store.output {
        case .table:
            var table = TextTable([
                ("TIME", .whole), ("KIND", .left), ("SUBJECT", .left), ("TEXT", .left),
            ])
            for event in events {
                table.add([
                    TimeText.localTime(millis: event.time), event.kind, event.subject, event.text,
                ])
            }
            Terminal.write(table.rendered())
        case .json:
            Terminal.write("[" + events.map(Self.json).joined(separator: ",\n ") + "]\n")
        case .csv:
            Terminal.write(TextTable.csv(["time", "kind", "subject", "text"]))
            for event in events {
                Terminal.write(
                    TextTable.csv([
                        TimeText.rfc3339(millis: event.time), event.kind, event.subject, event.text,
                    ]))
            }
        }
    }

    private static func events(
        _ backend: any Backend, from: Int64, to: Int64
    ) throws -> [EventMark] {
        guard let server = backend as? ServerBackend else {
            return try backend.events(start: from, end: to)
        }
        guard let events = try server.storedEvents(start: from, end: to) else {
            throw Failure.usage("\(server.name) is no weir with a history: it keeps no events")
        }
        return events
    }

    static func json(_ event: EventMark) -> String {
        "{\"time\":\"\(TimeText.rfc3339(millis: event.time))\",\"time_ms\":\(event.time),"
            + "\"kind\":\(JSONText.quoted(event.kind)),"
            + "\"subject\":\(JSONText.quoted(event.subject)),"
            + "\"text\":\(JSONText.quoted(event.text))}"
    }
}
