// `statsctl db`: the file itself. `verify` reads everything and names what is readable, `size`
// says what takes the room and how long it lasts, `compact` packs a file at rest. Only `compact`
// writes, and only beside no weir.

import ArgumentParser
import History

struct DBCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db",
        abstract: "Verifies, measures and compacts the file.",
        discussion: """
            EXAMPLES:
              statsctl db verify --db copy/weir.db
              statsctl db size
              statsctl db compact --db copy/weir.db
            """,
        subcommands: [DBVerifyCommand.self, DBSizeCommand.self, DBCompactCommand.self])
}

struct DBVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads everything; names what is readable and what is not.",
        usage: "statsctl db verify [options]",
        discussion: """
            EXAMPLES:
              statsctl db verify
              statsctl db verify --db broken.db

            Exit: 0 all of it can be read, 3 some of it cannot.
            """)

    @OptionGroup var store: StoreOptions

    func run() throws {
        _ = try store.url.map { _ in try store.open() }
        let reader = try HistoryReader(path: store.db, salvages: true)
        var progress = Progress("verifying", total: 1)
        let report = try reader.verify { done, all in
            progress.total = Int64(all)
            progress.show(Int64(done))
        }
        progress.end()
        show(readable(reader, report), damaged(report))
        if !report.isSound {
            let isOpen = (try? HistoryReader(path: store.db)) != nil
            Terminal.notice(
                "statsctl: \(store.db): damaged; "
                    + (isOpen
                        ? "what is readable can still be asked for"
                        : "SQLite's .recover may get out what is readable"))
            throw ExitCode(3)
        }
    }

    private func readable(_ reader: HistoryReader, _ report: VerifyReport) -> [String] {
        let whole = report.chunks - report.blockFaults.count
        var lines = [
            "\(UnitText.grouped(report.frames)) frames",
            "\(UnitText.grouped(max(0, whole))) chunks"
                + " in \(UnitText.grouped(report.blocks)) blocks",
        ]
        // Of a damaged file even this may be out of reach; the damage is told below.
        guard let info = try? reader.info() else { return lines }
        lines.insert("\(UnitText.grouped(info.series)) series in \(info.families) families", at: 0)
        lines.append(
            "\(UnitText.grouped(info.events)) events, \(UnitText.grouped(info.boots)) boots")
        if let first = info.firstMillis, let last = info.lastMillis {
            lines.append(
                TimeText.localTime(millis: first) + " to " + TimeText.localTime(millis: last))
        }
        return lines
    }

    private func damaged(_ report: VerifyReport) -> [String] {
        var lines = report.pageFaults.map { "sqlite: \($0)" }
        lines += report.rowFaults
        let more = report.rowsLost - report.rowFaults.count
        if more > 0 { lines.append("\(UnitText.grouped(more)) more rows like these") }
        lines += report.frameFaults.map { "\($0)" } + report.blockFaults.map { "\($0)" }
        if report.framesLost > 0 { lines.append("\(report.framesLost) frames are lost") }
        if report.unnamedSeries > 0 {
            lines.append("\(report.unnamedSeries) series have no name: their rows are missing")
        }
        if report.orphans > 0 { lines.append("\(report.orphans) chunks belong to no block") }
        return lines
    }

    private func show(_ readable: [String], _ damaged: [String]) {
        let lines =
            readable.map { ("readable", $0, Colour.green) }
            + damaged.map { ("damaged", $0, Colour.red) }
        switch store.output {
        case .table:
            for (verdict, text, colour) in lines {
                let gap = String(repeating: " ", count: 10 - verdict.count)
                Terminal.write(colour.paint(verdict) + gap + text + "\n")
            }
        case .json:
            let items = lines.map {
                "{\"verdict\":\"\($0.0)\",\"text\":\(JSONText.quoted($0.1))}"
            }
            Terminal.write("[" + items.joined(separator: ",\n ") + "]\n")
        case .csv:
            Terminal.write(TextTable.csv(["verdict", "text"]))
            for line in lines { Terminal.write(TextTable.csv([line.0, line.1])) }
        }
    }
}

