// The words of PromQL. Tokens keep their places, so that every error can point, and their text, so
// that messages can name what was found. Only the lexer makes them, only the parser reads them.
// Values, any thread.

/// Signs; the raw value is how each is written.
enum Symbol: String, Equatable, Sendable, CaseIterable {
    case leftBrace = "{"
    case rightBrace = "}"
    case leftParen = "("
    case rightParen = ")"
    case leftBracket = "["
    case rightBracket = "]"
    case comma = ","
    case colon = ":"
    case at = "@"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case slash = "/"
    case percent = "%"
    case caret = "^"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case greater = ">"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    case assign = "="
    case matches = "=~"
    case matchesNot = "!~"

    var isOperator: Bool {
        switch self {
        case .leftBrace, .rightBrace, .leftParen, .rightParen, .leftBracket, .rightBracket, .comma,
            .colon, .at, .assign:
            false
        case .plus, .minus, .times, .slash, .percent, .caret, .equal, .notEqual, .less, .greater,
            .lessOrEqual, .greaterOrEqual, .matches, .matchesNot:
            true
        }
    }
}

/// Words with a meaning of their own, in any case of letters; several may still be names.
enum Keyword: Equatable, Sendable {
    case set(SetOperator)
    case aggregation(AggregationOperator)
    case atan2, offset, by, without, on, ignoring, groupLeft, groupRight, bool, start, end, step
    case range

    private static let table: [String: Keyword] = {
        var table: [String: Keyword] = [
            "atan2": .atan2, "offset": .offset, "by": .by, "without": .without, "on": .on,
            "ignoring": .ignoring, "group_left": .groupLeft, "group_right": .groupRight,
            "bool": .bool, "start": .start, "end": .end, "step": .step,
            "range": .range,
        ]
        for operation in SetOperator.allCases { table[operation.rawValue] = .set(operation) }
        for operation in AggregationOperator.allCases {
            table[operation.rawValue] = .aggregation(operation)
        }
        return table
    }()

    init?(_ word: String) {
        guard let keyword = Self.table[word.lowercased()] else { return nil }
        self = keyword
    }

    /// Whether a metric may be called so without quotes.
    var canNameMetric: Bool {
        switch self {
        case .set, .aggregation, .offset, .by, .without, .start, .end, .step, .range: true
        case .atan2, .on, .ignoring, .groupLeft, .groupRight, .bool: false
        }
    }
}

struct Token: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// A metric or label name: letters, digits, `_`, and `:`.
        case identifier(String)
        /// The text keeps its case: it may turn out to be a name.
        case keyword(Keyword, String)
        case number(Double)
        /// Milliseconds.
        case duration(Int64)
        /// A quoted string, unescaped.
        case string(String)
        case symbol(Symbol)
        case end
    }

    let kind: Kind
    let place: Place
    /// As written, for error messages.
    let text: String

    /// Of letters: `Inf` and `NaN` are numbers, and may still be the names of labels.
    var isWord: Bool { text.utf8.first.map(Lexer.isLetter) ?? false }

    /// For error messages, in Prometheus' words.
    var words: String {
        switch kind {
        case .identifier: "identifier \"\(text)\""
        case .keyword(.set, _), .keyword(.atan2, _): "<op:\(text.lowercased())>"
        case .keyword(.aggregation, _): "<aggr:\(text)>"
        case .keyword: "<\(text)>"
        case .number: "number \(shown)"
        case .duration: "duration \(shown)"
        case .string: "string \(shown)"
        case .symbol(let symbol):
            symbol.isOperator ? "<op:\(symbol.rawValue)>" : "\"\(symbol.rawValue)\""
        case .end: "end of input"
        }
    }

    private var shown: String {
        text.utf8.count > 10
            ? StringQuoting.quoted(String(text.prefix(10))) + "..." : StringQuoting.quoted(text)
    }
}
