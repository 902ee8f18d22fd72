// Where the numbers of a window begin, on a source that must be asked.

import PromQL
import Testing

@testable import statsctl

/// Answers the one query of `recorded`: a subquery over a series with samples each second from
/// `begin` on, at times that are multiples of its step, as servers choose them.
private struct Since: Backend {
    let name = "since"
    var begin: Int64?
    let asked = Counter()

    final class Counter { var queries = 0 }

    func instant(_ query: String, at time: Int64) throws -> Answer {
        asked.queries += 1
        let range = query.split(separator: "[")[1].prefix { $0 != "]" }.split(separator: ":")
        let (length, step) = (Int64(range[0].dropLast(2)) ?? 0, Int64(range[1].dropLast(2)) ?? 1)
        var moment = (time - length) / step * step
        while moment <= time - length || moment < begin ?? .max, moment <= time { moment += step }
        guard moment <= time else { return Answer(value: .vector([])) }
        let seconds = Double(moment / 1000)
        return Answer(value: .scalar(time: time, seconds))
    }

    func range(_ query: String, _ window: Window) throws -> Answer { Answer(value: .vector([])) }
    func series(_ selector: String, _ window: Window) throws -> [Labels] { [] }
    func labelNames(_ selector: String?, _ window: Window) throws -> [String] { [] }
    func labelValues(_ label: String, _ selector: String?, _ window: Window) throws -> [String] {
        []
    }
    func metadata() throws -> [String: Metadata] { [:] }
    func events(start: Int64, end: Int64) throws -> [EventMark] { [] }
    func newest() throws -> Int64 { 0 }
    func oldest() throws -> Int64? { nil }
}

struct RecordedTests {
    private let end: Int64 = 1_795_528_980_000
    private let month: Int64 = 30 * 86_400_000

    @Test func theBeginIsFoundInFewQueries() throws {
        for age in [20_000, 1_500_000, 40 * 3_600_000, 20 * 86_400_000] as [Int64] {
            let source = Since(begin: end - age)
            let found = try source.recorded(Window(start: end - month, end: end), of: "x")
            #expect(found.isPart)
            #expect(abs(found.window.start - (end - age)) <= 2001, "\(age): \(found)")
            #expect(source.asked.queries <= 5)
        }
    }

    @Test func aWholeWindowStaysWhole() throws {
        for begin in [end - 2 * month, nil] {
            let window = Window(start: end - month, end: end)
            let found = try Since(begin: begin).recorded(window, of: "x")
            #expect(found.window == window)
            #expect(found.note(of: month) == nil)
        }
    }
}
