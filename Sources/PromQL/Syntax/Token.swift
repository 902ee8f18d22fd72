// The words of PromQL that selectors need; the whole language adds cases, not changes. Tokens keep
// byte offsets, so that every error can point. Values, any thread. Only the lexer makes them, only
// the parser reads them.

struct Token: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// A metric or label name: letters, digits, `_`, and `:`.
        case identifier(String)
        /// A quoted string, unescaped.
        case string(String)
        case leftBrace
        case rightBrace
        case comma
        case matcher(MatchOperator)
        case end
    }

    let kind: Kind
    /// First byte.
    let offset: Int

    /// For error messages.
    var words: String {
        switch kind {
        case .identifier(let name): "\"\(name)\""
        case .string: "a string"
        case .leftBrace: "\"{\""
        case .rightBrace: "\"}\""
        case .comma: "\",\""
        case .matcher(let relation): "\"\(relation.rawValue)\""
        case .end: "the end"
        }
    }
}
