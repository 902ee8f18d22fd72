// `statsctl range`: one PromQL expression over a window, as rows or as a braille chart with the
// events of the time under it. Without a step a table has about 20 rows, a chart a point per dot.
// A chart of more than a dozen series shows the highest and says so.

import ArgumentParser
import History
import PromQL

struct RangeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "range",
        abstract: "Evaluates PromQL over a window; draws charts.",
        usage: "statsctl range <expression> [--plot] [--since <2h>] [options]",
        discussion: """
            EXAMPLES:
              statsctl range 'sum(rate(weir_http_downstream_rq_total[1m]))' --plot
              statsctl range 'sum by (cluster) (weir_cluster_upstream_rq_active)' \\
                --since 2h --plot
              statsctl range weir_server_open_fds --start 14:00 --end 14:10 --step 30s
              statsctl --url http://prometheus:9090 range up --since 1d -o csv
            """)

    @Argument(help: "The expression.")
    var expression: String

    @Flag(help: "Draw a chart.")
    var plot = false

    @Flag(help: "A logarithmic value axis.")
    var log = false

    @Option(help: ArgumentHelp("Lines of the chart.", valueName: "rows"))
    var height = 12

    @OptionGroup var times: WindowOptions
    @OptionGroup var steps: StepOptions
    @OptionGroup var store: StoreOptions

    func validate() throws {
        guard (3...200).contains(height) else {
            throw ValidationError("--height \(height): 3 to 200 lines.")
        }
    }

    func run() throws {
        let backend = try store.backend()
        if store.url == nil { _ = try QueryText.parsed(expression) }
        let points =
            plot ? max(40, (Terminal.chartColumns - 10) * 2) : store.output == .table ? 20 : 240
        let window = try times.window(backend, points: points, step: steps)
        if times.end == nil { try store.noticeAge(backend) }
        let answer = try backend.range(expression, window)
        store.report(answer.remarks)
        let series = answer.series.filter { !$0.samples.isEmpty }
        guard !series.isEmpty else {
            throw Failure.nothing(
                "no series from \(TimeText.localTime(millis: window.start))"
                    + " to \(TimeText.localTime(millis: window.end)); "
                    + Suggestion.text(expression, backend, window))
        }
        switch store.output {
        case .json: Terminal.write(AnswerText.json(answer))
        case .csv: Terminal.write(AnswerText.csv(answer))
        case .table where plot: try draw(series, window, backend)
        case .table:
            let isNarrow = series.count <= 6
            Terminal.write(isNarrow ? AnswerText.matrix(series) : AnswerText.table(answer))
        }
    }

    private func draw(_ all: [ResultSeries], _ window: Window, _ backend: any Backend) throws {
        // The busiest ones when there are more than letters and eyes can keep apart.
        let most = 12
        let shown = all.count <= most ? all : Array(all.sorted { $0.peak > $1.peak }.prefix(most))
        let names = SeriesText.distinct(shown.map(\.labels))
        let chart = Plot(
            series: zip(names, shown).map {
                PlotSeries(name: $0 == "{}" ? expression : $0, points: $1.points)
            },
            window: window, quantity: Quantity.guess(expression),
            events: try backend.events(start: window.start, end: window.end),
            columns: Terminal.chartColumns, rows: height, isLogarithmic: log)
        Terminal.write(chart.rendered())
        if all.count > most {
            Terminal.notice(
                "statsctl: the \(most) highest of \(all.count) series; narrow the query")
        }
    }
}

extension ResultSeries {
    fileprivate var peak: Double { points.map(\.value).max() ?? -.infinity }
}
