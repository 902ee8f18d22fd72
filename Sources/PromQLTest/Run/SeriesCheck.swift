// Series of a result against the lines of a test: each label set once,
// nothing missing, nothing more, the same points at the same times.
// Pure; any thread.

internal import PromQL

enum SeriesCheck {
    static func difference(
        _ expected: [SeriesLine], vector: [ResultSeries], isOrdered: Bool
    ) -> String? {
        var left = Dictionary(
            uniqueKeysWithValues: expected.enumerated().map { ($1.labels, (place: $0, line: $1)) })
        for (index, series) in vector.enumerated() {
            guard let (place, line) = left.removeValue(forKey: series.labels) else {
                return unexpected(series, expected)
            }
            if isOrdered, place != index {
                return "\(LabelText.of(series.labels)) is at place \(index + 1), not \(place + 1)"
            }
            guard let sample = series.samples.first else {
                return "\(LabelText.of(series.labels)) has no sample"
            }
            if let text = difference(line.points[0], sample.value) {
                return "\(LabelText.of(series.labels)): \(text)"
            }
        }
        return missing(left.values.map(\.line))
    }

    static func difference(
        _ expected: [SeriesLine], matrix: [ResultSeries], start: Int64, end: Int64, step: Int64
    ) -> String? {
        if let text = disorder(matrix) { return text }
        var left = Dictionary(uniqueKeysWithValues: expected.map { ($0.labels, $0) })
        for series in matrix {
            guard let line = left.removeValue(forKey: series.labels) else {
                return unexpected(series, expected)
            }
            let text = difference(line, series.samples, start: start, end: end, step: step)
            if let text { return "\(LabelText.of(series.labels)) \(text)" }
        }
        return missing(Array(left.values))
    }

    /// Range results ascend by labels, each set once.
    static func disorder(_ matrix: [ResultSeries]) -> String? {
        for (one, next) in zip(matrix, matrix.dropFirst()) where !(one.labels < next.labels) {
            return "not sorted: \(LabelText.of(one.labels)) before \(LabelText.of(next.labels))"
        }
        return nil
    }

    private static func difference(
        _ line: SeriesLine, _ samples: [Sample], start: Int64, end: Int64, step: Int64
    ) -> String? {
        let steps = (end - start) / step + 1
        guard line.points.count <= steps else {
            return "has \(line.points.count) points in the test, for \(steps) steps"
        }
        var rest = samples[...]
        for (index, point) in line.points.enumerated() {
            let time = start + Int64(index) * step
            if case .absent = point {
                if let sample = rest.first, sample.time <= time {
                    return "has a sample at \(sample.time) ms, but none is expected"
                }
                continue
            }
            guard let sample = rest.popFirst() else { return "has no sample at \(time) ms" }
            guard sample.time == time else {
                return "has its next sample at \(sample.time) ms, not at \(time) ms"
            }
            if let text = difference(point, sample.value) { return "at \(time) ms: \(text)" }
        }
        return rest.first.map { "has a sample at \($0.time) ms, but none is expected" }
    }

    private static func difference(_ expected: Point, _ actual: SampleValue) -> String? {
        switch (expected, actual) {
        case (.absent, _): return "no sample expected"
        case (.float(let one), .float(let other)):
            return Comparison.isAlmostEqual(one, other)
                ? nil : "\(text(one)) expected, got \(text(other))"
        case (.float(let one), .histogram(let other)):
            return "\(text(one)) expected, got \(other.testLiteral)"
        case (.histogram(let one, _), .float(let other)):
            return "\(one.testLiteral) expected, got \(text(other))"
        case (.histogram(let one, let statesHint), .histogram(let other)):
            return Comparison.difference(one, statesHint: statesHint, other)
                .map { "\($0), in \(other.testLiteral)" }
        }
    }

    private static func unexpected(_ series: ResultSeries, _ expected: [SeriesLine]) -> String {
        let known = expected.contains { $0.labels == series.labels }
        let what = known ? "comes twice" : "is not expected"
        return "\(LabelText.of(series.labels)) \(what) (value \(text(series.samples.first)))"
    }

    private static func missing(_ lines: [SeriesLine]) -> String? {
        lines.min { $0.line < $1.line }.map { "\(LabelText.of($0.labels)) is missing" }
    }

    private static func text(_ value: Double) -> String { Comparison.text(value) }

    private static func text(_ sample: Sample?) -> String {
        switch sample?.value {
        case .float(let number)?: text(number)
        case .histogram(let histogram)?: histogram.testLiteral
        case nil: "none"
        }
    }
}

/// Labels as a test writes them.
enum LabelText {
    static func of(_ labels: Labels) -> String {
        let pairs = labels.pairs.filter { $0.name != Labels.nameLabel }
        let inside = pairs.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ", ")
        return labels.metricName
            + (inside.isEmpty && !labels.metricName.isEmpty ? "" : "{\(inside)}")
    }
}
