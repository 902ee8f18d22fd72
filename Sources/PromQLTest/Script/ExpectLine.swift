// Lines of an eval block that speak of failures, annotations, order and kind: `expect warn msg:
// ...`, `expect string "..."`, `expect range vector from A to B step S`, and the two
// `expected_fail_` lines of older files. Any thread.

internal import PromQL

enum ExpectLine {
    /// Whether the line was one; its meaning goes into `evaluation`.
    static func read(
        _ text: Substring, line: Int, into evaluation: inout Evaluation
    ) throws(ScriptError) -> Bool {
        let (word, rest) = ScriptParser.firstWord(text)
        switch word {
        case "expected_fail_message":
            evaluation.expectations.failures = [.exact(String(rest))]
        case "expected_fail_regexp":
            evaluation.expectations.failures = [try regex(rest, line: line)]
        case "expect":
            let (kind, detail) = ScriptParser.firstWord(rest)
            try expect(String(kind), detail, line: line, into: &evaluation)
        default: return false
        }
        return true
    }

    private static func expect(
        _ kind: String, _ detail: Substring, line: Int, into evaluation: inout Evaluation
    ) throws(ScriptError) {
        switch kind {
        case "fail": evaluation.expectations.failures.append(try pattern(detail, line: line))
        case "warn": evaluation.expectations.warnings.append(try pattern(detail, line: line))
        case "info": evaluation.expectations.infos.append(try pattern(detail, line: line))
        case "no_warn": evaluation.expectations.refusesWarnings = true
        case "no_info": evaluation.expectations.refusesInfos = true
        case "ordered": evaluation.expectations.isOrdered = true
        case "string":
            var cursor = LineCursor(detail, line: line)
            evaluation.result = .string(try cursor.quoted())
        case "range":
            let (word, rest) = ScriptParser.firstWord(detail)
            guard word == "vector" else {
                throw ScriptError(line: line, "expected \"vector\" after \"expect range\"")
            }
            let (start, end, step, excess) = try ScriptParser.period(rest, line: line)
            guard excess.isEmpty else { throw ScriptError(line: line, "unexpected \"\(excess)\"") }
            evaluation.rangeVector = (start, end, step)
        default:
            throw ScriptError(
                line: line,
                "expect \"\(kind)\" is not known: fail, warn, info, no_warn, no_info, ordered, "
                    + "string or range vector")
        }
    }

    /// "" | `msg: text` | `regex: pattern`
    private static func pattern(
        _ detail: Substring, line: Int
    ) throws(ScriptError) -> TextPattern {
        if detail.isEmpty { return .anything }
        if detail.hasPrefix("msg:") {
            return .exact(String(ScriptParser.trimmed(detail.dropFirst(4))))
        }
        if detail.hasPrefix("regex:") {
            return try regex(ScriptParser.trimmed(detail.dropFirst(6)), line: line)
        }
        throw ScriptError(line: line, "expected \"msg:\" or \"regex:\", found \"\(detail)\"")
    }

    /// The engine's own regular expressions are anchored; this one may match anywhere.
    private static func regex(
        _ pattern: Substring, line: Int
    ) throws(ScriptError) -> TextPattern {
        do {
            let matcher = try LabelMatcher(
                label: "", relation: .regex, value: "(?s:.*)(?:\(pattern))(?s:.*)")
            return .regex(String(pattern), matcher)
        } catch {
            throw ScriptError(line: line, "\"\(pattern)\": \(error.message)")
        }
    }
}
