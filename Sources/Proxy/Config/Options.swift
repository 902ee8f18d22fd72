// The command line as it is typed: every flag with its help, as text. What the text means, and
// whether the flags fit together, is decided in Settings.swift, so that each complaint about a
// value has one form: the flag, the value, what is right. Flags keep Envoy's names where it has
// them. Main thread, once, before anything else exists.

import ArgumentParser

/// Flags of `weir`; unknown ones are refused by the parser, with a suggestion.
struct Options: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "weir",
        abstract: "A reverse proxy that measures everything that flows through it, and remembers.",
        usage: "weir --listen ADDR --upstream ADDR [options]",
        discussion: """
            EXAMPLES
              weir --demo
                  see it work: a built-in origin, light traffic, a history
              weir --listen 127.0.0.1:10000 --upstream 127.0.0.1:8080
                  proxy one port to one service
              weir --listen [::]:80 --listen unix:/run/weir.sock \\
                   --upstream 10.0.0.5:8080 --upstream 10.0.0.6:8080
                  two listeners, two endpoints taken in turn
              weir --listen 0.0.0.0:10000 --upstream web:8080 --statsd udp://127.0.0.1:8125
                  also send the numbers to a statsd server

            ADDR is IP:PORT, [IPv6]:PORT, NAME:PORT or unix:/path; port 0 takes a free one.
            Durations: 250ms, 1s, 2m, 1h. Sizes: 512, 64KiB, 1MiB, 10MB.
            """,
        version: "weir \(version)")

    @Option(help: ArgumentHelp("Take requests here (repeatable).", valueName: "addr"))
    var listen: [String] = []

    @Option(help: ArgumentHelp("Send requests there (repeatable: in turn).", valueName: "addr"))
    var upstream: [String] = []

    @Flag(help: "Listen on 127.0.0.1:10000 in front of a built-in origin, with traffic.")
    var demo = false

    @Option(help: ArgumentHelp("Worker threads (default: usable CPUs).", valueName: "n"))
    var concurrency: String?

    @Flag(help: "Pin each worker to one CPU of the affinity mask.")
    var cpusetThreads = false

    @Option(
        help: ArgumentHelp(
            "Who picks a connection's worker: kernel, or exact: the one with fewest.",
            valueName: "balance"))
    var connectionBalance: String = "kernel"

    @Option(help: ArgumentHelp("Where /metrics, /stats and the rest are.", valueName: "addr"))
    var admin: String = "127.0.0.1:9901"

    @Flag(help: "No admin listener.")
    var noAdmin = false

    @Option(help: ArgumentHelp("The file of the history.", valueName: "file"))
    var history: String = "weir.db"

    @Option(
        help: ArgumentHelp(
            "How long to keep 1 s, 10 s, 1 min and 1 h samples.", valueName: "times"))
    var historyRetention: String = "2d,14d,90d,3y"

    @Option(help: ArgumentHelp("Most bytes of the history, all included.", valueName: "size"))
    var historySize: String = "2GiB"

    @Flag(help: "No history.")
    var noHistory = false

    @Option(help: ArgumentHelp("Send numbers to a statsd server.", valueName: "udp://host:port"))
    var statsd: String?

    @Option(help: ArgumentHelp("First part of names sent to statsd.", valueName: "name"))
    var statsdPrefix: String = "weir"

    @Option(help: ArgumentHelp("Time between flushes to sinks.", valueName: "time"))
    var flushInterval: String = "1s"

    @Option(help: ArgumentHelp("serve, or validate: check the flags and end.", valueName: "mode"))
    var mode: String = "serve"

    @Option(help: ArgumentHelp("Seconds to finish requests at the end.", valueName: "seconds"))
    var drainTimeS: String = "10"

    @Option(help: ArgumentHelp("Limit for a request's head to arrive: 408.", valueName: "time"))
    var headTimeout: String = "10s"

    @Option(help: ArgumentHelp("Limit for connections without progress.", valueName: "time"))
    var idleTimeout: String = "60s"

    @Option(help: ArgumentHelp("Limit for connecting upstream.", valueName: "time"))
    var connectTimeout: String = "1s"

    @Option(help: ArgumentHelp("Limit for an upstream to answer: 504.", valueName: "time"))
    var responseTimeout: String = "15s"

    @Option(help: ArgumentHelp("Limit for a request body: 413.", valueName: "size"))
    var maxRequestBody: String?

    @Option(help: ArgumentHelp("debug, info, warning, error or off.", valueName: "level"))
    var logLevel: String = "info"
}

/// A command line that is no run: --help, --version, or a flag that cannot be read.
struct OptionsEnd: Error, Equatable {
    /// --help and --version succeed.
    let isSuccess: Bool
    let text: String
}

extension Options {
    /// Reads the arguments, the program's own name left out.
    static func read(_ arguments: [String]) throws(OptionsEnd) -> Options {
        do {
            return try Options.parse(arguments)
        } catch {
            if Options.exitCode(for: error).isSuccess {
                throw OptionsEnd(isSuccess: true, text: Options.fullMessage(for: error))
            }
            let message = Options.message(for: error)
            let line = message.split(separator: "\n").first.map(String.init) ?? message
            throw OptionsEnd(isSuccess: false, text: "\(line) (all flags: weir --help)")
        }
    }
}

/// A complaint about the command line: one line that names the flag, the value and the way out.
struct UsageError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// `--mode "serv" is not a mode; use serve or validate (did you mean serve?)`.
    init(flag: String, value: String, _ problem: String, suggestion: String? = nil) {
        let hint = suggestion.map { " (did you mean \($0)?)" } ?? ""
        description = "\(flag) \"\(value)\" \(problem)\(hint)"
    }
}