struct DBSizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "size",
        abstract: "Bytes per metric family and per sample, and days left.",
        usage: "statsctl db size [--cap <2GiB>] [options]",
        discussion: """
            EXAMPLES:
              statsctl db size
              statsctl db size --cap 2GiB
              statsctl db size -o csv
            """)

    @Option(help: ArgumentHelp("Size limit that days are counted to.", valueName: "2GiB"))
    var cap: String?

    @OptionGroup var store: StoreOptions

    func run() throws {
        var options = HistoryOptions(path: store.db)
        if let cap {
            guard let bytes = Threshold.number(cap), bytes >= 1, bytes < 1e18 else {
                throw Failure.usage("--cap \(cap): not a size; try 512MiB or 2GiB")
            }
            options.sizeCapBytes = Int64(bytes)
        }
        let reader = try store.open()
        let sizes = try reader.sizes()
        let info = try reader.info()
        switch store.output {
        case .table:
            Terminal.write(
                file(sizes, info, options) + "\n" + tiers(sizes) + "\n" + families(sizes))
        case .json: Terminal.write(json(sizes, options))
        case .csv:
            Terminal.write(TextTable.csv(["family", "bytes"]))
            for size in sizes.families {
                Terminal.write(TextTable.csv([size.family.prometheusName, "\(size.total)"]))
            }
        }
    }

    private func file(
        _ sizes: SizeReport, _ info: HistoryInfo, _ options: HistoryOptions
    ) -> String {
        func line(_ name: String, _ value: String) -> String {
            Terminal.bold(name + String(repeating: " ", count: 10 - name.count)) + value + "\n"
        }
        let free = UnitText.human(bytes: sizes.freeBytes)
        var text = line(
            "file",
            "\(UnitText.human(bytes: sizes.fileBytes)), \(free) of it free,"
                + " + \(UnitText.human(bytes: sizes.walBytes)) WAL")
        if let bytes = info.bytesPerSample {
            text += line(
                "cost",
                "\(UnitText.significant(bytes)) bytes a sample,"
                    + " \(UnitText.grouped(info.samples)) samples")
        }
        let cap = UnitText.human(bytes: options.sizeCapBytes)
        let days = sizes.daysLeft(options).map { "\(UnitText.significant($0)) days to \(cap)" }
        return text + line("left", days ?? "for ever: by age it stays below \(cap)")
    }

    private func tiers(_ sizes: SizeReport) -> String {
        var table = TextTable([
            ("TIER", .left), ("BYTES", .right), ("A SAMPLE", .right), ("A DAY", .right),
            ("FROM", .whole),
        ])
        for size in sizes.tiers {
            table.add([
                size.tier.map { TimeText.span(millis: $0.stepMillis) } ?? "frames",
                UnitText.human(bytes: size.bytes),
                size.bytesPerSample.map(UnitText.significant) ?? "-",
                size.bytesPerDay.map { UnitText.human(bytes: Int64($0)) } ?? "-",
                size.firstMillis.map { TimeText.localTime(millis: $0) } ?? "-",
            ])
        }
        return table.rendered()
    }

    private func families(_ sizes: SizeReport) -> String {
        guard !sizes.families.isEmpty else {
            return "no family has bytes of its own yet: all of it is in frames\n"
        }
        let total = sizes.families.reduce(0) { $0 + $1.total }
        var table = TextTable([("FAMILY", .left), ("BYTES", .right), ("SHARE", .right)])
        func add(_ name: String, _ bytes: Int64) {
            let share = Quantity.ratio.text(Double(bytes) / Double(max(1, total)))
            table.add([name, UnitText.human(bytes: bytes), share])
        }
        let most = 20
        for size in sizes.families.prefix(most) { add(size.family.prometheusName, size.total) }
        let rest = sizes.families.dropFirst(most)
        if !rest.isEmpty {
            add("\(rest.count) more, listed by -o csv", rest.reduce(0) { $0 + $1.total })
        }
        return table.rendered()
    }

    private func json(_ sizes: SizeReport, _ options: HistoryOptions) -> String {
        let families = sizes.families.map {
            "{\"family\":\(JSONText.quoted($0.family.prometheusName)),\"bytes\":\($0.total)}"
        }
        let tiers = sizes.tiers.map { size in
            "{\"step_seconds\":\(size.tier.map { "\($0.stepMillis / 1000)" } ?? "null"),"
                + "\"bytes\":\(size.bytes),\"samples\":\(size.samples)}"
        }
        return "{\"file_bytes\":\(sizes.fileBytes),\"wal_bytes\":\(sizes.walBytes),"
            + "\"free_bytes\":\(sizes.freeBytes),"
            + "\"days_left\":\(sizes.daysLeft(options).map(JSONText.number) ?? "null"),"
            + "\"tiers\":[\(tiers.joined(separator: ","))],\"families\":[\n "
            + families.joined(separator: ",\n ") + "]}\n"
    }
}

struct DBCompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Packs frames of a file at rest and gives free room back.",
        usage: "statsctl db compact [--db <file>]",
        discussion: """
            EXAMPLES:
              statsctl db compact --db copy/weir.db

            A running weir does this by itself, every few seconds.
            """)

    @OptionGroup var store: StoreOptions

    func run() throws {
        let before = try store.open().info()
        try store.edit { history throws(HistoryError) in
            try history.compact { blocks in
                Terminal.progress("compacting: \(blocks) blocks")
                return true
            }
        }
        Terminal.progress("")
        let after = try store.open().info()
        Terminal.notice(
            "statsctl: \(UnitText.human(bytes: before.fileBytes + before.walBytes)) before,"
                + " \(UnitText.human(bytes: after.fileBytes + after.walBytes)) after")
    }
}
