// `statsctl db`: the file itself. `verify` reads everything and names what is
// readable, `size` says what takes the room and how long it lasts, `compact` packs a
// file at rest.

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
        discussion: """
            EXAMPLES:
              statsctl db verify
              statsctl db verify --db broken.db

            Exit: 0 all of it can be read, 3 some of it cannot.
            """)

    @OptionGroup var store: StoreOptions

    /// What was looked at so far.
    private final class Findings {
        var good: [String] = []
        var faults: [String] = []

        /// What cannot be read at all is a finding, not the end.
        func attempt(_ part: String, _ body: () throws(HistoryError) -> Void) {
            do throws(HistoryError) {
                try body()
            } catch {
                faults.append("\(part): \(error.detail)")
            }
        }
    }

    func run() throws {
        let reader = try store.open()
        let findings = Findings()
        findings.attempt("sqlite") { () throws(HistoryError) in
            findings.faults += try reader.integrityFaults().map { "sqlite: \($0)" }
        }
        var families: [StoredFamily] = []
        findings.attempt("dictionary") { () throws(HistoryError) in
            families = try reader.families()
            var count = 0
            for family in families { count += try reader.series(of: family).count }
            findings.good.append(
                "\(UnitText.grouped(count)) series in \(families.count) families")
        }
        readFrames(reader, findings)
        readBlocks(reader, families, findings)
        findings.attempt("events") { () throws(HistoryError) in
            findings.good.append("\(UnitText.grouped(try reader.events().count)) events")
            findings.good.append("\(UnitText.grouped(try reader.boots().count)) boots")
        }
        show(findings)
        if !findings.faults.isEmpty {
            Terminal.notice(
                "statsctl: \(store.db): damaged; what is readable can still be asked for")
            throw ExitCode(3)
        }
    }

    private func show(_ findings: Findings) {
        let lines =
            findings.good.map { ("readable", $0, Colour.green) }
            + findings.faults.map { ("damaged", $0, Colour.red) }
        switch store.output {
        case .table:
            for (verdict, text, colour) in lines {
                let gap = String(repeating: " ", count: 10 - verdict.count)
                Terminal.write(colour.paint(verdict) + gap + text + "\n")
            }
        case .json:
            let items = lines.map { "{\"verdict\":\"\($0.0)\",\"text\":\(JSONText.quoted($0.1))}" }
            Terminal.write("[" + items.joined(separator: ",\n ") + "]\n")
        case .csv:
            Terminal.write(TextTable.csv(["verdict", "text"]))
            for line in lines { Terminal.write(TextTable.csv([line.0, line.1])) }
        }
    }

    private func readFrames(_ reader: HistoryReader, _ findings: Findings) {
        findings.attempt("frames") { () throws(HistoryError) in
            var span: (first: Int64, last: Int64)?
            let report = try reader.forEachFrame(from: .min, to: .max) { frame in
                span = (span?.first ?? frame.timeMillis, frame.timeMillis)
                return true
            }
            findings.faults += report.faults.map { "\($0)" }
            if report.framesLost > 0 {
                findings.faults.append("\(report.framesLost) frames are lost")
            }
            findings.good.append("\(UnitText.grouped(report.frames)) frames" + Self.text(span))
        }
    }

    /// Every chunk of every family and tier; a bad one costs its own window only.
    private func readBlocks(
        _ reader: HistoryReader, _ families: [StoredFamily], _ findings: Findings
    ) {
        var progress = Progress("verifying", total: Int64(families.count))
        var blocks = 0
        var seen: Set<String> = []
        for (index, family) in families.enumerated() {
            progress.show(Int64(index))
            findings.attempt(family.prometheusName) { () throws(HistoryError) in
                for tier in HistoryTier.allCases {
                    let report = try reader.window(
                        family: family.id, seriesIDs: nil, from: .min, to: .max,
                        tier: .exactly(tier)
                    ).report
                    blocks = max(blocks, report.blocks)
                    for fault in report.blockFaults where seen.insert("\(fault)").inserted {
                        findings.faults.append("\(fault)")
                    }
                }
            }
        }
        progress.end()
        if blocks > 0 { findings.good.append("\(UnitText.grouped(blocks)) blocks") }
    }

    private static func text(_ span: (first: Int64, last: Int64)?) -> String {
        span.map {
            ", \(TimeText.localTime(millis: $0.first)) to \(TimeText.localTime(millis: $0.last))"
        } ?? ""
    }
}

