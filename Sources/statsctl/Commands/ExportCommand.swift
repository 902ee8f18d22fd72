// `statsctl export`: raw samples of a window as OpenMetrics text, CSV or JSON lines, of a file or
// a server: asked one metric at a time, so memory holds one metric and families stay together as
// OpenMetrics 1.0 wants. Native histograms leave as their classic series; servers that have none
// of those say so.

import ArgumentParser
import History
import PromQL
import QueryAPI

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes raw samples as OpenMetrics, CSV or JSON lines.",
        usage: "statsctl export [<selector>] [--since <1h>] [options]",
        discussion: """
            EXAMPLES:
              statsctl export --since 1h > hour.om
              statsctl export '{cluster="a"}' --start 14:00 --end 14:30 -o csv > a.csv
              statsctl export weir_server_live --since 1d -o json | jq .values
              statsctl --url http://prometheus:9090 export up --since 1d

            OpenMetrics unless -o says else; promtool tsdb create-blocks-from openmetrics
            reads it. JSON is a line a series: {"metric":{...},"values":[...],
            "timestamps":[...]}, in milliseconds, as VictoriaMetrics exports and imports.
            """)

    @Argument(help: "Which series; all of them unless given.")
    var selector = QueryText.everything

    @OptionGroup var times: WindowOptions
    @OptionGroup var store: StoreOptions

    func run() throws {
        _ = try QueryText.selector(selector)
        let backend = try store.backend()
        let window = try times.window(backend)
        if let file = backend as? FileBackend, selector == QueryText.everything,
            store.output == .table
        {
            return try writeAll(file, window)
        }
        let names = try backend.labelValues("__name__", selector, window)
        let families = Self.families(names, try backend.metadata())
        guard !families.isEmpty else {
            throw Failure.nothing("nothing in this window matches \(selector)")
        }
        if store.output == .csv { Terminal.write(TextTable.csv(["series", "time", "value"])) }
        var progress = Progress("exporting", total: Int64(families.count))
        var skipped: [String] = []
        for (index, family) in families.enumerated() {
            progress.show(Int64(index))
            try write(family, backend, window, &skipped)
        }
        progress.end()
        if store.output == .table { Terminal.write("# EOF\n") }
        if !skipped.isEmpty {
            Terminal.notice(
                "statsctl: native histograms left out: " + skipped.joined(separator: ", "))
        }
    }

    /// The whole file by its own writer: it streams, and takes the roll-ups of old times.
    private func writeAll(_ file: FileBackend, _ window: Window) throws {
        var export = OpenMetricsExport(
            file.reader, from: window.start, to: window.end, tier: .exactly(.flush))
        var progress = Progress("exporting", total: 1)
        var written: Int64 = 0
        try export.run { bytes in
            Terminal.write(bytes)
            written += Int64(bytes.count)
            // On a terminal the data itself shows how it goes.
            if !Terminal.isInteractive { progress.show(bytes: written) }
            return true
        }
        progress.end()
        store.reportFaults(export.report)
        if export.skipped > 0 {
            Terminal.notice(
                "statsctl: \(store.db): \(export.skipped) samples left out: the clock had stepped"
                    + " back, and OpenMetrics goes forward only; no count is missing")
        }
    }

    /// A family as OpenMetrics names it, and the series names in it.
    struct Family {
        var name: String
        var type: String
        var help: String
        var members: [String]
    }

    static func families(_ names: [String], _ types: [String: Metadata]) -> [Family] {
        var families: [String: Family] = [:]
        for name in names {
            var base = name
            for suffix in ["_bucket", "_count", "_sum"] where name.hasSuffix(suffix) {
                let stem = String(name.dropLast(suffix.count))
                if ["histogram", "summary"].contains(types[stem]?.type) { base = stem }
            }
            let known = types[base]
            var type = known?.type ?? "unknown"
            if type == "counter" {
                // OpenMetrics: a counter's samples end in _total, its family does not.
                if base.hasSuffix("_total") {
                    base.removeLast("_total".count)
                } else {
                    type = "unknown"
                }
            }
            var family =
                families[base]
                ?? Family(name: base, type: type, help: known?.help ?? "", members: [])
            family.members.append(name)
            families[base] = family
        }
        return families.values.sorted { $0.name < $1.name }
    }

    private func write(
        _ family: Family, _ backend: any Backend, _ window: Window, _ skipped: inout [String]
    ) throws {
        var text = ""
        var isNative = false
        for name in family.members {
            let query = try oneMetric(name) + "[\(QueryText.duration(window.length))]"
            for series in try backend.instant(query, at: window.end).series {
                var points: [(time: Int64, value: Double)] = []
                for sample in series.samples {
                    switch sample.value {
                    case .float(let value): points.append((sample.time, value))
                    case .histogram: isNative = true
                    }
                }
                text += lines(series.labels, points)
            }
        }
        if isNative, !family.members.contains(family.name + "_bucket") {
            skipped.append(family.name)
        }
        guard !text.isEmpty else { return }
        if store.output == .table {
            var head = "# TYPE \(family.name) \(family.type)\n"
            if !family.help.isEmpty {
                let help = family.help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
                head += "# HELP \(family.name) \(help)\n"
            }
            text = head + text
        }
        Terminal.write(text)
    }

    /// The selector, of one metric; one that names its metric stays as it is.
    private func oneMetric(_ name: String) throws(Failure) -> String {
        let isNamed = try QueryText.selector(selector).contains {
            $0.label == Labels.nameLabel && $0.relation == .equal
        }
        if isNamed { return selector }
        return QueryText.selector(selector, adding: "__name__=\(QueryText.quoted(name))")
    }

    private func lines(_ labels: Labels, _ points: [(time: Int64, value: Double)]) -> String {
        if points.isEmpty { return "" }
        let name = SeriesText.full(labels)
        switch store.output {
        case .table:
            return points.map {
                "\(name) \(FloatText.api($0.value)) \(APIText.seconds($0.time))\n"
            }.joined()
        case .csv:
            return points.map {
                TextTable.csv([name, APIText.seconds($0.time), FloatText.api($0.value)])
            }.joined()
        case .json:
            let values = points.map { JSONText.number($0.value) }.joined(separator: ",")
            let times = points.map { String($0.time) }.joined(separator: ",")
            return "{\"metric\":\(APIText.labels(labels)),\"values\":[\(values)],"
                + "\"timestamps\":[\(times)]}\n"
        }
    }
}
