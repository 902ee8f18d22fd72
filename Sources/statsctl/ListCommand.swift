// `statsctl list`: one line per metric family with its newest value: a counter's or gauge's sum
// over its series, a histogram's count and quantiles over all of them. Reads one group of frames.
// Sums wrap as the store's do; nothing here asks for the past.

import ArgumentParser
import History
import Stats

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists metrics with their newest value.",
        discussion: """
            EXAMPLES:
              statsctl list
              statsctl list upstream
              statsctl list 'weir_cluster_*_seconds' -o json
            """)

    @Argument(help: "A part of the name, or a glob over the whole name.")
    var pattern = ""

    @OptionGroup var store: StoreOptions

    private struct Line {
        let family: StoredFamily
        let series: Int
        let last: SampleValue?
    }

    func run() throws {
        let reader = try store.open()
        let newest = try store.newest(reader)
        let lines = try collect(reader, newest: newest)
        guard !lines.isEmpty else {
            Terminal.notice("statsctl: no metric matches \(pattern)")
            throw ExitCode(1)
        }
        switch store.output {
        case .table: Terminal.write(table(lines))
        case .json:
            Terminal.write("[" + lines.map(json).joined(separator: ",\n ") + "]\n")
        case .csv:
            var text = TextTable.csv(["name", "kind", "unit", "series", "value", "sum"])
            for line in lines {
                let (value, sum) = exact(line)
                text += TextTable.csv([
                    line.family.prometheusName, "\(line.family.kind)",
                    ExactText.unit(line.family.unit), "\(line.series)", value, sum,
                ])
            }
            Terminal.write(text)
        }
    }

    private func collect(_ reader: HistoryReader, newest: Int64) throws -> [Line] {
        let families = try reader.families().filter {
            NamePattern.matches(pattern, $0.prometheusName)
                || NamePattern.matches(pattern, $0.template)
        }
        var owner: [Int64: Int] = [:]
        var counts: [Int] = []
        for (index, family) in families.enumerated() {
            let series = try reader.series(of: family)
            counts.append(series.count)
            for entry in series { owner[entry.id] = index }
        }
        var sums = [SampleValue?](repeating: nil, count: families.count)
        let report = try reader.forEachFrame(from: newest, to: newest) { frame in
            sums = [SampleValue?](repeating: nil, count: families.count)
            frame.forEachValue { id, value in
                guard let index = owner[id] else { return }
                sums[index] = sums[index]?.adding(value) ?? value
            }
            return true
        }
        store.reportFaults(report)
        return families.indices.map {
            Line(family: families[$0], series: counts[$0], last: sums[$0])
        }
    }

    private func table(_ lines: [Line]) -> String {
        var table = TextTable([
            ("NAME", .left), ("KIND", .left), ("SERIES", .right), ("LAST", .right),
        ])
        for line in lines {
            table.add([
                line.family.prometheusName, "\(line.family.kind)", "\(line.series)", human(line),
            ])
        }
        return table.rendered()
    }

    private func human(_ line: Line) -> String {
        switch line.last {
        case .counter(let count): return UnitText.human(Double(count), line.family.unit)
        case .gauge(let value): return UnitText.human(Double(value), line.family.unit)
        case .float(let value): return UnitText.human(value, line.family.unit)
        case .histogram(let histogram):
            let value = histogram.value(layout: line.family.layout)
            let shown = [("p50", 0.5), ("p99", 0.99)].map { name, quantile in
                value?.quantile(quantile).map {
                    "  \(name) " + UnitText.human($0, line.family.unit)
                } ?? ""
            }
            return UnitText.grouped(histogram.count) + shown.joined()
        case nil: return "-"
        }
    }

    /// Value (or count), and the sum of a histogram.
    private func exact(_ line: Line) -> (value: String, sum: String) {
        switch line.last {
        case .counter(let count): (ExactText.number(count, line.family.unit), "")
        case .gauge(let value): (ExactText.number(value, line.family.unit), "")
        case .float(let value): (ExactText.estimate(value, line.family.unit), "")
        case .histogram(let histogram):
            (String(histogram.count), ExactText.number(histogram.sum, line.family.unit))
        case nil: ("", "")
        }
    }

    private func json(_ line: Line) -> String {
        let (value, sum) = exact(line)
        let isHistogram = line.family.kind == .histogram
        let fields: [(String, String)] = [
            ("name", JSONText.quoted(line.family.prometheusName)),
            ("template", JSONText.quoted(line.family.template)),
            ("kind", JSONText.quoted("\(line.family.kind)")),
            ("unit", JSONText.quoted(ExactText.unit(line.family.unit))),
            ("series", "\(line.series)"),
            (isHistogram ? "count" : "value", value.isEmpty ? "null" : value),
            ("sum", sum.isEmpty ? "null" : sum),
            ("help", JSONText.quoted(line.family.help)),
        ]
        return "{" + fields.map { JSONText.quoted($0) + ":" + $1 }.joined(separator: ",") + "}"
    }
}
