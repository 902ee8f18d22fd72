// `statsctl watch`: any other command again and again, with the same renderers: on a terminal the
// screen is redrawn in place, in a pipe each round follows the one before. Ends with ^C, or after
// --count rounds with the status of the last one.

import ArgumentParser
import Glibc
import History

struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Repeats a command: live top, charts, summaries.",
        usage: "statsctl watch [--every <2s>] [--count <count>] [<command> ...]",
        discussion: """
            EXAMPLES:
              statsctl watch
              statsctl watch top --by endpoint
              statsctl watch --every 5s range --plot --since 5m \\
                'sum(rate(weir_http_downstream_rq_total[10s]))'
              statsctl watch --count 10 summary --since 1m -t 'errors<1%'

            Options of watch come before the command.
            """)

    @Option(help: ArgumentHelp("Time between rounds.", valueName: "2s"))
    var every = "2s"

    @Option(help: ArgumentHelp("Rounds; without an end unless given.", valueName: "count"))
    var count: Int?

    @OptionGroup var store: StoreOptions

    @Argument(parsing: .captureForPassthrough, help: "The command; top unless given.")
    var command: [String] = []

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count \(count): at least 1.") }
    }

    func run() throws {
        let pause = try TimeArgument.length("--every", every)
        let arguments = LeadingOptions.moved(
            behindCommandIn: store.arguments + (command.isEmpty ? ["top"] : command))
        // What is captured for the command includes the flags that ask about watch itself.
        if ["-h", "--help"].contains(arguments.first) { throw CleanExit.helpRequest(Self.self) }
        guard arguments.first != "watch" else { throw Failure.usage("watch cannot watch itself") }
        var round = 0
        var status: Int32 = 0
        while true {
            round += 1
            let text = Terminal.holding { status = Statsctl.status(of: arguments) }
            show(text, arguments)
            // A wrong command stays wrong; a server or a file may come back.
            if status == 2 { throw ExitCode(2) }
            if let count, round >= count { break }
            usleep(UInt32(min(pause, 3_600_000) * 1000))
        }
        if status != 0 { throw ExitCode(status) }
    }

    private func show(_ text: String, _ arguments: [String]) {
        guard Terminal.isInteractive else {
            Terminal.write(text + "\n")
            return
        }
        let clock = TimeText.localTime(millis: StoreOptions.nowMillis).dropFirst(11)
        // One line whatever the command is, since all lines together fill the screen.
        let title = "\(clock)  every \(every): statsctl " + arguments.joined(separator: " ")
        let shown = Terminal.columns.map { String(title.prefix($0)) } ?? title
        var lines = ("\(Terminal.dim(shown))\n\n" + text).split(
            separator: "\n", omittingEmptySubsequences: false)
        if let rows = Terminal.rows, lines.count >= rows { lines = Array(lines.prefix(rows - 1)) }
        // Home, each line with an erased rest, then everything below erased: no flicker.
        Terminal.write("\u{1b}[H" + lines.joined(separator: "\u{1b}[K\n") + "\u{1b}[K\u{1b}[J")
    }
}
