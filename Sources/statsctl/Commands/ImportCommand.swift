// `statsctl import`: OpenMetrics text with timestamps into a history that no weir writes now, made
// where there is none. All or nothing: a malformed line is named by its number, and the file stays
// as it was. What was imported is pinned, so that its age does not drop it at once.

import ArgumentParser
import Glibc
import History

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Reads OpenMetrics text into a history at rest.",
        usage: "statsctl import <file> [--db <file>]",
        discussion: """
            EXAMPLES:
              statsctl import hour.om --db incident.db
              statsctl --url http://prometheus:9090 export up --since 1d > up.om
              zcat day.om.gz | statsctl import - --db day.db
              statsctl --db incident.db range up --since 1d --plot

            Every sample needs a timestamp, and the text ends with # EOF.
            """)

    @Argument(help: "The text; - for standard input.", completion: .file())
    var text: String

    @OptionGroup var store: StoreOptions

    func run() throws {
        if store.url != nil { throw Failure.usage("import fills a file: use --db FILE, not --url") }
        let fd = text == "-" ? STDIN_FILENO : unsafe open(text, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw Self.trouble(text, errno) }
        defer { if fd != STDIN_FILENO { close(fd) } }
        var status = stat()
        let isSized = unsafe fstat(fd, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        var progress = Progress("importing", total: isSized ? Int64(status.st_size) : 1)
        var bytes: Int64 = 0
        var failure: Int32 = 0
        let history = try store.offline()
        let outcome = try OpenMetricsImport.run(into: history, source: text) {
            var piece = [UInt8](repeating: 0, count: 1 << 18)
            let count = unsafe piece.withUnsafeMutableBytes {
                unsafe read(fd, $0.baseAddress, $0.count)
            }
            if count < 0 { failure = errno }
            guard count > 0 else { return nil }
            bytes += Int64(count)
            progress.show(bytes)
            return Array(piece[..<count])
        }
        progress.end()
        if failure != 0 { throw Self.trouble(text, failure) }
        switch outcome {
        case .malformed(let problem): throw Failure.usage("\(text): \(problem)")
        case .imported(let summary):
            try history.finish()
            guard summary.samples > 0 else { throw Failure.nothing("\(text): no sample in it") }
            Terminal.notice(
                "statsctl: \(store.db): \(UnitText.grouped(summary.samples)) samples of"
                    + " \(UnitText.grouped(summary.series)) series, from"
                    + " \(TimeText.localTime(millis: summary.firstMillis)) to"
                    + " \(TimeText.localTime(millis: summary.lastMillis))")
        }
    }

    private static func trouble(_ path: String, _ code: Int32) -> Failure {
        let reason = unsafe String(cString: strerror(code))
        return .trouble("\(path): \(reason)")
    }
}
