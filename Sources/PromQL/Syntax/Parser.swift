// Tokens to trees, by recursive descent: one function per rule of the grammar. The seed of the
// whole language: expressions will be further rules over the same lexer and errors. Any thread.
// Grammar: https://prometheus.io/docs/prometheus/latest/querying/basics/

/// Parses queries.
public struct Parser {
    private var lexer: Lexer
    private var token: Token

    private init(_ text: String) throws(QueryError) {
        lexer = Lexer(text)
        token = try lexer.next()
    }

    /// A vector selector and nothing after it.
    public static func selector(_ text: String) throws(QueryError) -> VectorSelector {
        var parser = try Parser(text)
        let selector = try parser.vectorSelector()
        guard parser.token.kind == .end else {
            throw QueryError("unexpected \(parser.token.words)", at: parser.token.offset)
        }
        return selector
    }

    /// name | name "{" matchers "}" | "{" matchers "}"
    private mutating func vectorSelector() throws(QueryError) -> VectorSelector {
        let start = token.offset
        var name: String?
        if case .identifier(let text) = token.kind {
            name = text
            try advance()
        }
        var matchers: [LabelMatcher] = []
        if token.kind == .leftBrace {
            try advance()
            matchers = try matcherList(&name)
        } else if name == nil {
            throw QueryError(
                "expected a metric name or \"{\", found \(token.words)", at: token.offset)
        }
        let selectsSomething =
            name != nil
            || matchers.contains { matcher in
                switch matcher.relation {
                case .equal: !matcher.value.isEmpty
                case .regex: !matcher.value.isEmpty && matcher.value != ".*"
                case .notEqual: matcher.value.isEmpty
                case .notRegex: false
                }
            }
        guard selectsSomething else {
            throw QueryError("the selector would match everything: give a name", at: start)
        }
        return VectorSelector(name: name, matchers: matchers)
    }

    /// (matcher | string) ("," ...)* [","] "}"; a lone string is the metric name.
    private mutating func matcherList(_ name: inout String?) throws(QueryError) -> [LabelMatcher] {
        var matchers: [LabelMatcher] = []
        while token.kind != .rightBrace {
            let place = token.offset
            let label: String
            var isQuoted = false
            switch token.kind {
            case .identifier(let text):
                guard !text.contains(":") else {
                    throw QueryError("\"\(text)\" is not a label name", at: place)
                }
                label = text
            case .string(let text):
                label = text
                isQuoted = true
            case .leftBrace, .rightBrace, .comma, .matcher, .end:
                throw QueryError("expected a label name or \"}\", found \(token.words)", at: place)
            }
            try advance()
            if isQuoted, token.kind == .comma || token.kind == .rightBrace {
                guard name == nil else {
                    throw QueryError("the metric name is given twice", at: place)
                }
                name = label
            } else {
                matchers.append(try matcher(label, at: place, &name))
            }
            if token.kind == .comma {
                try advance()
            } else if token.kind != .rightBrace {
                throw QueryError("expected \",\" or \"}\", found \(token.words)", at: token.offset)
            }
        }
        try advance()
        return matchers.filter { !($0.label == "__name__" && $0.relation == .equal) }
    }

    private mutating func matcher(
        _ label: String, at place: Int, _ name: inout String?
    ) throws(QueryError) -> LabelMatcher {
        guard case .matcher(let relation) = token.kind else {
            throw QueryError(
                "expected =, !=, =~ or !~ after \"\(label)\", found \(token.words)",
                at: token.offset)
        }
        try advance()
        guard case .string(let value) = token.kind else {
            throw QueryError(
                "expected a quoted value, found \(token.words)", at: token.offset)
        }
        let valueOffset = token.offset
        try advance()
        if label == "__name__", relation == .equal {
            guard name == nil else { throw QueryError("the metric name is given twice", at: place) }
            name = value
        }
        return LabelMatcher(
            label: label, relation: relation, value: value, valueOffset: valueOffset)
    }

    private mutating func advance() throws(QueryError) { token = try lexer.next() }
}
