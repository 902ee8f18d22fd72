// A result against what an eval expects: failure or not, remarks, kind,
// series, points. Yields the first difference as a text for a person.
// Pure; any thread.

internal import PromQL

enum ExpectationCheck {
    /// The query failed.
    static func difference(_ evaluation: Evaluation, failure: String) -> String? {
        let expected = evaluation.expectations.failures
        if expected.isEmpty { return "failed: \(failure)" }
        if expected.contains(where: { $0.accepts(failure) }) { return nil }
        return "failed as expected, but with \"\(failure)\" instead of "
            + expected.map(\.description).joined(separator: ", ")
    }

    /// The query has a result.
    static func difference(
        _ evaluation: Evaluation, _ value: QueryValue, _ annotations: Annotations
    ) -> String? {
        let expectations = evaluation.expectations
        if !expectations.failures.isEmpty { return "expected to fail, got \(describe(value))" }
        let remarks = [
            ("warning", expectations.warnings, expectations.refusesWarnings, annotations.warnings),
            ("info", expectations.infos, expectations.refusesInfos, annotations.infos),
        ]
        for (kind, expected, areRefused, actual) in remarks {
            if areRefused, let first = actual.first { return "unexpected \(kind) \"\(first)\"" }
            if let text = difference(kind, expected, actual) { return text }
        }
        return difference(evaluation, value)
    }

    /// A range query has the same at its middle step; string results and range vectors have none.
    static func canBeStep(_ evaluation: Evaluation) -> Bool {
        if evaluation.rangeVector != nil { return false }
        if case .string = evaluation.result { return false }
        return evaluation.expectations.failures.isEmpty
    }

    /// `like`: what the instant query yielded; a scalar stays one.
    static func middleDifference(
        _ evaluation: Evaluation, _ value: QueryValue, at time: Int64, like instant: QueryValue
    ) -> String? {
        guard case .matrix(let series) = value else { return "got \(describe(value))" }
        if let text = SeriesCheck.disorder(series) { return text }
        let middle = series.compactMap { entry in
            entry.samples.first { $0.time == time }.map {
                ResultSeries(labels: entry.labels, samples: [$0])
            }
        }
        if case .scalar = instant {
            guard middle.count == 1, case .float(let number) = middle[0].samples[0].value else {
                return "no scalar at the middle step"
            }
            return difference(evaluation, .scalar(time: time, number))
        }
        var unordered = evaluation
        unordered.expectations.isOrdered = false
        return difference(unordered, .vector(middle))
    }

    private static func difference(
        _ kind: String, _ expected: [TextPattern], _ actual: [String]
    ) -> String? {
        if expected.isEmpty { return nil }
        for pattern in expected where !actual.contains(where: pattern.accepts) {
            let found = actual.isEmpty ? "none" : actual.joined(separator: "; ")
            return "no \(kind) like \(pattern.description), got \(found)"
        }
        for text in actual where !expected.contains(where: { $0.accepts(text) }) {
            return "unexpected \(kind) \"\(text)\""
        }
        return nil
    }

    private static func difference(_ evaluation: Evaluation, _ value: QueryValue) -> String? {
        switch (evaluation.result, value) {
        case (.scalar(let expected), .scalar(_, let actual)):
            if Comparison.isAlmostEqual(expected, actual) { return nil }
            return "\(Comparison.text(expected)) expected, got \(Comparison.text(actual))"
        case (.string(let expected), .string(_, let actual)):
            return expected == actual ? nil : "\"\(expected)\" expected, got \"\(actual)\""
        case (.series(let expected), .vector(let actual)):
            return SeriesCheck.difference(
                expected, vector: actual, isOrdered: evaluation.expectations.isOrdered)
        case (.series(let expected), .matrix(let actual)):
            if evaluation.expectations.isOrdered { return "an order is expected, got a matrix" }
            switch (evaluation.moment, evaluation.rangeVector) {
            case (_, let grid?):
                return SeriesCheck.difference(
                    expected, matrix: actual, start: grid.start, end: grid.end, step: grid.step)
            case (.range(let start, let end, let step), nil):
                return SeriesCheck.difference(
                    expected, matrix: actual, start: start, end: end, step: step)
            case (.instant, nil):
                return "got a range vector, without \"expect range vector\""
            }
        case (let expected, _): return "\(describe(expected)) expected, got \(describe(value))"
        }
    }

    private static func describe(_ result: Evaluation.Result) -> String {
        switch result {
        case .scalar(let number): "scalar \(Comparison.text(number))"
        case .string(let text): "string \"\(text)\""
        case .series(let lines): "\(lines.count) series"
        }
    }

    static func describe(_ value: QueryValue) -> String {
        switch value {
        case .scalar(_, let number): "scalar \(Comparison.text(number))"
        case .string(_, let text): "string \"\(text)\""
        case .vector(let series): "vector of \(series.count)"
        case .matrix(let series): "matrix of \(series.count)"
        }
    }
}
