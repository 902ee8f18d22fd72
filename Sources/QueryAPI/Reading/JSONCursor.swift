// A place in JSON text that somebody else wrote: RFC 8259 to the letter, depth bounded, nothing
// copied but the strings that are asked for. Errors name the byte. It never recurses deeper than
// its bound, whatever a server sends. A value, any thread.

/// Why an answer could not be used.
public enum APIReadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The server says no: its errorType and its words.
    case refused(kind: String, text: String)
    /// These bytes are no answer of the API.
    case malformed(byte: Int, String)
    case tooLarge(bytes: Int, max: Int)

    public var description: String {
        switch self {
        case .refused(let kind, let text): "\(kind): \(text)"
        case .malformed(let byte, let text): "not an answer of the API: byte \(byte): \(text)"
        case .tooLarge(let bytes, let max): "the answer has \(bytes) bytes, more than \(max)"
        }
    }
}

struct JSONCursor {
    /// The API needs 8.
    static let depthMax = 32

    let bytes: [UInt8]
    var place = 0
    private var depth = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func failure(_ text: String) -> APIReadError { .malformed(byte: place, text) }

    // MARK: - Structure

    mutating func object(
        _ member: (inout JSONCursor, _ name: String) throws(APIReadError) -> Void
    ) throws(APIReadError) {
        try open("{", "an object")
        if take("}") { return close() }
        repeat {
            let name = try string()
            guard take(":") else { throw failure("expected \":\"") }
            try member(&self, name)
        } while take(",")
        guard take("}") else { throw failure("expected \",\" or \"}\"") }
        close()
    }

    mutating func array(
        _ element: (inout JSONCursor, _ index: Int) throws(APIReadError) -> Void
    ) throws(APIReadError) {
        try open("[", "an array")
        if take("]") { return close() }
        var index = 0
        repeat {
            try element(&self, index)
            index += 1
        } while take(",")
        guard take("]") else { throw failure("expected \",\" or \"]\"") }
        close()
    }

    /// Any value, checked and thrown away.
    mutating func skip() throws(APIReadError) {
        skipSpace()
        guard place < bytes.count else { throw failure("the text ends early") }
        switch bytes[place] {
        case UInt8(ascii: "{"):
            try object { (cursor, _) throws(APIReadError) in try cursor.skip() }
        case UInt8(ascii: "["):
            try array { (cursor, _) throws(APIReadError) in try cursor.skip() }
        case UInt8(ascii: "\""): _ = try stringBytes()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: _ = try number()
        }
    }

    mutating func end() throws(APIReadError) {
        skipSpace()
        if place < bytes.count { throw failure("something follows the answer") }
    }

    /// Whether `null` stands here; steps over it.
    mutating func takeNull() throws(APIReadError) -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == UInt8(ascii: "n") else { return false }
        try word("null")
        return true
    }

    private mutating func open(
        _ bracket: Unicode.Scalar, _ words: String
    ) throws(APIReadError) {
        guard take(bracket) else { throw failure("expected \(words)") }
        depth += 1
        if depth > Self.depthMax { throw failure("nested too deeply") }
    }

    private mutating func close() { depth -= 1 }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == UInt8(ascii: scalar) else { return false }
        place += 1
        return true
    }

    private mutating func skipSpace() {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x09, 0x0A, 0x0D: place += 1
            default: return
            }
        }
    }

    private mutating func word(_ word: String) throws(APIReadError) {
        guard bytes[place...].starts(with: word.utf8) else { throw failure("expected a value") }
        place += word.utf8.count
    }

    // MARK: - Numbers

    mutating func number() throws(APIReadError) -> Double {
        skipSpace()
        let start = place
        _ = takeByte("-")
        let whole = skipDigits()
        let leadsWithZero = whole > 1 && bytes[place - whole] == UInt8(ascii: "0")
        var isValid = whole > 0 && !leadsWithZero
        if isValid, takeByte(".") { isValid = skipDigits() > 0 }
        if isValid, takeByte("e") || takeByte("E") {
            if !takeByte("+") { _ = takeByte("-") }
            isValid = skipDigits() > 0
        }
        guard isValid, let value = Double(String(decoding: bytes[start..<place], as: UTF8.self))
        else { throw .malformed(byte: start, "expected a value") }
        return value
    }

    private mutating func skipDigits() -> Int {
        let start = place
        while place < bytes.count,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place])
        {
            place += 1
        }
        return place - start
    }

    private mutating func takeByte(_ scalar: Unicode.Scalar) -> Bool {
        guard place < bytes.count, bytes[place] == UInt8(ascii: scalar) else { return false }
        place += 1
        return true
    }

    // MARK: - Strings

    mutating func string() throws(APIReadError) -> String {
        let start = place
        let raw = try stringBytes()
        let hasEscape = raw.contains(UInt8(ascii: "\\"))
        let decoded = try hasEscape ? unescaped(raw) : Array(raw)
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw .malformed(byte: start, "a string that is not UTF-8")
        }
        return text
    }

    /// What stands between the quotes.
    private mutating func stringBytes() throws(APIReadError) -> ArraySlice<UInt8> {
        guard take("\"") else { throw failure("expected a string") }
        let start = place
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                place += 1
                return bytes[start..<place - 1]
            case UInt8(ascii: "\\"):
                place += 2
            case ..<0x20: throw failure("a control character in a string")
            default: place += 1
            }
        }
        place = bytes.count
        throw failure("the text ends in a string")
    }

    private func unescaped(_ raw: ArraySlice<UInt8>) throws(APIReadError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var index = raw.startIndex
        while index < raw.endIndex {
            guard raw[index] == UInt8(ascii: "\\") else {
                result.append(raw[index])
                index += 1
                continue
            }
            let escape = raw[index + 1]
            index += 2
            if escape == UInt8(ascii: "u") {
                result += String(try scalar(raw, &index)).utf8
            } else if let place = Self.escapes.firstIndex(of: escape) {
                result.append(Self.escaped[place])
            } else {
                throw .malformed(byte: index - 1, "an unknown escape")
            }
        }
        return result
    }

    private static let escapes = Array("\"\\/bfnrt".utf8)
    private static let escaped = Array("\"\\/\u{8}\u{c}\n\r\t".utf8)

    /// Four digits, or two times four for what lies beyond the basic plane.
    private func scalar(
        _ raw: ArraySlice<UInt8>, _ index: inout Int
    ) throws(APIReadError) -> Unicode.Scalar {
        let first = try codeUnit(raw, &index)
        if let scalar = Unicode.Scalar(first) { return scalar }
        if UTF16.isLeadSurrogate(first), raw[index...].starts(with: "\\u".utf8) {
            index += 2
            let second = try codeUnit(raw, &index)
            if UTF16.isTrailSurrogate(second) {
                let high = (UInt32(first) - 0xD800) << 10
                return Unicode.Scalar(0x10000 + high + UInt32(second) - 0xDC00)!
            }
        }
        throw .malformed(byte: index, "half a surrogate pair")
    }

    private func codeUnit(
        _ raw: ArraySlice<UInt8>, _ index: inout Int
    ) throws(APIReadError) -> UInt16 {
        let digits = raw[index...].prefix(4)
        let isHex =
            digits.count == 4 && digits.first != UInt8(ascii: "+")
            && digits.first != UInt8(ascii: "-")
        guard isHex, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
            throw .malformed(byte: index, "\\u needs four hexadecimal digits")
        }
        index += 4
        return unit
    }
}
