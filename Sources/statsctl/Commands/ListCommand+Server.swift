// `statsctl list` on a server: names from its index, kinds from its metadata, and the sum of each
// metric by queries of some names at a time, so that a large server is never asked for everything
// at once.

import History
import PromQL

struct ServerList {
    var pattern: String

    private struct Line {
        var name: String
        var kind: String
        var series: Int
        var value: Double?
    }

    private static let batch = 40

    func run(_ url: String, _ output: OutputForm) throws {
        let backend = try ServerBackend(url: url)
        let now = try backend.newest()
        let recent = Window(start: now - 3_600_000, end: now)
        let names = try backend.labelValues("__name__", nil, recent).filter {
            NamePattern.matches(pattern, $0)
        }
        guard !names.isEmpty else { throw Failure.nothing("no metric matches \(pattern)") }
        let types = try backend.metadata()
        var lines: [Line] = []
        var progress = Progress("listing", total: Int64(names.count))
        for start in stride(from: 0, to: names.count, by: Self.batch) {
            let part = names[start..<min(start + Self.batch, names.count)]
            // Names are letters, digits, underscores and colons: nothing to escape.
            let selector = "{__name__=~\"\(part.joined(separator: "|"))\"}"
            let counts = try backend.numbers(
                "count by (__name__) (\(selector))", by: Labels.nameLabel, at: now)
            let sums = try backend.numbers(
                "sum by (__name__) (\(selector))", by: Labels.nameLabel, at: now)
            lines += part.map {
                Line(
                    name: $0, kind: Self.kind($0, types), series: Int(counts[$0] ?? 0),
                    value: sums[$0])
            }
            progress.show(Int64(start))
        }
        progress.end()
        show(lines, output)
    }

    /// Parts of a classic histogram are of its kind.
    private static func kind(_ name: String, _ types: [String: Metadata]) -> String {
        if let type = types[name]?.type { return type }
        for suffix in ["_bucket", "_count", "_sum"] where name.hasSuffix(suffix) {
            if let type = types[String(name.dropLast(suffix.count))]?.type { return type }
        }
        return "unknown"
    }

    private func show(_ lines: [Line], _ output: OutputForm) {
        switch output {
        case .table:
            var table = TextTable([
                ("NAME", .left), ("KIND", .left), ("SERIES", .right), ("LAST", .right),
            ])
            for line in lines {
                let value = line.value.map(Quantity.guess(line.name).text) ?? "-"
                table.add([line.name, line.kind, "\(line.series)", value])
            }
            Terminal.write(table.rendered())
        case .json:
            let items = lines.map {
                "{\"name\":\(JSONText.quoted($0.name)),\"kind\":\(JSONText.quoted($0.kind)),"
                    + "\"series\":\($0.series),"
                    + "\"value\":\($0.value.map(JSONText.number) ?? "null")}"
            }
            Terminal.write("[" + items.joined(separator: ",\n ") + "]\n")
        case .csv:
            Terminal.write(TextTable.csv(["name", "kind", "series", "value"]))
            for line in lines {
                Terminal.write(
                    TextTable.csv([
                        line.name, line.kind, "\(line.series)", line.value.map { "\($0)" } ?? "",
                    ]))
            }
        }
    }
}
