// The file as a backend: HistorySource reads it, the engine of this binary evaluates, so a copied
// file answers with nothing running. A query that cannot be parsed is shown with a caret under the
// place; a source that fails is trouble with the file.

import History
import HistoryQuery
import PromQL

final class FileBackend: Backend {
    let name: String
    let reader: HistoryReader
    private let source: HistorySource
    private let engine = Engine(EngineOptions())

    init(_ reader: HistoryReader) {
        name = reader.path
        self.reader = reader
        source = HistorySource(reader)
    }

    func instant(_ query: String, at time: Int64) throws -> Answer {
        let expression = try QueryText.parsed(query)
        do throws(QueryFailure) {
            return answer(try engine.instant(expression, at: time, from: source))
        } catch {
            throw failure(error, query)
        }
    }

    func range(_ query: String, _ window: Window) throws -> Answer {
        let expression = try QueryText.parsed(query)
        do throws(QueryFailure) {
            return answer(
                try engine.range(
                    expression, start: window.start, end: window.end, step: window.step,
                    from: source))
        } catch {
            throw failure(error, query)
        }
    }

    func series(_ selector: String, _ window: Window) throws -> [Labels] {
        let matchers = try QueryText.selector(selector)
        do throws(QueryFailure) {
            return try source.series([matchers], start: window.start, end: window.end)
        } catch {
            throw failure(error, selector)
        }
    }

    func labelNames(_ selector: String?, _ window: Window) throws -> [String] {
        let names = try series(selector ?? QueryText.everything, window).flatMap { labels in
            labels.pairs.map(\.name)
        }
        return Set(names).sorted()
    }

    func labelValues(_ label: String, _ selector: String?, _ window: Window) throws -> [String] {
        let values = try series(selector ?? QueryText.everything, window).map { $0[label] }
        return Set(values).filter { !$0.isEmpty }.sorted()
    }

    func metadata() throws -> [String: Metadata] {
        var result: [String: Metadata] = [:]
        for family in try reader.families() {
            result[family.prometheusName] = Metadata(type: "\(family.kind)", help: family.help)
        }
        return result
    }

    func events(start: Int64, end: Int64) throws -> [EventMark] {
        try reader.events(from: start, to: end).map {
            EventMark(time: $0.timeMillis, kind: $0.kind, subject: $0.subject, text: $0.text)
        }
    }

    func newest() throws -> Int64 {
        guard let range = try reader.timeRange() else {
            throw Failure.nothing("\(name): no frame yet; weir writes one each flush interval")
        }
        return range.upperBound
    }

    func oldest() throws -> Int64? { try reader.timeRange()?.lowerBound }

    /// What could not be read comes first: a hole in the result has its reason.
    private func answer(_ result: QueryResult) -> Answer {
        let holes =
            source.report.blockFaults.map { "\(name): \($0)" }
            + source.report.faults.map { "\(name): \($0)" }
        return Answer(
            value: result.value,
            remarks: holes + result.annotations.warnings + result.annotations.infos)
    }

    private func failure(_ error: QueryFailure, _ query: String) -> Failure {
        switch error {
        case .source(let text): .trouble("\(name): \(text)")
        case .execution, .badData: .usage("\(query): \(error.message)")
        case .tooManySamples, .timedOut, .cancelled:
            .trouble("\(query): \(error.message); ask for a shorter window or fewer series")
        }
    }
}
