// The command line of weir's numbers: one subcommand a file, no state of its own. Data goes to
// stdout, notices to stderr; exit 0 found, 1 nothing found or a threshold breached, 2 usage, 3
// trouble with the file or the network. Single-threaded; it must start in under 30 ms: no
// Foundation.

import ArgumentParser
import Glibc
import History

@main
struct Statsctl: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "statsctl",
        abstract: "Asks weir's history, a running weir, or any Prometheus-compatible server.",
        discussion: """
            EXAMPLES:
              statsctl top
              statsctl why 14:03
              statsctl diff --around deploy
              statsctl query 'sum by (cluster) (rate(weir_cluster_upstream_rq_total[1m]))'
              statsctl range 'sum(rate(weir_http_downstream_rq_total[1m]))' --plot
              statsctl --db copy/weir.db summary --since 1h -t 'errors<0.1%'
              statsctl --url http://prometheus:9090 query up

            The history is weir.db of this folder unless --db names a file or --url a
            server; both may stand before the command or behind it. Times are 14:03, 2h
            (ago), 'yesterday 14:03', RFC 3339 or Unix seconds; local unless they say
            their zone. "now" is the newest number there is.

            Exit: 0 found, 1 nothing found or a threshold breached, 2 usage, 3 trouble
            with the file or the network. NO_COLOR and COLUMNS are respected. Completions:
            statsctl --generate-completion-script bash, or zsh, or fish.
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(
                name: "Ask",
                subcommands: [QueryCommand.self, RangeCommand.self, HeatmapCommand.self]),
            CommandGroup(
                name: "Find out",
                subcommands: [
                    TopCommand.self, DiffCommand.self, WhyCommand.self, SloCommand.self,
                    SummaryCommand.self, WatchCommand.self,
                ]),
            CommandGroup(
                name: "Look around",
                subcommands: [
                    ListCommand.self, LabelsCommand.self, InfoCommand.self, EventsCommand.self,
                    ShowCommand.self,
                ]),
            CommandGroup(
                name: "Keep",
                subcommands: [
                    ExportCommand.self, ImportCommand.self, AnnotateCommand.self, PinCommand.self,
                    UnpinCommand.self,
                    SnapshotCommand.self,
                    DBCommand.self,
                ]),
            CommandGroup(
                name: "Check", subcommands: [DoctorCommand.self, PromtestCommand.self]),
        ])

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        Glibc.exit(status(of: LeadingOptions.moved(behindCommandIn: arguments)))
    }

    /// Runs and says how it went; the only place that maps errors to exit codes.
    static func status(of arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return 0
        } catch let error as Failure {
            Terminal.notice("statsctl: \(error.text)")
            return error.status
        } catch let error as HistoryError {
            Terminal.notice("statsctl: \(error)")
            return 3
        } catch let error as ExitCode {
            return error.rawValue
        } catch {
            if exitCode(for: error) == .success {
                Terminal.write(fullMessage(for: error) + "\n")
                return 0
            }
            Terminal.notice(usage(error, arguments))
            return 2
        }
    }

    /// What is wrong in one line of our own form, and where to read on.
    private static func usage(_ error: any Error, _ arguments: [String]) -> String {
        var text = message(for: error)
        while text.hasSuffix(".") || text.hasSuffix("\n") { text.removeLast() }
        if text.dropFirst().first?.isLowercase == true {
            text = text.prefix(1).lowercased() + text.dropFirst()
        }
        let names = configuration.groupedSubcommands.flatMap { group in
            group.subcommands.compactMap { $0.configuration.commandName }
        }
        if let name = arguments.first, !name.hasPrefix("-"), !(names + ["help"]).contains(name) {
            let near = NamePattern.nearest(name, among: names).first
            text = "no command \(name)" + (near.map { "; did you mean \($0)?" } ?? "")
        }
        let pointer = fullMessage(for: error).split(separator: "\n").last {
            $0.contains("See 'statsctl")
        }
        let command = pointer?.split(separator: "'").dropFirst().first ?? "statsctl --help"
        return "statsctl: \(text)\nstatsctl: `\(command)` has examples"
    }
}
