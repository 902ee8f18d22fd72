// `statsctl promtest`: runs `.test` files of the query language, ours and Prometheus', against the
// engine in this binary; no history file is opened. Exit 0 all passed, 1 some failed, 2 usage or a
// malformed test, 3 a file that cannot be read.

import ArgumentParser
import Glibc
import PromQLTest

struct PromtestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promtest",
        abstract: "Runs PromQL test files against this engine.",
        discussion: """
            EXAMPLES:
              statsctl promtest Tests/PromQLTests/Cases/*.test
              statsctl promtest -v subquery.test

            Exit: 0 all passed, 1 some failed, 2 usage or a malformed test, 3 a file that
            cannot be read.
            """)

    @Argument(help: "Test files.")
    var files: [String]

    @Flag(name: .shortAndLong, help: "Name the evals that pass as well.")
    var verbose = false

    func run() throws {
        var status: Int32 = 0
        for path in files {
            guard let text = Self.text(of: path) else {
                Terminal.notice("statsctl: \(path): \(Self.reason(errno))")
                status = max(status, 3)
                continue
            }
            do {
                let report = try ScriptRunner.run(Script(text))
                Terminal.write(Self.lines(path, report, verbose: verbose))
                if !report.failures.isEmpty { status = max(status, 1) }
            } catch {
                Terminal.notice("\(path):\(error)")
                status = max(status, 2)
            }
        }
        if status != 0 { throw ExitCode(status) }
    }

    private static func lines(_ path: String, _ report: ScriptReport, verbose: Bool) -> String {
        var text = ""
        for outcome in report.outcomes {
            if let difference = outcome.difference {
                text += "\(path):\(outcome.line): \(outcome.query)\n    \(difference)\n"
            } else if verbose {
                text += "\(path):\(outcome.line): \(outcome.query)\n    passed\n"
            }
        }
        return text + "\(path): \(report.passed) passed, \(report.failures.count) failed\n"
    }

    private static func reason(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }

    /// The whole file as UTF-8; nil with `errno` set when it cannot be read.
    private static func text(of path: String) -> String? {
        let fd = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(fd, $0.baseAddress, $0.count)
            }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += buffer[..<count]
        }
    }
}
