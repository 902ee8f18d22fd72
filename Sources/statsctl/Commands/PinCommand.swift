// `statsctl pin` and `unpin`: keep a window of time from expiry: an incident, a record to compare
// with. Without a window the pins are listed. A history has one writer: a running weir is asked to
// write it.

import ArgumentParser
import History

struct PinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin",
        abstract: "Keeps a window of time from expiry, or lists what is kept.",
        discussion: """
            EXAMPLES:
              statsctl pin --start 14:00 --end 14:30 --reason 'incident 4711'
              statsctl pin --since 2h
              statsctl pin --since 2h --url http://127.0.0.1:9901
              statsctl pin

            While a weir writes the file, that weir is asked to do it, by its admin address.
            """)

    @Option(help: ArgumentHelp("Why it is kept.", valueName: "text"))
    var reason = ""

    @OptionGroup var times: WindowOptions
    @OptionGroup var store: StoreOptions

    func run() throws {
        if times.since == nil, times.start == nil, times.end == nil { return try list() }
        let window = try times.window(store.backend())
        let mark = HistoryMark.pin(from: window.start, to: window.end, reason: reason)
        let id = try MarkTarget.put(mark, store) ?? 0
        Terminal.write("\(id)\n")
        Terminal.notice(
            "statsctl: pin \(id) keeps \(TimeText.localTime(millis: window.start))"
                + " to \(TimeText.localTime(millis: window.end))")
    }

    private func list() throws {
        let server = try store.url.map { url throws in try ServerBackend(url: url) }
        let pins = try server?.pins() ?? store.open().pins()
        guard !pins.isEmpty else {
            throw Failure.nothing("\(server?.name ?? store.db): nothing is pinned")
        }
        switch store.output {
        case .table:
            var table = TextTable([
                ("PIN", .right), ("START", .left), ("END", .left), ("REASON", .left),
            ])
            for pin in pins {
                table.add([
                    "\(pin.id)", TimeText.localTime(millis: pin.fromMillis),
                    TimeText.localTime(millis: pin.toMillis), pin.reason,
                ])
            }
            Terminal.write(table.rendered())
        case .json:
            let items = pins.map { pin in
                "{\"pin\":\(pin.id),\"start\":\"\(TimeText.rfc3339(millis: pin.fromMillis))\","
                    + "\"end\":\"\(TimeText.rfc3339(millis: pin.toMillis))\","
                    + "\"reason\":\(JSONText.quoted(pin.reason))}"
            }
            Terminal.write("[" + items.joined(separator: ",\n ") + "]\n")
        case .csv:
            Terminal.write(TextTable.csv(["pin", "start", "end", "reason"]))
            for pin in pins {
                Terminal.write(
                    TextTable.csv([
                        "\(pin.id)", TimeText.rfc3339(millis: pin.fromMillis),
                        TimeText.rfc3339(millis: pin.toMillis), pin.reason,
                    ]))
            }
        }
    }
}

struct UnpinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpin",
        abstract: "Lets a pinned window expire again.",
        discussion: """
            EXAMPLES:
              statsctl pin
              statsctl unpin 3
            """)

    @Argument(help: "Number of the pin; `statsctl pin` lists them.")
    var pin: Int64

    @OptionGroup var store: StoreOptions

    func run() throws {
        _ = try MarkTarget.put(.unpin(pin), store)
        Terminal.notice("statsctl: pin \(pin) is gone; its window expires by its age")
    }
}
