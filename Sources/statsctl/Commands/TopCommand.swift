// `statsctl top`: who gets the requests, who fails, who is slow, in one window that ends now or at
// any time in the past, beside the window before it. `statsctl watch top` is the same, live. Only
// what is recorded of a window counts: a young history has full rates, too.

import ArgumentParser
import History
import PromQL

struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Ranks clusters, endpoints, codes... by requests, now or in the past.",
        usage: "statsctl top [--by <what>] [--at <time>] [--window <1m>] [options]",
        discussion: """
            EXAMPLES:
              statsctl top
              statsctl top --by endpoint --at 14:05 --window 5m
              statsctl top --by code --sort errors
              statsctl watch top --by cluster
              statsctl --url http://prometheus:9090 top --by handler \\
                --requests prometheus_http_requests_total

            --by is cluster, endpoint, code or listener, or any label of the family that
            --requests names. CHANGE compares with the window before.
            """)

    enum Order: String, ExpressibleByArgument, CaseIterable {
        case requests, errors, latency, change
    }

    @Option(
        help: ArgumentHelp("cluster, endpoint, code, listener or a label.", valueName: "what"),
        completion: .list(TopSubject.known.keys.sorted()))
    var by = "cluster"

    @Option(
        help: ArgumentHelp("End of the window; the newest number unless given.", valueName: "time"))
    var at: String?

    @Option(
        name: [.long, .customLong("since")],
        help: ArgumentHelp("Length of the window.", valueName: "1m"))
    var window = "1m"

    @Option(help: ArgumentHelp("requests, errors, latency or change.", valueName: "order"))
    var sort = Order.requests

    @Option(help: ArgumentHelp("At most so many lines.", valueName: "count"))
    var limit = 20

    @Option(help: ArgumentHelp("Counter of requests.", valueName: "selector"))
    var requests: String?

    @Option(help: ArgumentHelp("Counter of failed requests.", valueName: "selector"))
    var errors: String?

    @Option(help: ArgumentHelp("Histogram of request times.", valueName: "selector"))
    var latency: String?

    @OptionGroup var store: StoreOptions

    fileprivate struct Line {
        var name: String
        var rate: Double
        /// nil without requests then; see `hasBefore`.
        var before: Double?
        /// The window before is in the history.
        var hasBefore = true
        var errors: Double?
        var median: Double?
        var slow: Double?

        var errorShare: Double? { errors.map { rate > 0 ? $0 / rate : 0 } }
        var change: Double { abs(rate - (before ?? 0)) }
    }

    func validate() throws { try TimeArgument.checkLimit(limit) }

    func run() throws {
        let subject = try subject()
        let length = try TimeArgument.length("--window", window)
        let backend = try store.backend()
        let now = try backend.newest()
        let time = try at.map { try TimeArgument.required("--at", $0, now: now) } ?? now
        if at == nil { try store.noticeAge(backend) }
        let recorded = try backend.recorded(
            Window(start: time - 2 * length, end: time), of: subject.requests)
        let all = try lines(subject, backend, time, length, from: recorded.window.start)
        guard !all.isEmpty else {
            throw Failure.nothing(
                "no series of \(subject.requests) in the \(window) to"
                    + " \(TimeText.localTime(millis: time)); --requests names another family")
        }
        let total = all.reduce(0) { $0 + $1.rate }
        let sorted = all.sorted { ($0.key(sort), $1.name) > ($1.key(sort), $0.name) }
        let shown = Array(sorted.prefix(limit))
        switch store.output {
        case .table:
            let covered = min(length, time - recorded.window.start)
            Terminal.write(
                heading(subject, time, covered, total, all.count) + table(subject, shown, total))
            if all.count > limit {
                Terminal.notice("statsctl: \(all.count - limit) more; --limit shows them")
            }
        case .json: Terminal.write(json(sorted, time))
        case .csv: Terminal.write(csv(sorted))
        }
    }

    private func subject() throws -> TopSubject {
        var subject = try TopSubject.named(by, requests: requests)
        if let requests {
            // Another family's failures and times are not ours to guess.
            subject.requests = requests
            (subject.errors, subject.latency) = (nil, nil)
        }
        subject.errors = errors ?? subject.errors
        subject.latency = latency ?? subject.latency
        return subject
    }

    /// Of windows that do not begin before `first`, where the numbers do.
    private func lines(
        _ subject: TopSubject, _ backend: any Backend, _ time: Int64, _ length: Int64,
        from first: Int64
    ) throws -> [Line] {
        func ask(_ query: String, at moment: Int64) throws -> [String: Double] {
            var result: [String: Double] = [:]
            for entry in try backend.instant(query, at: moment).series {
                guard case .float(let number)? = entry.samples.last?.value, !number.isNaN else {
                    continue
                }
                let name = subject.labels.map { entry.labels[$0] }.joined(separator: " ")
                result[name] = number
            }
            return result
        }
        let labels = subject.labels
        let whole = length
        let length = min(whole, time - first)
        let earlier = min(whole, time - whole - first)
        let rates = try ask(Queries.rate(subject.requests, length, by: labels), at: time)
        // Less than half a window before says little of what is usual.
        let hasBefore = earlier >= whole / 2
        let before =
            hasBefore
            ? try ask(Queries.rate(subject.requests, earlier, by: labels), at: time - whole) : [:]
        let errors = try subject.errors.map {
            try ask(Queries.rate($0, length, by: labels), at: time)
        }
        func quantiles(_ quantile: Double) throws -> [String: Double] {
            guard let latency = subject.latency else { return [:] }
            return try ask(Queries.quantile(quantile, latency, length, by: labels), at: time)
        }
        let (median, slow) = (try quantiles(0.5), try quantiles(0.99))
        return rates.map { name, rate in
            Line(
                name: name, rate: rate, before: before[name], hasBefore: hasBefore,
                errors: errors.map { $0[name] ?? 0 },
                median: median[name], slow: slow[name])
        }
    }
}

