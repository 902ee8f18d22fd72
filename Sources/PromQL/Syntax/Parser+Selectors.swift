// Vector selectors: a name, conditions in braces, or both. A name that is no plain word stands in
// quotes inside the braces. A selector that would match every series is refused: it is nearly
// always a slip, and always expensive. Any thread.

extension Parser {
    var startsSelector: Bool {
        switch token.kind {
        case .identifier, .symbol(.leftBrace): true
        case .keyword(let keyword, _): keyword.canNameMetric
        case .number, .duration, .string, .symbol, .end: false
        }
    }

    /// name | name "{" matchers "}" | "{" matchers "}"
    mutating func vectorSelector() throws(QueryError) -> VectorSelector {
        let start = token.place.lowerBound
        switch token.kind {
        case .identifier(let name), .keyword(_, let name):
            try advance()
            return try vectorSelector(named: name, from: start)
        case .number, .duration, .string, .symbol, .end:
            return try vectorSelector(named: nil, from: start)
        }
    }

    /// As above; a name outside the braces is behind us.
    mutating func vectorSelector(
        named outside: String?, from start: Int
    ) throws(QueryError) -> VectorSelector {
        var matchers: [LabelMatcher] = []
        if try take(.leftBrace) { matchers = try matcherList() }
        var name = outside
        if let outside {
            if let other = matchers.first(where: { $0.label == Labels.nameLabel }) {
                throw QueryError(
                    "metric name must not be set twice: \(StringQuoting.quoted(outside)) or "
                        + StringQuoting.quoted(other.value), at: start)
            }
        } else if !allowsEmptySelector,
            let index = matchers.firstIndex(where: Self.namesMetric)
        {
            // In info() a name inside the braces is a condition like the others.
            name = matchers.remove(at: index).value
            if let other = matchers.first(where: Self.namesMetric) {
                throw QueryError(
                    "metric name must not be set twice: \(StringQuoting.quoted(name ?? "")) or "
                        + StringQuoting.quoted(other.value), at: start)
            }
        }
        let selectsSomething =
            name != nil || allowsEmptySelector || matchers.contains { !$0.accepts("") }
        guard selectsSomething else {
            throw QueryError(
                "vector selector must contain at least one non-empty matcher", at: start)
        }
        return VectorSelector(name: name, matchers: matchers, place: start..<lastEnd)
    }

    private static func namesMetric(_ matcher: LabelMatcher) -> Bool {
        matcher.label == Labels.nameLabel && matcher.relation == .equal && !matcher.value.isEmpty
    }

    /// (matcher ("," matcher)* [","])? "}"
    private mutating func matcherList() throws(QueryError) -> [LabelMatcher] {
        var matchers: [LabelMatcher] = []
        while try !take(.rightBrace) {
            matchers.append(try matcher())
            if isNext(.rightBrace) { continue }
            guard try take(.comma) else {
                throw unexpected(in: "label matching", expected: "\",\" or \"}\"")
            }
        }
        return matchers
    }

    /// label relation string | string; a lone string is the metric's name.
    private mutating func matcher() throws(QueryError) -> LabelMatcher {
        let label: String
        var isQuoted = false
        switch token.kind {
        case .identifier(let text): label = text
        case .string(let text):
            label = text
            isQuoted = true
        case .keyword, .number, .duration, .symbol, .end:
            throw unexpected(in: "label matching", expected: "identifier or \"}\"")
        }
        try advance()
        let relation: MatchOperator
        switch token.kind {
        case .symbol(.assign): relation = .equal
        case .symbol(.notEqual): relation = .notEqual
        case .symbol(.matches): relation = .regex
        case .symbol(.matchesNot): relation = .notRegex
        case .symbol(.comma) where isQuoted, .symbol(.rightBrace) where isQuoted:
            return LabelMatcher.name(label)
        default: throw unexpected(in: "label matching", expected: "label matching operator")
        }
        try advance()
        guard case .string(let value) = token.kind else {
            throw unexpected(in: "label matching", expected: "string")
        }
        let place = token.place.lowerBound
        try advance()
        return try LabelMatcher(label: label, relation: relation, value: value, at: place)
    }
}
