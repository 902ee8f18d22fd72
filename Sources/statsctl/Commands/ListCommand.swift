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
        usage: "statsctl list [<pattern>] [options]",
        discussion: """
            EXAMPLES:
              statsctl list
              statsctl list upstream
              statsctl list 'weir_cluster_*_seconds' -o json
              statsctl --url http://prometheus:9090 list http
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
        if let url = store.url { return try ServerList(pattern: pattern).run(url, store.output) }
        let reader = try store.open()
        let newest = try store.newest(reader)
        let lines = try collect(reader, newest: newest)
        guard !lines.isEmpty else {
            throw Failure.nothing("no metric matches \(pattern)")
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
        let sums = try newestFrame(reader, newest, owner, count: families.count)
        let values = try sums ?? newestSamples(reader, newest, families, owner)
        return families.indices.map {
            Line(family: families[$0], series: counts[$0], last: values[$0])
        }
    }

    /// Sums by family of the newest frame; nil when all of it is packed.
    private func newestFrame(
        _ reader: HistoryReader, _ newest: Int64, _ owner: [Int64: Int], count: Int
    ) throws -> [SampleValue?]? {
        var sums: [SampleValue?]?
        let report = try reader.forEachFrame(from: newest, to: newest) { frame in
            var found = [SampleValue?](repeating: nil, count: count)
            frame.forEachValue { id, value in
                guard let index = owner[id] else { return }
                found[index] = found[index]?.adding(value) ?? value
            }
            sums = found
            return true
        }
        store.reportFaults(report)
        return sums
    }

    /// The same from blocks; imported series may have ended some minutes before the newest.
    private func newestSamples(
        _ reader: HistoryReader, _ newest: Int64, _ families: [StoredFamily],
        _ owner: [Int64: Int]
    ) throws -> [SampleValue?] {
        let ids = owner.keys.sorted()
        let reach: Int64 = 300_000
        let (rows, report) = try reader.steps(
            of: ids, from: newest - reach, to: newest, stepMillis: reach)
        store.reportFaults(report)
        var sums = [SampleValue?](repeating: nil, count: families.count)
        for (id, row) in zip(ids, rows) {
            guard let index = owner[id], let last = row.last, let value = last.last,
                last.lastMillis == newest || families[index].isFloat
            else { continue }
            sums[index] = sums[index]?.adding(value) ?? value
        }
        return sums
    }

    private func table(_ lines: [Line]) -> String {
        let hasQuantiles = lines.contains { $0.family.kind == .histogram }
        var table = TextTable(
            [("NAME", .left), ("KIND", .left), ("SERIES", .right), ("LAST", .right)]
                + (hasQuantiles ? [("P50", .right), ("P99", .right)] : []))
        for line in lines {
            let cells = [
                line.family.prometheusName, "\(line.family.kind)", "\(line.series)", human(line),
            ]
            table.add(cells + (hasQuantiles ? quantiles(line) : []))
        }
        return table.rendered()
    }

    private func quantiles(_ line: Line) -> [String] {
        guard case .histogram(let histogram)? = line.last else { return ["", ""] }
        let value = histogram.value(layout: line.family.layout)
        return [0.5, 0.99].map { quantile in
            value?.quantile(quantile).map { UnitText.human($0, line.family.unit) } ?? "-"
        }
    }

    private func human(_ line: Line) -> String {
        switch line.last {
        case .counter(let count): return UnitText.human(Double(count), line.family.unit)
        case .gauge(let value): return UnitText.human(Double(value), line.family.unit)
        case .float(let value): return UnitText.human(value, line.family.unit)
        case .histogram(let histogram): return UnitText.grouped(histogram.count)
        case nil: return "-"
        }
    }

    /// Value (or count), and the sum of a histogram.
    private func exact(_ line: Line) -> (value: String, sum: String) {
        switch line.last {
        case .counter(let count): (ExactText.number(count, line.family.unit), "")
        case .gauge(let value): (ExactText.number(value, line.family.unit), "")
        case .float(let value): (JSONText.number(value), "")
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