extension TopCommand {
    private func heading(
        _ subject: TopSubject, _ time: Int64, _ covered: Int64, _ total: Double, _ count: Int
    ) -> String {
        let rate = UnitText.significant(total)
        let lines = "\(count) \(subject.title.lowercased())\(count == 1 ? "" : "s")"
        let length = TimeText.span(millis: covered)
        return Terminal.dim(
            "\(length) to \(TimeText.localTime(millis: time)): \(rate) requests/s, \(lines)")
            + "\n"
    }

    private func table(_ subject: TopSubject, _ lines: [Line], _ total: Double) -> String {
        let hasErrors = subject.errors != nil
        let hasTimes = subject.latency != nil
        var table = TextTable(
            [(subject.title, .left), ("REQ/S", .right), ("CHANGE", .right), ("SHARE", .right)]
                + (hasErrors ? [("ERRORS", .right)] : [])
                + (hasTimes ? [("P50", .right), ("P99", .right)] : []) + [("", .left)])
        for line in lines {
            let share = total > 0 ? line.rate / total : 0
            var cells = [
                line.name, UnitText.significant(line.rate),
                line.hasBefore ? Self.change(line.before, line.rate) : "-",
                Quantity.ratio.text(share),
            ]
            if hasErrors { cells.append(line.errorShare.map(Quantity.ratio.text) ?? "-") }
            if hasTimes {
                cells.append(line.median.map(Quantity.seconds.text) ?? "-")
                cells.append(line.slow.map(Quantity.seconds.text) ?? "-")
            }
            table.add(cells + [String(repeating: "█", count: Int((share * 20).rounded()))])
        }
        return table.rendered()
    }

    /// "+12 %", "new" without a window before.
    static func change(_ before: Double?, _ after: Double) -> String {
        guard let before, before > 0 else { return after > 0 ? "new" : "-" }
        let part = (after / before - 1) * 100
        if abs(part) < 0.5 { return "=" }
        if part >= 900 { return "x" + UnitText.significant(after / before) }
        return (part > 0 ? "+" : "-") + UnitText.grouped(Int64(abs(part).rounded())) + " %"
    }

    private func json(_ lines: [Line], _ time: Int64) -> String {
        let objects = lines.map { line in
            let fields = line.fields.map { "\"\($0.0)\":" + ($0.1.map(JSONText.number) ?? "null") }
            return "{\"name\":\(JSONText.quoted(line.name))," + fields.joined(separator: ",") + "}"
        }
        return "{\"time\":\"\(TimeText.rfc3339(millis: time))\",\"lines\":[\n "
            + objects.joined(separator: ",\n ") + "]}\n"
    }

    private func csv(_ lines: [Line]) -> String {
        var text = TextTable.csv(["name"] + (lines.first?.fields.map(\.0) ?? []))
        for line in lines {
            text += TextTable.csv([line.name] + line.fields.map { $0.1.map { "\($0)" } ?? "" })
        }
        return text
    }
}

extension TopCommand.Line {
    fileprivate func key(_ order: TopCommand.Order) -> Double {
        switch order {
        case .requests: rate
        case .errors: errors ?? 0
        case .latency: slow ?? 0
        case .change: change
        }
    }

    fileprivate var fields: [(String, Double?)] {
        [
            ("requests_per_second", rate), ("requests_per_second_before", before),
            ("errors_per_second", errors), ("p50_seconds", median), ("p99_seconds", slow),
        ]
    }
}
