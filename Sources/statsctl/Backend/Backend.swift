// What every analysing command asks of a source of numbers, so that it runs the same on a file, on
// a running weir and on any server with the HTTP API of Prometheus. Times are Unix milliseconds.
// Used from the one thread of the program; every call may take as long as a disk or a network
// does.

import History
import PromQL

/// One answer of the query language.
struct Answer {
    var value: QueryValue
    /// Warnings and infos, whole sentences, each once.
    var remarks: [String] = []

    /// The series of a vector or a matrix; a scalar as one series without labels.
    var series: [ResultSeries] {
        switch value {
        case .vector(let series), .matrix(let series): series
        case .scalar(let time, let number):
            [ResultSeries(labels: .empty, samples: [Sample(time: time, value: .float(number))])]
        case .string: []
        }
    }
}

struct Metadata {
    /// counter, gauge, histogram, summary or unknown.
    var type: String
    var help: String
}

/// Something that happened: a line of the event table, or a mark made by a person.
struct EventMark {
    var time: Int64
    var kind: String
    var subject: String
    var text: String

    /// "config: listeners changed".
    var line: String {
        [kind, subject, text].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}

/// Where numbers come from. Errors are `Failure`s, ready to be shown.
protocol Backend {
    /// The file or the address, as a person named it.
    var name: String { get }

    func instant(_ query: String, at time: Int64) throws -> Answer
    func range(_ query: String, _ window: Window) throws -> Answer
    /// Label sets of series that match `selector`, ascending.
    func series(_ selector: String, _ window: Window) throws -> [Labels]
    /// Label names, ascending; of series that match `selector` when there is one.
    func labelNames(_ selector: String?, _ window: Window) throws -> [String]
    func labelValues(_ label: String, _ selector: String?, _ window: Window) throws -> [String]
    /// By metric name; without an entry where nothing is known.
    func metadata() throws -> [String: Metadata]
    /// Ascending by time, start <= time <= end.
    func events(start: Int64, end: Int64) throws -> [EventMark]
    /// The newest time that has numbers: of the newest frame, or now.
    func newest() throws -> Int64
    /// The oldest one; nil when only a search could tell.
    func oldest() throws -> Int64?
}

/// A window cut to where its numbers begin.
struct Recorded {
    var window: Window
    /// Nothing was recorded in the first part of the window.
    var isPart: Bool

    /// "18s of the 10m are recorded"; nil when all of it is.
    func note(of length: Int64) -> String? {
        guard isPart else { return nil }
        return "\(TimeText.span(millis: window.length)) of the \(TimeText.span(millis: length))"
            + " are recorded"
    }
}

extension Backend {
    /// The part of a window in which `selector` has samples: a rate over more would be diluted by
    /// the silence before it. A file knows; a server is asked, ever closer, in at most five
    /// queries. The whole window when there is no sample at all.
    func recorded(_ window: Window, of selector: String) throws -> Recorded {
        var first = try oldest()
        if first == nil {
            var (end, length) = (window.end, window.length)
            for _ in 0..<5 where length > 1000 {
                let step = max(1000, length / 100)
                let range = "[\(QueryText.duration(length)):\(QueryText.duration(step))]"
                let query = "min(min_over_time(timestamp(\(selector))\(range)))"
                guard let seconds = try number(query, at: end) else {
                    // All of it may lie behind the newest step.
                    length = step
                    continue
                }
                first = Int64((seconds * 1000).rounded())
                // The sample that a step saw may have had others between it and the step before.
                guard let found = first, found - step > window.start else { break }
                (end, length) = (found, step)
            }
        }
        // A few samples' distance is no silence.
        let tolerance = max(15_000, window.length / 50)
        guard let first, first < window.end,
            first - window.start > min(tolerance, window.length / 5)
        else { return Recorded(window: window, isPart: false) }
        // Ranges leave their start out, and the first sample shall be in.
        return Recorded(window: Window(start: first - 1, end: window.end), isPart: true)
    }

    /// The one number of a query that aggregates everything; nil when there is none, or NaN.
    func number(_ query: String, at time: Int64) throws -> Double? {
        guard
            case .float(let number)? = try instant(query, at: time).series.first?.samples.last?
                .value, !number.isNaN
        else { return nil }
        return number
    }

    /// Numbers by the value of `label`; NaN left out.
    func numbers(_ query: String, by label: String, at time: Int64) throws -> [String: Double] {
        var result: [String: Double] = [:]
        for series in try instant(query, at: time).series {
            guard case .float(let number)? = series.samples.last?.value, !number.isNaN else {
                continue
            }
            result[series.labels[label]] = number
        }
        return result
    }
}
