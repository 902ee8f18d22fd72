// `statsctl query`: one PromQL expression at one moment. The table shows six digits, JSON is that
// of the HTTP API, CSV has a row a sample. A range vector (`x[1m]`) shows the raw samples. Nothing
// found is exit 1, so that a script can ask whether a series is there.

import ArgumentParser
import History
import PromQL

struct QueryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Evaluates PromQL at one moment.",
        usage: "statsctl query <expression> [--at <time>] [options]",
        discussion: """
            EXAMPLES:
              statsctl query 'sum by (cluster) (rate(weir_cluster_upstream_rq_total[1m]))'
              statsctl query weir_server_live --at 14:03
              statsctl query 'weir_server_open_fds[10s]' -o csv
              statsctl --url http://prometheus:9090 query up -o json
            """)

    @Argument(help: "The expression.")
    var expression: String

    @Option(help: ArgumentHelp("When; the newest number unless given.", valueName: "time"))
    var at: String?

    @OptionGroup var store: StoreOptions

    func run() throws {
        let backend = try store.backend()
        if store.url == nil { _ = try QueryText.parsed(expression) }
        let now = try backend.newest()
        let time = try at.map { try TimeArgument.required("--at", $0, now: now) } ?? now
        let answer = try backend.instant(expression, at: time)
        store.report(answer.remarks)
        if case .string = answer.value {
        } else if answer.series.isEmpty {
            throw Failure.nothing(
                "no series at \(TimeText.localTime(millis: time)); "
                    + Suggestion.text(
                        expression, backend, Window(start: time - 300_000, end: time)))
        }
        switch store.output {
        case .table: Terminal.write(AnswerText.table(answer))
        case .json: Terminal.write(AnswerText.json(answer))
        case .csv: Terminal.write(AnswerText.csv(answer))
        }
    }
}
