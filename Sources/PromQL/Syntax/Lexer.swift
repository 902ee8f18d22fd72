// Text to tokens. Works on UTF-8 bytes; white space and `#` comments separate. Three kinds of
// quotes: "..." and '...' with Go's escapes, `...` raw. The text is a user's: every fault is a
// typed error with its place, and nothing traps. Any thread.

struct Lexer {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func next() throws(QueryError) -> Token {
        skipSpace()
        let start = offset
        guard start < bytes.count else { return Token(kind: .end, offset: start) }
        let byte = bytes[start]
        switch byte {
        case UInt8(ascii: "{"): return single(.leftBrace)
        case UInt8(ascii: "}"): return single(.rightBrace)
        case UInt8(ascii: ","): return single(.comma)
        case UInt8(ascii: "="), UInt8(ascii: "!"): return try matcher()
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
            offset += 1
            return Token(kind: .string(try string(quote: byte, from: start)), offset: start)
        default: break
        }
        guard Self.isNameStart(byte) else {
            throw QueryError("unexpected character \(shown(at: start))", at: start)
        }
        while offset < bytes.count, Self.isNameStart(bytes[offset]) || isDigit(bytes[offset]) {
            offset += 1
        }
        let name = String(decoding: bytes[start..<offset], as: UTF8.self)
        return Token(kind: .identifier(name), offset: start)
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ":")
    }

    private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private mutating func single(_ kind: Token.Kind) -> Token {
        offset += 1
        return Token(kind: kind, offset: offset - 1)
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

    private mutating func matcher() throws(QueryError) -> Token {
        let start = offset
        let isNegative = bytes[start] == UInt8(ascii: "!")
        let second = start + 1 < bytes.count ? bytes[start + 1] : 0
        if second == UInt8(ascii: "~") {
            offset += 2
            return Token(kind: .matcher(isNegative ? .notRegex : .regex), offset: start)
        }
        if isNegative {
            guard second == UInt8(ascii: "=") else {
                throw QueryError("\"!\" needs \"=\" or \"~\" after it", at: start)
            }
            offset += 2
            return Token(kind: .matcher(.notEqual), offset: start)
        }
        offset += 1
        return Token(kind: .matcher(.equal), offset: start)
    }

    private mutating func string(quote: UInt8, from start: Int) throws(QueryError) -> String {
        var result: [UInt8] = []
        let isRaw = quote == UInt8(ascii: "`")
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == quote { return String(decoding: result, as: UTF8.self) }
            if byte == 10, !isRaw { throw QueryError("a string ends at its line", at: start) }
            if byte == UInt8(ascii: "\\"), !isRaw {
                try escape(quote: quote, into: &result)
            } else {
                result.append(byte)
            }
        }
        throw QueryError("the string has no end", at: start)
    }

    /// Go's escapes; the backslash is behind us.
    private mutating func escape(quote: UInt8, into result: inout [UInt8]) throws(QueryError) {
        let start = offset - 1
        guard offset < bytes.count else { throw QueryError("the string has no end", at: start) }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "a"): result.append(7)
        case UInt8(ascii: "b"): result.append(8)
        case UInt8(ascii: "f"): result.append(12)
        case UInt8(ascii: "n"): result.append(10)
        case UInt8(ascii: "r"): result.append(13)
        case UInt8(ascii: "t"): result.append(9)
        case UInt8(ascii: "v"): result.append(11)
        case UInt8(ascii: "\\"), quote: result.append(byte)
        case UInt8(ascii: "x"):
            result.append(UInt8(truncatingIfNeeded: try number(2, 16, from: start)))
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            offset -= 1
            let value = try number(3, 8, from: start)
            guard value < 256 else { throw QueryError("an octal escape ends at \\377", at: start) }
            result.append(UInt8(value))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let value = try number(byte == UInt8(ascii: "u") ? 4 : 8, 16, from: start)
            guard let scalar = Unicode.Scalar(value) else {
                throw QueryError("not a Unicode character", at: start)
            }
            result.append(contentsOf: String(scalar).utf8)
        default: throw QueryError("unknown escape \\\(shown(at: start + 1, bare: true))", at: start)
        }
    }

    private mutating func number(
        _ count: Int, _ radix: Int, from start: Int
    ) throws(QueryError) -> UInt32 {
        let end = min(offset + count, bytes.count)
        let digits = String(decoding: bytes[offset..<end], as: UTF8.self)
        guard digits.utf8.count == count, digits.utf8.allSatisfy({ $0 != 43 && $0 != 45 }),
            let value = UInt32(digits, radix: radix)
        else { throw QueryError("an escape with too few digits", at: start) }
        offset = end
        return value
    }

    private func shown(at place: Int, bare: Bool = false) -> String {
        let rest = String(decoding: bytes[place...].prefix(4), as: UTF8.self)
        let first = rest.first.map(String.init) ?? ""
        return bare ? first : "\"\(first)\""
    }
}
