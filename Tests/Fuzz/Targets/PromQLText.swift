// PromQL text: it parses, or the error has a place inside the text; what parses means the same
// when printed, on one line or broken into many; and it has a value over a small source within its
// limits, or a failure with a text. One thread.

import Foundation
import PromQL

enum PromQLText: FuzzTarget {
    static let name = "PromQLText"

    static func complaint(about input: [UInt8]) -> String? {
        let text = String(decoding: input, as: UTF8.self)
        do {
            _ = try Parser.selector(text)
        } catch {
            if let complaint = wrong(error, in: text) { return complaint }
        }
        do {
            let expression = try Parser.expression(text)
            return wrongPrint(of: expression) ?? wrongValue(of: expression)
        } catch {
            return wrong(error, in: text)
        }
    }

    private static func wrong(_ error: QueryError, in text: String) -> String? {
        if !(0...text.utf8.count).contains(error.offset) {
            return "the error's place \(error.offset) is outside of the text"
        }
        if error.message.isEmpty { return "an error without a message" }
        if !error.located(in: text).contains(error.message) { return "located without the message" }
        return error.rendered(in: text).contains(error.message) ? nil : "rendered without it"
    }

    private static func wrongPrint(of expression: PromQL.Expression) -> String? {
        if expression.json().isEmpty { return "no JSON" }
        let printed = expression.printed()
        for text in [printed, expression.pretty(columns: 20)] {
            // A print may be longer than its query, and a query has a longest length.
            if text.utf8.count > Parser.lengthMax { continue }
            do {
                let again = try Parser.expression(text)
                if again.placeless != expression.placeless { return "printed as another: \(text)" }
                if again.printed() != printed { return "printed differently again: \(text)" }
            } catch {
                return "printed as what does not parse: \(error.rendered(in: text))"
            }
        }
        return nil
    }

    private static func wrongValue(of expression: PromQL.Expression) -> String? {
        var options = EngineOptions()
        options.samplesMax = 20_000
        options.timeoutNanos = 300_000_000
        let engine = Engine(options)
        let source = TinySource()
        for attempt in 0..<2 {
            do {
                let result =
                    attempt == 0
                    ? try engine.instant(expression, at: 300_000, from: source)
                    : try engine.range(
                        expression, start: 0, end: 360_000, step: 90_000, from: source)
                if result.statistics.samplesPeak > options.samplesMax {
                    return "\(result.statistics.samplesPeak) samples held"
                }
                if let complaint = wrong(result.value) { return complaint }
            } catch {
                if error.message.isEmpty { return "a failure without a message" }
            }
        }
        return nil
    }

    /// Times ascend, and no two series of a matrix have the same labels.
    private static func wrong(_ value: QueryValue) -> String? {
        guard case .matrix(let series) = value else { return nil }
        if Set(series.map(\.labels)).count != series.count { return "labels twice in a matrix" }
        for one in series {
            let times = one.samples.map(\.time)
            if !zip(times, times.dropFirst()).allSatisfy(<) { return "times out of order" }
        }
        return nil
    }

    /// The project's own cases, without the lines about data and results, and every function.
    static func seeds() -> [[UInt8]] {
        let folder = FuzzTargets.folder + "/../PromQLTests/Cases"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var queries: Set<String> = []
        for file in files {
            let text = (try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n") where line.hasPrefix("eval") {
                let words = line.split(separator: " ")
                let start = (words.firstIndex(of: "step") ?? words.firstIndex(of: "at") ?? 0) + 2
                queries.insert(words.dropFirst(start).joined(separator: " "))
            }
        }
        for name in Function.allCases.map(\.rawValue) {
            for arguments in ["a", "b[3m]", "0.9, h", "m[4m]", "a[3m], 0.5"] {
                queries.insert("\(name)(\(arguments))")
            }
        }
        return queries.sorted().map { Array($0.utf8) } + FuzzTargets.texts("PromQLText.seeds")
    }
}
