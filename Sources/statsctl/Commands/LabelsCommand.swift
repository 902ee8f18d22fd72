// `statsctl labels`: label names, or the values of one. A label's values come with how many series
// carry each, because that is the next question. Names come from the index of the source; only
// counts read series.

import ArgumentParser
import History
import PromQL

struct LabelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels",
        abstract: "Lists label names, or the values of one label.",
        usage: "statsctl labels [<label>] [--match <selector>] [options]",
        discussion: """
            EXAMPLES:
              statsctl labels
              statsctl labels cluster
              statsctl labels response_code --since 1d \\
                --match weir_http_downstream_rq_code_total
            """)

    @Argument(help: "A label; its values are listed.")
    var label: String?

    @Option(help: ArgumentHelp("Only of series that match.", valueName: "selector"))
    var match: String?

    @OptionGroup var times: WindowOptions
    @OptionGroup var store: StoreOptions

    func run() throws {
        let backend = try store.backend()
        let window = try times.window(backend)
        guard let label else {
            let names = try backend.labelNames(match, window)
            return try show(title: "LABEL", names.map { ($0, nil) })
        }
        let values = try backend.labelValues(label, match, window)
        // The count of all series by name would read every series of a large server.
        guard label != "__name__" || match != nil else {
            return try show(title: "VALUE", values.map { ($0, nil) })
        }
        let selector = QueryText.selector(
            match ?? QueryText.everything, adding: QueryText.label(label) + #"!="""#)
        let counts = try backend.numbers(
            "count by (\(QueryText.label(label))) (\(selector))", by: label, at: window.end)
        try show(title: "VALUE", values.map { ($0, Int(counts[$0] ?? 0)) })
    }

    private func show(title: String, _ lines: [(text: String, count: Int?)]) throws {
        guard !lines.isEmpty else {
            throw Failure.nothing("no label matches; `statsctl labels` shows what there is")
        }
        let hasCounts = lines.contains { $0.count != nil }
        switch store.output {
        case .table:
            var table = TextTable(
                [(title, .left)] + (hasCounts ? [("SERIES NOW", .right)] : []))
            for line in lines {
                table.add([line.text] + (hasCounts ? ["\(line.count ?? 0)"] : []))
            }
            Terminal.write(table.rendered())
        case .json:
            let items = lines.map { line in
                line.count.map { "{\"value\":\(JSONText.quoted(line.text)),\"series\":\($0)}" }
                    ?? JSONText.quoted(line.text)
            }
            Terminal.write("[" + items.joined(separator: ",\n ") + "]\n")
        case .csv:
            Terminal.write(TextTable.csv([title.lowercased()] + (hasCounts ? ["series"] : [])))
            for line in lines {
                Terminal.write(TextTable.csv([line.text] + (line.count.map { ["\($0)"] } ?? [])))
            }
        }
    }
}
