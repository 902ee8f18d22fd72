// `statsctl doctor`: a list of checks of a weir's file or server, each with what to do when it
// fails. Exit 1 when one does. Every check is a query or a look at the file; none changes
// anything. What only a file tells stands in DoctorCommand+File.swift.

import ArgumentParser
import History

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Checks a weir's health; says what to do.",
        usage: "statsctl doctor [options]",
        discussion: """
            EXAMPLES:
              statsctl doctor
              statsctl --url http://127.0.0.1:9901 doctor

            Exit: 0 all well, 1 something is not.
            """)

    @OptionGroup var store: StoreOptions

    struct Finding {
        enum Verdict { case well, odd, unknown }
        var verdict: Verdict
        var title: String
        var text: String
    }

    /// A query whose value should be zero, and what to do when it is not.
    private static let counters: [(title: String, query: String, advice: String)] = [
        (
            "history errors", "sum(increase(weir_history_errors_total[1h]))",
            "look at weir's log and at the disk"
        ),
        (
            "merged frames", "sum(increase(weir_history_frames_merged_total[1h]))",
            "the disk is slow, or something holds the file"
        ),
        (
            "folded series", "sum(increase(weir_stats_folded_series_total[1h]))",
            "a label has more values than its limit; the rest is counted as `other`"
        ),
        (
            "lost frames", "sum(increase(weir_history_frames_lost_total[1h]))",
            "the disk damaged frames: `statsctl db verify` names what is readable"
        ),
        (
            "lost series", "sum(increase(weir_history_series_lost_total[1h]))",
            "rows of the dictionary are gone: `statsctl db verify` counts them"
        ),
        (
            "dropped flushes", "sum(increase(weir_server_dropped_stat_flushes_total[1h]))",
            "main is busy; a longer --flush-interval helps"
        ),
        (
            "watchdog misses", "sum(increase(weir_server_watchdog_miss_total[1h]))",
            "a thread did not turn for 1 s: is the machine short of CPU?"
        ),
        (
            "accept pauses", "sum(increase(weir_listener_accept_paused_total[1h]))",
            "descriptors ran short: raise the limit (ulimit -n)"
        ),
        (
            "refused connections", "sum(increase(weir_listener_downstream_cx_overflow_total[1h]))",
            "a connection limit was reached"
        ),
        (
            "failed connects", "sum(increase(weir_cluster_upstream_cx_connect_fail_total[1h]))",
            "an endpoint refuses connections: `statsctl top --by endpoint --sort errors`"
        ),
    ]

    func run() throws {
        let backend = try store.backend()
        let now = try backend.newest()
        var findings: [Finding] = []
        if let file = backend as? FileBackend {
            findings += try Self.file(file, now) + [Self.library, Self.disk(of: store.db)]
        }
        for check in Self.counters {
            guard let value = try backend.number(check.query, at: now) else {
                findings.append(
                    Finding(verdict: .unknown, title: check.title, text: "not measured here"))
                continue
            }
            let count = UnitText.grouped(Int64(value.rounded()))
            findings.append(
                value < 0.5
                    ? Finding(verdict: .well, title: check.title, text: "none in 1h")
                    : Finding(
                        verdict: .odd, title: check.title, text: "\(count) in 1h; \(check.advice)"))
        }
        findings += try gauges(backend, now)
        show(findings)
        if findings.contains(where: { $0.verdict == .odd }) { throw ExitCode(1) }
    }

    private func gauges(_ backend: any Backend, _ now: Int64) throws -> [Finding] {
        var findings: [Finding] = []
        if let share = try backend.number(
            "max(weir_server_open_fds) / max(weir_server_max_fds)", at: now)
        {
            findings.append(
                Finding(
                    verdict: share < 0.8 ? .well : .odd, title: "descriptors",
                    text: Quantity.ratio.text(share) + " of the limit in use"))
        }
        if let live = try backend.number("min(weir_server_live)", at: now) {
            findings.append(
                Finding(
                    verdict: live >= 1 ? .well : .odd, title: "live",
                    text: live >= 1 ? "takes requests" : "draining"))
        }
        return findings
    }

    private func show(_ findings: [Finding]) {
        switch store.output {
        case .table:
            for finding in findings {
                let mark =
                    switch finding.verdict {
                    case .well: Colour.green.paint("✓")
                    case .odd: Colour.red.paint("✗")
                    case .unknown: Terminal.dim("?")
                    }
                let gap = String(repeating: " ", count: max(1, 21 - finding.title.count))
                Terminal.write("\(mark) \(finding.title)\(gap)\(finding.text)\n")
            }
        case .json:
            let items = findings.map {
                "{\"check\":\(JSONText.quoted($0.title)),\"verdict\":\"\($0.verdict)\","
                    + "\"text\":\(JSONText.quoted($0.text))}"
            }
            Terminal.write("[" + items.joined(separator: ",\n ") + "]\n")
        case .csv:
            Terminal.write(TextTable.csv(["check", "verdict", "text"]))
            for finding in findings {
                Terminal.write(
                    TextTable.csv([finding.title, "\(finding.verdict)", finding.text]))
            }
        }
    }
}
