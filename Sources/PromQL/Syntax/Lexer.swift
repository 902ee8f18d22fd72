// Text to tokens. Works on UTF-8 bytes; white space and `#` comments separate. Inside braces and
// brackets other words are possible than outside, so the lexer counts them, and reports what does
// not close. The text is a user's: every fault is a typed error with its place, and nothing traps.
// Numbers and durations are in Lexer+Numbers, quotes in Lexer+Strings. Any thread.

struct Lexer {
    let bytes: [UInt8]
    var offset = 0
    private var parenDepth = 0
    private var isInBraces = false
    private var isInBrackets = false
    /// Where quoted texts begin whose escapes came to something that is no UTF-8.
    var repairedStrings: Set<Int> = []

    init(_ text: String) { bytes = Array(text.utf8) }

    /// From a place in the middle of a text on.
    init(_ bytes: [UInt8], at offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    mutating func next() throws(QueryError) -> Token {
        skipSpace()
        let start = offset
        guard start < bytes.count else {
            try checkClosed()
            return Token(kind: .end, place: start..<start, text: "")
        }
        let kind = try self.kind(from: start)
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        return Token(kind: kind, place: start..<offset, text: text)
    }

    static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
    }

    static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    /// The byte `distance` further on; 0 at the end.
    func peek(_ distance: Int = 0) -> UInt8 {
        offset + distance < bytes.count ? bytes[offset + distance] : 0
    }

    /// The character at a byte, for messages.
    func character(at place: Int) -> String {
        let rest = String(decoding: bytes[place...].prefix(4), as: UTF8.self)
        return rest.unicodeScalars.first.map { String($0) } ?? ""
    }

    private mutating func skipSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 9, 10, 13, 32: offset += 1
            case UInt8(ascii: "#"):
                while offset < bytes.count, bytes[offset] != 10 { offset += 1 }
            default: return
            }
        }
    }

    private func checkClosed() throws(QueryError) {
        if isInBraces { throw QueryError("unexpected end of input inside braces", at: offset) }
        if isInBrackets { throw QueryError("unclosed left bracket", at: offset) }
        if parenDepth > 0 { throw QueryError("unclosed left parenthesis", at: offset) }
    }

    private mutating func kind(from start: Int) throws(QueryError) -> Token.Kind {
        let byte = bytes[start]
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
            offset += 1
            return .string(try string(quote: byte, from: start))
        case _ where isInBraces: return try kindInBraces(byte, from: start)
        case _ where Self.isDigit(byte),
            UInt8(ascii: ".") where Self.isDigit(peek(1)):
            return try number(from: start)
        case _ where Self.isLetter(byte), UInt8(ascii: ":") where !isInBrackets:
            return word(from: start)
        default: return .symbol(try symbol(byte, from: start))
        }
    }

    /// Names, relations and commas: `a="1",b!~"2"`.
    private mutating func kindInBraces(
        _ byte: UInt8, from start: Int
    ) throws(QueryError) -> Token.Kind {
        if Self.isLetter(byte) {
            while Self.isLetter(peek()) || Self.isDigit(peek()) { offset += 1 }
            return .identifier(String(decoding: bytes[start..<offset], as: UTF8.self))
        }
        offset += 1
        switch (byte, peek()) {
        case (UInt8(ascii: ","), _): return .symbol(.comma)
        case (UInt8(ascii: "}"), _):
            isInBraces = false
            return .symbol(.rightBrace)
        case (UInt8(ascii: "="), UInt8(ascii: "~")):
            offset += 1
            return .symbol(.matches)
        case (UInt8(ascii: "="), _): return .symbol(.assign)
        case (UInt8(ascii: "!"), UInt8(ascii: "~")):
            offset += 1
            return .symbol(.matchesNot)
        case (UInt8(ascii: "!"), UInt8(ascii: "=")):
            offset += 1
            return .symbol(.notEqual)
        case (UInt8(ascii: "!"), _) where offset < bytes.count:
            throw QueryError(
                "unexpected character after '!' inside braces: '\(character(at: offset))'",
                at: start)
        case (UInt8(ascii: "{"), _): throw QueryError("unexpected left brace '{'", at: start)
        default:
            throw QueryError(
                "unexpected character inside braces: '\(character(at: start))'", at: start)
        }
    }

    private mutating func word(from start: Int) -> Token.Kind {
        let colon = UInt8(ascii: ":")
        while Self.isLetter(peek()) || Self.isDigit(peek()) || peek() == colon && !isInBrackets {
            offset += 1
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        switch text.lowercased() {
        case "inf": return .number(.infinity)
        case "nan": return .number(.nan)
        default: return Keyword(text).map { .keyword($0, text) } ?? .identifier(text)
        }
    }

    private mutating func symbol(_ byte: UInt8, from start: Int) throws(QueryError) -> Symbol {
        let second = peek(1)
        let pair = String(decoding: [byte, second], as: UTF8.self)
        offset += 2
        if second == UInt8(ascii: "="), let symbol = Symbol(rawValue: pair) { return symbol }
        offset -= 1
        if byte == UInt8(ascii: "!") || byte == UInt8(ascii: "=") && second == UInt8(ascii: "~") {
            let sign = Character(Unicode.Scalar(byte))
            guard offset < bytes.count else {
                throw QueryError("unexpected character: '\(sign)'", at: start)
            }
            throw QueryError(
                "unexpected character after '\(sign)': '\(character(at: offset))'", at: start)
        }
        let text = String(decoding: [byte], as: UTF8.self)
        guard let symbol = Symbol(rawValue: text) else {
            throw QueryError("unexpected character: '\(character(at: start))'", at: start)
        }
        try note(symbol, at: start)
        return symbol
    }

    /// Keeps account of what is open.
    private mutating func note(_ symbol: Symbol, at start: Int) throws(QueryError) {
        switch symbol {
        case .leftBrace: isInBraces = true
        case .leftParen: parenDepth += 1
        case .rightParen:
            parenDepth -= 1
            if parenDepth < 0 { throw QueryError("unexpected right parenthesis ')'", at: start) }
        case .leftBracket:
            if isInBrackets { throw QueryError("unexpected left bracket '['", at: start) }
            isInBrackets = true
        case .rightBracket:
            if !isInBrackets { throw QueryError("unexpected right bracket ']'", at: start) }
            isInBrackets = false
        case .rightBrace: throw QueryError("unexpected right brace '}'", at: start)
        case .comma, .colon, .at, .plus, .minus, .times, .slash, .percent, .caret, .equal,
            .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual, .assign, .matches,
            .matchesNot:
            break
        }
    }
}
