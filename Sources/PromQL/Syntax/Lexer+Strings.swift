// Quoted texts. Three kinds of quotes: "..." and '...' with Go's escapes, `...` raw and over lines.
// Escapes give bytes; what is no UTF-8 in the end is repaired, since a String holds nothing else.
// Called by the lexer alone. Any thread.

extension Lexer {
    /// The opening quote is behind us.
    mutating func string(quote: UInt8, from start: Int) throws(QueryError) -> String {
        var result: [UInt8] = []
        let isRaw = quote == UInt8(ascii: "`")
        while offset < bytes.count {
            let byte = bytes[offset]
            if byte == 10, !isRaw { break }
            offset += 1
            if byte == quote {
                let text = String(decoding: result, as: UTF8.self)
                if !text.utf8.elementsEqual(result) { repairedStrings.insert(start) }
                return text
            }
            if byte == UInt8(ascii: "\\"), !isRaw {
                try escape(quote: quote, into: &result)
            } else {
                result.append(byte)
            }
        }
        throw QueryError(
            isRaw ? "unterminated raw string" : "unterminated quoted string", at: start)
    }

    /// The backslash is behind us.
    private mutating func escape(quote: UInt8, into result: inout [UInt8]) throws(QueryError) {
        let start = offset - 1
        guard offset < bytes.count else {
            throw QueryError("escape sequence not terminated", at: start)
        }
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
            result.append(UInt8(truncatingIfNeeded: try digits(2, radix: 16, from: start)))
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            offset -= 1
            let value = try digits(3, radix: 8, from: start)
            guard value < 256 else {
                throw QueryError("escape sequence is an octal number above \\377", at: start)
            }
            result.append(UInt8(value))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let value = try digits(byte == UInt8(ascii: "u") ? 4 : 8, radix: 16, from: start)
            guard let scalar = Unicode.Scalar(value) else {
                throw QueryError("escape sequence is an invalid Unicode code point", at: start)
            }
            result.append(contentsOf: String(scalar).utf8)
        default:
            throw QueryError("unknown escape sequence '\(character(at: start + 1))'", at: start)
        }
    }

    private mutating func digits(
        _ count: Int, radix: UInt32, from start: Int
    ) throws(QueryError) -> UInt32 {
        var value: UInt32 = 0
        var seen = 0
        while seen < count {
            guard offset < bytes.count else {
                throw QueryError("escape sequence not terminated", at: start)
            }
            guard let digit = hexValue(bytes[offset]), digit < radix else {
                throw QueryError(
                    "illegal character '\(character(at: offset))' in escape sequence", at: start)
            }
            // Eight digits at most: 32 bits hold them.
            value = value &* radix &+ digit
            offset += 1
            seen += 1
        }
        return value
    }
}
