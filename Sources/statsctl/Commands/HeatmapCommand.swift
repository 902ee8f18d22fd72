// `statsctl heatmap`: a histogram over time in the terminal, native or classic, of a file or a
// server: where the bulk is, where the tail is, and when a second hump appeared. Both kinds become
// buckets by upper bound (`HeatmapRows`) before anything is drawn.

import ArgumentParser
import History
import PromQL
import QueryAPI

struct HeatmapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heatmap",
        abstract: "Draws a histogram over time.",
        usage: "statsctl heatmap [<selector>] [--since <2h>] [options]",
        discussion: """
            EXAMPLES:
              statsctl heatmap
              statsctl heatmap weir_cluster_upstream_rq_time_seconds --since 2h
              statsctl heatmap 'weir_cluster_upstream_rq_time_seconds{cluster="a"}'
              statsctl heatmap --start 14:00 --end 14:30 --step 30s
              statsctl --url http://prometheus:9090 heatmap \\
                prometheus_http_request_duration_seconds
            """)

    @Argument(help: "A histogram.")
    var selector = "weir_http_downstream_rq_time_seconds"

    @Option(help: ArgumentHelp("Rows at most.", valueName: "rows"))
    var height = 16

    @OptionGroup var times: WindowOptions
    @OptionGroup var steps: StepOptions
    @OptionGroup var store: StoreOptions

    func validate() throws {
        guard (3...200).contains(height) else {
            throw ValidationError("--height \(height): 3 to 200 rows.")
        }
    }

    func run() throws {
        let backend = try store.backend()
        let columns = max(20, min(160, Terminal.chartColumns - 22))
        let window = try window(backend, columns: columns)
        if times.end == nil { try store.noticeAge(backend) }
        let steps = try steps(backend, window)
        let rows = HeatmapRows.rows(steps, limit: height)
        guard !rows.isEmpty else {
            throw Failure.nothing(
                "no observation of \(selector) from \(TimeText.localTime(millis: window.start))"
                    + " to \(TimeText.localTime(millis: window.end))")
        }
        switch store.output {
        case .table:
            let chart = HeatmapChart(
                rows: rows, window: window, quantity: Quantity.guess(selector))
            Terminal.write(Terminal.bold(selector) + "\n" + chart.rendered())
        case .json: Terminal.write(json(rows, window))
        case .csv:
            Terminal.write(TextTable.csv(["time", "upper", "count"]))
            for row in rows {
                for (index, count) in row.counts.enumerated() where count > 0 {
                    let time = APIText.seconds(window.start + Int64(index) * window.step)
                    let upper = FloatText.api(row.upper)
                    Terminal.write(TextTable.csv([time, upper, FloatText.api(count)]))
                }
            }
        }
    }

    /// A column is what happened in the step before its time, so the first one ends a step after
    /// the start, and all of them together are the window once: but for its beginning, where the
    /// step does not divide it.
    private func window(_ backend: any Backend, columns: Int) throws -> Window {
        let asked = try times.window(backend, length: 600_000, step: steps)
        let count = asked.length / asked.step
        if steps.step != nil, store.output == .table, count > Int64(columns) {
            throw Failure.usage(
                "\(count) columns do not fit into \(columns): choose a longer --step, or a shorter"
                    + " window")
        }
        let step =
            steps.step == nil ? Window.columnStep(asked.length, columns: columns) : asked.step
        let first = asked.end - max(1, asked.length / step) * step
        return Window(start: first + step, end: asked.end, step: step)
    }

    /// A rate needs two samples, and how far they lie apart is the source's secret: the shortest
    /// range is taken whose chart has no more holes than that of the next one.
    private func steps(_ backend: any Backend, _ window: Window) throws -> [HeatmapRows.Step] {
        let lengths = [window.step, 4 * window.step, 60_000, 300_000].filter { $0 >= window.step }
        var best: (steps: [HeatmapRows.Step], filled: Int, length: Int64) = ([], 0, window.step)
        for length in Set(lengths).sorted() {
            let steps = try steps(backend, window, length)
            let filled = steps.count { !$0.isEmpty }
            if best.filled > 0, filled <= best.filled + best.filled / 10 { break }
            best = (steps, filled, length)
        }
        if best.filled > 0, best.length > window.step {
            Terminal.notice(
                "statsctl: samples lie far apart: each column is the mean of"
                    + " \(TimeText.span(millis: best.length)); a longer --step is sharper")
        }
        return best.steps
    }

    /// The native histogram, or the classic one where there is none.
    private func steps(
        _ backend: any Backend, _ window: Window, _ length: Int64
    ) throws -> [HeatmapRows.Step] {
        let range = "[\(QueryText.duration(length))]"
        let factor = "* \(FloatText.api(Double(window.step) / 1000))"
        let native = try backend.range("sum(rate(\(selector)\(range))) \(factor)", window)
        let steps = HeatmapRows.native(native.series, window)
        if steps.contains(where: { !$0.isEmpty }) { return steps }
        let buckets = Queries.suffixed(selector, "_bucket")
        let classic = try backend.range(
            "sum by (le) (rate(\(buckets)\(range))) \(factor)", window)
        return HeatmapRows.classic(classic.series, window)
    }

    private func json(_ rows: [HeatmapChart.Row], _ window: Window) -> String {
        let list = rows.map { row in
            "{\"upper\":\"\(FloatText.api(row.upper))\",\"counts\":["
                + row.counts.map(JSONText.number).joined(separator: ",") + "]}"
        }
        return "{\"start\":\"\(TimeText.rfc3339(millis: window.start))\","
            + "\"step_seconds\":\(JSONText.number(Double(window.step) / 1000)),\"rows\":[\n "
            + list.joined(separator: ",\n ") + "]}\n"
    }
}
