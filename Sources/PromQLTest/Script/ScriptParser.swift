// Lines to commands. Lines are trimmed, a comment counts as an empty line, and an empty line
// ends a block: that a comment inside a block ends it too is the language's doing, not ours.
// Any thread.

internal import PromQL

struct ScriptParser {
    private let lines: [Substring]
    private var index = 0

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let trimmed = Self.trimmed(line)
            return trimmed.hasPrefix("#") ? "" : trimmed
        }
    }

    mutating func commands() throws(ScriptError) -> [Script.Command] {
        var commands: [Script.Command] = []
        while index < lines.count {
            let line = lines[index]
            if line.isEmpty {
                index += 1
                continue
            }
            let (word, rest) = Self.firstWord(line)
            if word == "clear", rest.isEmpty {
                commands.append(.clear)
                index += 1
            } else if word == "load" || word == "load_with_nhcb" {
                commands.append(.load(try load(rest, convertsClassic: word != "load")))
            } else if word == "eval" || word.hasPrefix("eval_") {
                commands.append(.evaluate(try evaluation(mode: word.dropFirst(5), rest)))
            } else {
                throw ScriptError(
                    line: index + 1,
                    "\"\(line)\" is no command: expected clear, load, load_with_nhcb or eval")
            }
        }
        return commands
    }

    /// The lines of a block after its first.
    private mutating func nextInBlock() -> (number: Int, text: Substring)? {
        guard index < lines.count, !lines[index].isEmpty else { return nil }
        index += 1
        return (index, lines[index - 1])
    }

    private mutating func load(
        _ step: Substring, convertsClassic: Bool
    ) throws(ScriptError) -> Load {
        index += 1
        let line = index
        let stepMillis = try DurationText.millis(step, line: line)
        guard stepMillis > 0 else { throw ScriptError(line: line, "the step must be above 0") }
        var series: [SeriesLine] = []
        while let (number, text) = nextInBlock() {
            var cursor = LineCursor(text, line: number)
            series.append(try cursor.series())
        }
        return Load(
            line: line, stepMillis: stepMillis, convertsClassic: convertsClassic, series: series)
    }

    private mutating func evaluation(
        mode: Substring, _ rest: Substring
    ) throws(ScriptError) -> Evaluation {
        index += 1
        var evaluation = try Self.question(rest, line: index)
        switch mode {
        case "": break
        case "fail": evaluation.expectations.failures = [.anything]
        case "warn": evaluation.expectations.warnings = [.anything]
        case "info": evaluation.expectations.infos = [.anything]
        case "ordered": evaluation.expectations.isOrdered = true
        default: throw ScriptError(line: index, "eval_\(mode) is not known")
        }
        var series: [SeriesLine] = []
        while let (number, text) = nextInBlock() {
            if try ExpectLine.read(text, line: number, into: &evaluation) { continue }
            if let value = Double(text) {
                evaluation.result = .scalar(value)
                continue
            }
            var cursor = LineCursor(text, line: number)
            let line = try cursor.series()
            try Self.check(line, of: evaluation)
            // Of two lines for one series the later one counts.
            series.removeAll { $0.labels == line.labels }
            series.append(line)
        }
        guard !series.isEmpty else { return evaluation }
        guard case .series = evaluation.result else {
            throw ScriptError(line: index, "a result is a scalar, a string or series, not several")
        }
        evaluation.result = .series(series)
        return evaluation
    }

    private static func check(
        _ line: SeriesLine, of evaluation: Evaluation
    ) throws(ScriptError) {
        guard !line.points.isEmpty else {
            throw ScriptError(line: line.line, "a series without a value")
        }
        if case .instant = evaluation.moment, evaluation.rangeVector == nil, line.points.count > 1 {
            throw ScriptError(
                line: line.line, "an instant query yields one value a series, not several")
        }
    }

    /// `instant at T QUERY` | `instant QUERY` | `range from A to B step S QUERY`
    private static func question(
        _ text: Substring, line: Int
    ) throws(ScriptError) -> Evaluation {
        let (kind, rest) = firstWord(text)
        switch kind {
        case "instant":
            let (at, afterAt) = firstWord(rest)
            guard at == "at" else {
                return Evaluation(line: line, moment: .instant(0), query: String(rest))
            }
            let (time, query) = firstWord(afterAt)
            let millis = try DurationText.millis(time, line: line)
            guard !query.isEmpty else { throw ScriptError(line: line, "the query is missing") }
            return Evaluation(line: line, moment: .instant(millis), query: String(query))
        case "range":
            let (start, end, step, query) = try period(rest, line: line)
            guard !query.isEmpty else { throw ScriptError(line: line, "the query is missing") }
            return Evaluation(
                line: line, moment: .range(start: start, end: end, step: step),
                query: String(query))
        default:
            throw ScriptError(line: line, "expected \"instant\" or \"range\" after eval")
        }
    }

    /// `from A to B step S`, and what follows.
    static func period(
        _ text: Substring, line: Int
    ) throws(ScriptError) -> (start: Int64, end: Int64, step: Int64, rest: Substring) {
        var rest = text
        var times: [Int64] = []
        for keyword in ["from", "to", "step"] {
            let (word, afterWord) = firstWord(rest)
            guard word == keyword else { throw ScriptError(line: line, "expected \"\(keyword)\"") }
            let (time, afterTime) = firstWord(afterWord)
            times.append(try DurationText.millis(time, line: line))
            rest = afterTime
        }
        guard times[2] > 0 else { throw ScriptError(line: line, "the step must be above 0") }
        guard times[1] >= times[0] else {
            throw ScriptError(line: line, "the end is before the start")
        }
        return (times[0], times[1], times[2], rest)
    }

    static func firstWord(_ text: Substring) -> (word: Substring, rest: Substring) {
        let end = text.firstIndex { $0 == " " || $0 == "\t" } ?? text.endIndex
        return (text[..<end], trimmed(text[end...]))
    }

    static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return text.drop { $0.isWhitespace }
    }
}
