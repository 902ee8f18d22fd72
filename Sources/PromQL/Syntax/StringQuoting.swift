// Strings and names as the canonical form writes them: double quotes and Go's escapes, so that what
// is printed can be parsed again, and bare words where the grammar takes them. Error messages quote
// the same way. The other way round for texts beside queries that quote as queries do. Pure; any
// thread.

public enum StringQuoting {
    /// The text of the string whose opening quote (`"`, `'` or a backtick) stands at `place`, which
    /// moves behind its end.
    public static func unquoted(
        _ bytes: [UInt8], at place: inout Int
    ) throws(QueryError) -> String {
        var lexer = Lexer(bytes, at: place + 1)
        let text = try lexer.string(quote: bytes[place], from: place)
        place = lexer.offset
        return text
    }

    /// `text` in double quotes.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result + "\""
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\u{7}": result += "\\a"
        case "\u{8}": result += "\\b"
        case "\u{c}": result += "\\f"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{b}": result += "\\v"
        default:
            if isPrintable(scalar) {
                result.unicodeScalars.append(scalar)
            } else if scalar.value < 0x80 {
                result += "\\x" + hex(scalar.value, digits: 2)
            } else if scalar.value < 0x10000 {
                result += "\\u" + hex(scalar.value, digits: 4)
            } else {
                result += "\\U" + hex(scalar.value, digits: 8)
            }
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return (32...126).contains(scalar.value) }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator, .spaceSeparator:
            false
        default: true
        }
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}

/// What may stand in a query without quotes.
enum NameRules {
    /// Letters, digits after the first place, and `_`; with `:` too for a metric.
    static func isPlainLabel(_ name: String) -> Bool { isPlain(name, allowsColon: false) }
    static func isPlainMetric(_ name: String) -> Bool { isPlain(name, allowsColon: true) }

    private static func isPlain(_ name: String, allowsColon: Bool) -> Bool {
        guard let first = name.utf8.first, !Lexer.isDigit(first) else { return false }
        return name.utf8.allSatisfy { byte in
            Lexer.isLetter(byte) || Lexer.isDigit(byte) || byte == UInt8(ascii: ":") && allowsColon
        }
    }
}
