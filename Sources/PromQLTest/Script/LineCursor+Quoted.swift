// Quoted strings of the test language: "..." and '...' with Go's escapes, `...`
// without. A string that is not UTF-8 after its escapes is refused: labels are UTF-8.
// Any thread.

extension LineCursor {
    var isAtQuote: Bool {
        next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") || next == UInt8(ascii: "`")
    }

    mutating func quoted() throws(ScriptError) -> String {
        guard isAtQuote, let quote = next else { throw failure("expected a quoted string") }
        place += 1
        var text: [UInt8] = []
        while let byte = next, byte != quote {
            place += 1
            if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "`") {
                try appendEscaped(to: &text)
            } else {
                text.append(byte)
            }
        }
        guard next == quote else { throw failure("a string has no end") }
        place += 1
        guard let string = String(validating: text, as: UTF8.self) else {
            throw failure("a string is not UTF-8")
        }
        return string
    }

    private mutating func appendEscaped(to text: inout [UInt8]) throws(ScriptError) {
        guard let kind = next else { throw failure("a string has no end") }
        place += 1
        switch kind {
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "a"): text.append(0x07)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "v"): text.append(0x0B)
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): text.append(kind)
        case UInt8(ascii: "x"): text.append(UInt8(truncatingIfNeeded: try code(2, radix: 16)))
        case UInt8(ascii: "u"): try appendScalar(code(4, radix: 16), to: &text)
        case UInt8(ascii: "U"): try appendScalar(code(8, radix: 16), to: &text)
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            place -= 1
            text.append(UInt8(truncatingIfNeeded: try code(3, radix: 8)))
        default: throw failure("unknown escape in a string")
        }
    }

    private mutating func code(_ digits: Int, radix: Int) throws(ScriptError) -> UInt32 {
        let slice = bytes[place...].prefix(digits)
        guard slice.count == digits,
            let value = UInt32(String(decoding: slice, as: UTF8.self), radix: radix)
        else { throw failure("too few digits in an escape") }
        place += digits
        return value
    }

    private func appendScalar(_ value: UInt32, to text: inout [UInt8]) throws(ScriptError) {
        guard let scalar = Unicode.Scalar(value) else { throw failure("no such character") }
        text += Array(String(Character(scalar)).utf8)
    }
}
