// Options every command shares: which file, which form of output; and opening the file with them.
// Also the two notices that every command owes: an old file, and frames that could not be read. It
// never writes to the file.

import ArgumentParser
import Glibc
import History

enum OutputForm: String, ExpressibleByArgument, CaseIterable {
    case table, json, csv
}

struct StoreOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The history to read.", valueName: "file"))
    var db = "weir.db"

    @Option(name: .shortAndLong, help: ArgumentHelp("table, json or csv.", valueName: "form"))
    var output = OutputForm.table

    func open() throws -> HistoryReader { try HistoryReader(path: db) }

    static var nowMillis: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// The newest time in the file; ends the command when there is none.
    func newest(_ reader: HistoryReader) throws -> Int64 {
        guard let range = try reader.timeRange() else {
            Terminal.notice("statsctl: \(db): no frame yet; weir writes one each flush interval")
            throw ExitCode(1)
        }
        return range.upperBound
    }

    /// One line a bad group, so that a gap in the output has its reason.
    func reportFaults(_ report: ReadReport) {
        for fault in report.faults.prefix(5) { Terminal.notice("statsctl: \(db): \(fault)") }
        if report.framesLost > 0 {
            Terminal.notice("statsctl: \(db): \(report.framesLost) frames could not be read")
        }
    }
}