struct DBSizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "size",
        abstract: "Bytes per metric family and per sample, and days left.",
        discussion: """
            EXAMPLES:
              statsctl db size
              statsctl db size --cap 2GiB
              statsctl db size -o csv
            """)

    @Option(help: ArgumentHelp("Size limit that days are counted to.", valueName: "1GiB"))
    var cap: String?

    @OptionGroup var store: StoreOptions

    func run() throws {
        let limit = try cap.map { text throws(Failure) in
            guard let bytes = Threshold.number(text), bytes > 0 else {
                throw Failure.usage("--cap \(text): not a size; try 512MiB or 2GiB")
            }
            return bytes
        }
        let reader = try store.open()
        let info = try reader.info()
        let names = Dictionary(
            try reader.families().map { ($0.id, $0.prometheusName) }, uniquingKeysWith: { $1 })
        let frames = try reader.frameSize()
        var lines = try reader.chunkSizes().map { size in
            (name: names[size.familyID] ?? "family \(size.familyID)", size: size)
        }
        lines.append((name: "(frames not packed yet)", size: frames))
        lines.sort { $0.size.bytes > $1.size.bytes }
        let total = info.fileBytes + info.walBytes
        switch store.output {
        case .table:
            Terminal.write(table(lines, total))
            Terminal.write(try outlook(info, reader, total: total, limit: limit))
        case .json:
            let items = lines.map {
                "{\"family\":\(JSONText.quoted($0.name)),\"bytes\":\($0.size.bytes),"
                    + "\"blobs\":\($0.size.rows)}"
            }
            Terminal.write(
                "{\"file_bytes\":\(info.fileBytes),\"wal_bytes\":\(info.walBytes),\"families\":[\n "
                    + items.joined(separator: ",\n ") + "]}\n")
        case .csv:
            Terminal.write(TextTable.csv(["family", "bytes", "blobs"]))
            for line in lines {
                Terminal.write(
                    TextTable.csv([line.name, "\(line.size.bytes)", "\(line.size.rows)"]))
            }
        }
    }

    private func table(_ lines: [(name: String, size: StoredSize)], _ total: Int64) -> String {
        var table = TextTable([
            ("FAMILY", .left), ("BYTES", .right), ("SHARE", .right), ("BLOBS", .right),
        ])
        for line in lines where line.size.rows > 0 {
            table.add([
                line.name, UnitText.human(bytes: line.size.bytes),
                Quantity.ratio.text(Double(line.size.bytes) / Double(max(1, total))),
                UnitText.grouped(line.size.rows),
            ])
        }
        return table.rendered()
    }

    private func outlook(
        _ info: HistoryInfo, _ reader: HistoryReader, total: Int64, limit: Double?
    ) throws -> String {
        var text = "\n\(Terminal.bold("file")) \(UnitText.human(bytes: info.fileBytes))"
        text += " + \(UnitText.human(bytes: info.walBytes)) WAL\n"
        if let bytes = info.bytesPerSample {
            text += "\(Terminal.bold("cost")) \(UnitText.significant(bytes)) bytes a sample"
            text += ", \(UnitText.grouped(info.samples)) samples\n"
        }
        guard let first = info.firstMillis, let last = info.lastMillis, last - first > 60_000
        else { return text }
        let perDay = Double(total) / Double(last - first) * 86_400_000
        text += "\(Terminal.bold("rate")) \(UnitText.human(bytes: Int64(perDay))) a day"
        text += " over \(TimeText.span(millis: last - first))\n"
        if let limit {
            let left = (limit - Double(total)) / perDay
            let words = left > 0 ? "\(UnitText.significant(left)) days" : "nothing: it is above"
            text += "\(Terminal.bold("left")) \(words)\n"
        }
        return text
    }
}

struct DBCompactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact",
        abstract: "Packs frames of a file at rest and gives free room back.",
        discussion: """
            EXAMPLES:
              statsctl db compact --db copy/weir.db

            A running weir does this by itself, every few seconds.
            """)

    @OptionGroup var store: StoreOptions

    func run() throws {
        let before = try store.open().info()
        var progress = Progress("compacting", total: before.frames)
        try store.edit { editor throws(HistoryError) in
            try editor.compact { left in progress.show(before.frames - left) }
        }
        progress.end()
        let after = try store.open().info()
        Terminal.notice(
            "statsctl: \(UnitText.human(bytes: before.fileBytes + before.walBytes)) before,"
                + " \(UnitText.human(bytes: after.fileBytes + after.walBytes)) after")
    }
}
