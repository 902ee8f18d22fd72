// The command line of a weir history: one subcommand a file, no state of its own. Data goes to
// stdout, notices to stderr; exit 0 found, 1 nothing found, 2 usage, 3 trouble with the store.
// Single-threaded; it opens the file read-only and must start in under 30 ms: no Foundation.

import ArgumentParser
import Glibc
import History
import PromQL

@main
struct Statsctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statsctl",
        abstract: "Asks the history that weir writes, while it runs and after.",
        discussion: """
            EXAMPLES:
              statsctl info
              statsctl list rq_time
              statsctl show weir_http_downstream_rq_total --since 10m --rate
              statsctl show 'weir_cluster_upstream_rq_total{cluster="api"}' --last
              statsctl show cluster.api.upstream_rq_time --start 14:00 --end 14:10
              statsctl --db copy/weir.db list -o json

            Exit: 0 found, 1 nothing found, 2 usage, 3 trouble with the file.
            """,
        version: "0.1.0",
        subcommands: [
            ListCommand.self, ShowCommand.self, InfoCommand.self, PromtestCommand.self,
        ])

    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        Glibc.exit(status(of: LeadingOptions.moved(behindCommandIn: arguments)))
    }

    /// Runs and says how it went; the only place that maps errors to exit codes.
    private static func status(of arguments: [String]) -> Int32 {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return 0
        } catch let error as HistoryError {
            Terminal.notice("statsctl: \(error)")
            return 3
        } catch let error as ExitCode {
            return error.rawValue
        } catch {
            let isHelp = exitCode(for: error) == .success
            let text = fullMessage(for: error)
            if isHelp { Terminal.write(text + "\n") } else { Terminal.notice(text) }
            return isHelp ? 0 : 2
        }
    }
}

/// `statsctl --db FILE list` and `statsctl list --db FILE` are the same.
enum LeadingOptions {
    static func moved(behindCommandIn arguments: [String]) -> [String] {
        var leading: [String] = []
        var rest = arguments[...]
        while let first = rest.first, first.hasPrefix("-") {
            if first == "--db" || first == "-o" || first == "--output" {
                leading += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if first.hasPrefix("--db=") || first.hasPrefix("--output=") {
                leading.append(first)
                rest = rest.dropFirst()
            } else {
                return arguments
            }
        }
        guard let command = rest.first else { return arguments }
        return [command] + leading + rest.dropFirst()
    }
}
