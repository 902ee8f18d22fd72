// `statsctl info`: what the file is: its time range, its size, what a sample costs, its runs and
// how the last one ended. Cheap: counts come from indexes, no frame is decoded. Times are local in
// the table and UTC in JSON and CSV.

import ArgumentParser
import History

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Shows what a history holds and what it costs.",
        usage: "statsctl info [options]",
        discussion: """
            EXAMPLES:
              statsctl info
              statsctl --db /var/lib/weir/weir.db info -o json
            """)

    @OptionGroup var store: StoreOptions

    func run() throws {
        if let url = store.url { return try server(url) }
        let info = try store.open().info()
        switch store.output {
        case .table: Terminal.write(table(info))
        case .json:
            let fields = fields(info).map { JSONText.quoted($0.name) + ":" + $0.json }
            Terminal.write("{" + fields.joined(separator: ",") + "}\n")
        case .csv:
            let fields = fields(info)
            Terminal.write(TextTable.csv(fields.map(\.name)))
            Terminal.write(TextTable.csv(fields.map(\.plain)))
        }
        if info.samples == 0 {
            Terminal.notice("statsctl: \(store.db): no frame yet")
            throw ExitCode(1)
        }
    }

    /// A server says less of itself than a file: what it holds now.
    private func server(_ url: String) throws {
        let backend = try ServerBackend(url: url)
        let now = try backend.newest()
        let names = try backend.labelValues(
            "__name__", nil, Window(start: now - 3_600_000, end: now))
        let series = try backend.number("count(\(QueryText.everything))", at: now) ?? 0
        let fields = [
            ("server", backend.name, JSONText.quoted(backend.name)),
            ("metrics", UnitText.grouped(names.count), "\(names.count)"),
            ("series", UnitText.grouped(Int64(series)), "\(Int64(series))"),
        ]
        switch store.output {
        case .table:
            for (name, text, _) in fields {
                let gap = String(repeating: " ", count: 10 - name.count)
                Terminal.write(Terminal.bold(name + gap) + text + "\n")
            }
        case .json:
            let members = fields.map { JSONText.quoted($0.0) + ":" + $0.2 }
            Terminal.write("{" + members.joined(separator: ",") + "}\n")
        case .csv:
            Terminal.write(TextTable.csv(fields.map(\.0)))
            Terminal.write(TextTable.csv([backend.name] + fields.dropFirst().map(\.2)))
        }
    }

    private func table(_ info: HistoryInfo) -> String {
        func line(_ name: String, _ value: String) -> String {
            Terminal.bold(name + String(repeating: " ", count: 10 - name.count)) + value + "\n"
        }
        var text = line("file", "\(store.db) (format \(info.formatVersion))")
        if let first = info.firstMillis, let last = info.lastMillis {
            let span = TimeText.span(millis: last - first)
            text += line(
                "time",
                "\(TimeText.localTime(millis: first)) to \(TimeText.localTime(millis: last)),"
                    + " \(span)")
        }
        let wal = UnitText.human(bytes: info.walBytes)
        text += line("size", "\(UnitText.human(bytes: info.fileBytes)) + \(wal) WAL")
        let cost = info.bytesPerSample.map { UnitText.significant($0) + " bytes each" } ?? "-"
        text += line("frames", UnitText.grouped(info.frames))
        text += line("samples", "\(UnitText.grouped(info.samples)), \(cost)")
        text += line(
            "series", "\(UnitText.grouped(info.series)) in \(info.families) families")
        text += line("events", UnitText.grouped(info.events))
        text += line("boots", UnitText.grouped(info.boots))
        if let boot = info.lastBoot {
            let start = TimeText.localTime(millis: boot.startMillis)
            // Boots below zero are imports: no run of weir.
            let name = boot.id < 0 ? "imported" : "\(boot.id)"
            text += line("last boot", "\(name), from \(start), \(ending(boot, info))")
        }
        return text
    }

    private func ending(_ boot: StoredBoot, _ info: HistoryInfo) -> String {
        guard let end = boot.endMillis else {
            let age = StoreOptions.nowMillis - (info.lastMillis ?? boot.startMillis)
            return age < 60_000
                ? "running"
                : "killed, or it writes no more: silent for \(TimeText.span(millis: age))"
        }
        return "to \(TimeText.localTime(millis: end)), " + (boot.isClean ? "clean" : "not clean")
    }

    private func fields(
        _ info: HistoryInfo
    ) -> [(name: String, json: String, plain: String)] {
        func number(_ name: String, _ value: Int64?) -> (String, String, String) {
            (name, value.map { String($0) } ?? "null", value.map { String($0) } ?? "")
        }
        func time(_ name: String, _ millis: Int64?) -> (String, String, String) {
            let text = millis.map { TimeText.rfc3339(millis: $0) }
            return (name, text.map(JSONText.quoted) ?? "null", text ?? "")
        }
        let boot = info.lastBoot
        return [
            ("file", JSONText.quoted(store.db), store.db),
            number("format", Int64(info.formatVersion)),
            number("file_bytes", info.fileBytes), number("wal_bytes", info.walBytes),
            number("frames", info.frames), number("samples", info.samples),
            (
                "bytes_per_sample", JSONText.number(info.bytesPerSample ?? .nan),
                info.bytesPerSample.map { "\($0)" } ?? ""
            ),
            number("families", Int64(info.families)), number("series", Int64(info.series)),
            number("events", Int64(info.events)), number("boots", Int64(info.boots)),
            time("first", info.firstMillis), number("first_ms", info.firstMillis),
            time("last", info.lastMillis), number("last_ms", info.lastMillis),
            number("last_boot", boot?.id), time("last_boot_start", boot?.startMillis),
            time("last_boot_end", boot?.endMillis),
            (
                "last_boot_clean", boot.map { "\($0.isClean)" } ?? "null",
                boot.map { "\($0.isClean)" } ?? ""
            ),
        ]
    }
}
