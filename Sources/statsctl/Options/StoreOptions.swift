// Options every command shares: where the numbers are and which form the output takes; and opening
// the source with them. Also the notice that every command owes: an old file. It never writes to
// the file.

import ArgumentParser
import Glibc
import History

enum OutputForm: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv
}

struct StoreOptions: ParsableArguments {
    static let defaultPath = "weir.db"

    @Option(
        name: .long, help: ArgumentHelp("The history to read.", valueName: "file"),
        completion: .file(extensions: ["db"]))
    var db = Self.defaultPath

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A weir, or any server with Prometheus' HTTP API, instead of a file.",
            valueName: "http://host:port"))
    var url: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("table, json or csv.", valueName: "form"))
    var output = OutputForm.table

    /// What was chosen, as a person would type it for another command.
    var arguments: [String] {
        (db == Self.defaultPath ? [] : ["--db", db]) + (url.map { ["--url", $0] } ?? [])
            + (output == .table ? [] : ["--output", output.rawValue])
    }

    func backend() throws -> any Backend {
        if let url { return try ServerBackend(url: url) }
        return try FileBackend(reader())
    }

    /// The first thing that goes wrong for who is new: no file here, and two ways on.
    private func reader() throws -> HistoryReader {
        do throws(HistoryError) {
            return try HistoryReader(path: db)
        } catch {
            guard error.reason == .missing else { throw error }
            throw Failure.trouble(
                "\(db): no such file; name a history with --db FILE, or ask a running weir:"
                    + " --url http://127.0.0.1:9901")
        }
    }

    /// For commands that only a file can answer.
    func open() throws -> HistoryReader {
        if url != nil {
            throw Failure.usage(
                "this command reads the file itself: --db FILE on the machine of the file, or a"
                    + " copy made by `statsctl snapshot`")
        }
        return try reader()
    }

    static var nowMillis: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The newest time in the file; ends the command when there is none.
    func newest(_ reader: HistoryReader) throws -> Int64 {
        guard let range = try reader.timeRange() else {
            throw Failure.nothing("\(db): no frame yet; weir writes one each flush interval")
        }
        return range.upperBound
    }

    /// Says that a source ended a while ago, since "now" is then its end.
    func noticeAge(_ backend: any Backend) throws {
        let newest = try backend.newest()
        let age = Self.nowMillis - newest
        guard age > 60_000 else { return }
        Terminal.notice(
            "statsctl: \(backend.name) ends at \(TimeText.localTime(millis: newest)),"
                + " \(TimeText.span(millis: age)) ago; times count from there")
    }

    /// One line a bad group or block, so that a gap in the output has its reason.
    func reportFaults(_ report: ReadReport) {
        for fault in report.blockFaults.prefix(5) { Terminal.notice("statsctl: \(db): \(fault)") }
        for fault in report.faults.prefix(5) { Terminal.notice("statsctl: \(db): \(fault)") }
        if report.framesLost > 0 {
            Terminal.notice("statsctl: \(db): \(report.framesLost) frames could not be read")
        }
    }

    /// Remarks of the server or the engine; at most five.
    func report(_ remarks: [String]) {
        for remark in remarks.prefix(5) { Terminal.notice("statsctl: \(remark)") }
        if remarks.count > 5 { Terminal.notice("statsctl: \(remarks.count - 5) more remarks") }
    }
}
