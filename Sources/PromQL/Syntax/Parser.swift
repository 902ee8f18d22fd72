// Tokens to trees, by recursive descent: one function per rule of the grammar; binary operators by
// their precedence. Types are checked as nodes are put together. Texts are a user's: length,
// nesting and height of the tree are bounded, so that no query can exhaust a stack, here or later.
// Messages are in Prometheus' words. Any thread.
// Grammar: https://prometheus.io/docs/prometheus/latest/querying/basics/

/// Parses queries.
public struct Parser {
    /// UTF-8 bytes of a query.
    public static let lengthMax = 64 << 10
    /// Parentheses, calls and signs inside each other.
    public static let nestingMax = 128
    /// Nodes from the root of the tree to a leaf, a chain of operators included.
    public static let heightMax = 512

    private(set) var lexer: Lexer
    private(set) var token: Token
    /// End of the token before `token`.
    private(set) var lastEnd = 0
    private var nesting = 0
    /// Of the expression that the last rule returned.
    private var height = 1
    /// Set for the second argument of info(), which selects labels, not series.
    var allowsEmptySelector = false

    private init(_ text: String) throws(QueryError) {
        guard text.utf8.count <= Self.lengthMax else {
            throw QueryError("the query is longer than \(Self.lengthMax) bytes", at: 0)
        }
        lexer = Lexer(text)
        token = try lexer.next()
    }

    /// A whole query.
    public static func expression(_ text: String) throws(QueryError) -> Expression {
        var parser = try Parser(text)
        if parser.token.kind == .end {
            throw QueryError("no expression found in input", at: parser.token.place.lowerBound)
        }
        let expression = try parser.expression()
        guard parser.token.kind == .end else { throw parser.unexpected() }
        return expression
    }

    /// A vector selector and nothing after it, as in `match[]`.
    public static func selector(_ text: String) throws(QueryError) -> VectorSelector {
        var parser = try Parser(text)
        guard parser.startsSelector else { throw parser.unexpected() }
        let selector = try parser.vectorSelector()
        guard parser.token.kind == .end else { throw parser.unexpected() }
        return selector
    }

    // MARK: - Tokens

    mutating func advance() throws(QueryError) {
        lastEnd = token.place.upperBound
        token = try lexer.next()
    }

    /// Steps over a symbol when it is the next.
    mutating func take(_ symbol: Symbol) throws(QueryError) -> Bool {
        guard token.kind == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    mutating func take(_ keyword: Keyword) throws(QueryError) -> Bool {
        guard case .keyword(keyword, _) = token.kind else { return false }
        try advance()
        return true
    }

    func isNext(_ symbol: Symbol) -> Bool { token.kind == .symbol(symbol) }

    func unexpected(in context: String = "", expected: String = "") -> QueryError {
        var message = "unexpected " + token.words
        if !context.isEmpty { message += " in " + context }
        if !expected.isEmpty { message += ", expected " + expected }
        return QueryError(message, at: token.place.lowerBound)
    }

    // MARK: - Bounds

    /// One level further in; every rule that can come back to itself passes here.
    mutating func nested<Result>(
        _ rule: (inout Parser) throws(QueryError) -> Result
    ) throws(QueryError) -> Result {
        guard nesting < Self.nestingMax else {
            throw QueryError(
                "the query is nested more than \(Self.nestingMax) levels deep",
                at: token.place.lowerBound)
        }
        nesting += 1
        let result = try rule(&self)
        nesting -= 1
        return result
    }

    /// Gives the height of parts that are put together, and starts anew for the next part.
    mutating func takeHeight() -> Int {
        defer { height = 1 }
        return height
    }

    /// The height of the highest of several parts.
    mutating func noteHeight(_ value: Int) { height = max(value, 1) }

    /// The last expression became a part of a node above it.
    mutating func raise(over parts: Int = 0) throws(QueryError) {
        height = max(height, parts) + 1
        guard height <= Self.heightMax else {
            throw QueryError(
                "the query chains more than \(Self.heightMax) operations",
                at: token.place.lowerBound)
        }
    }
}
