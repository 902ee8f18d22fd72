// Numbers (12, .5, 1_000, 1e-3, 0x1f, 0755) and lengths of time (5m, 1h30m, 10ms): both begin with
// a digit, and what they are shows only at their end. Any thread. Units:
// https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations

extension Lexer {
    /// Years first; a length of time names each at most once and in this order.
    static let units: [(name: String, milliseconds: Int64)] = [
        ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000),
        ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]
    /// What 2^63 nanoseconds come to.
    static let durationMillisMax: Int64 = 9_223_372_036_854

    mutating func number(from start: Int) throws(QueryError) -> Token.Kind {
        skipNumber()
        if !isWordByte(peek()) { return .number(try parsedNumber(start)) }
        offset = start
        guard skipDuration() else {
            let text = String(decoding: bytes[start..<min(offset + 1, bytes.count)], as: UTF8.self)
            throw QueryError(
                "bad number or duration syntax: \(StringQuoting.quoted(text))", at: start)
        }
        return .duration(try parsedDuration(start))
    }

    private func isWordByte(_ byte: UInt8) -> Bool { Self.isLetter(byte) || Self.isDigit(byte) }

    private mutating func skipNumber() {
        let underscore = UInt8(ascii: "_")
        if peek() == UInt8(ascii: "0"), peek(1) | 0x20 == UInt8(ascii: "x") {
            offset += 2
            while hexValue(peek()) != nil || peek() == underscore { offset += 1 }
            return
        }
        var hasDot = false
        while true {
            let byte = peek()
            if Self.isDigit(byte) || byte == underscore && offset > 0 && Self.isDigit(peek(1)) {
                offset += 1
            } else if byte == UInt8(ascii: "."), !hasDot {
                hasDot = true
                offset += 1
            } else {
                break
            }
        }
        guard peek() | 0x20 == UInt8(ascii: "e") else { return }
        let sign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") ? 1 : 0
        guard Self.isDigit(peek(1 + sign)) else { return }
        offset += 2 + sign
        while Self.isDigit(peek()) || peek() == underscore && Self.isDigit(peek(1)) { offset += 1 }
    }

    func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 48...57: UInt32(byte) - 48
        case 65...70: UInt32(byte) - 55
        case 97...102: UInt32(byte) - 87
        default: nil
        }
    }

    private func parsedNumber(_ start: Int) throws(QueryError) -> Double {
        let written = bytes[start..<offset]
        let digits = written.filter { $0 != UInt8(ascii: "_") }
        if digits.count > 1, digits[0] == UInt8(ascii: "0"), digits[1] | 0x20 == UInt8(ascii: "x") {
            let hex = String(decoding: digits.dropFirst(2), as: UTF8.self)
            if let value = Int64(hex, radix: 16) { return Double(value) }
        } else {
            let text = String(decoding: digits, as: UTF8.self)
            let isOctal = digits.count > 1 && digits[0] == UInt8(ascii: "0")
            if isOctal, let value = Int64(text, radix: 8) { return Double(value) }
            if let value = Double(text), value.isFinite { return value }
        }
        let shown = StringQuoting.quoted(String(decoding: written, as: UTF8.self))
        throw QueryError("error parsing number: \(shown) is out of range", at: start)
    }

    /// (digits unit)+, in any order: order is the parser's to judge.
    mutating func skipDuration() -> Bool {
        repeat {
            guard Self.isDigit(peek()) else { return false }
            while Self.isDigit(peek()) { offset += 1 }
            switch peek() {
            case UInt8(ascii: "m"): offset += peek(1) == UInt8(ascii: "s") ? 2 : 1
            case UInt8(ascii: "y"), UInt8(ascii: "w"), UInt8(ascii: "d"), UInt8(ascii: "h"),
                UInt8(ascii: "s"):
                offset += 1
            default: return false
            }
        } while Self.isDigit(peek())
        return !isWordByte(peek())
    }

    func parsedDuration(_ start: Int) throws(QueryError) -> Int64 {
        let written = String(decoding: bytes[start..<offset], as: UTF8.self)
        let outOfRange = QueryError("duration out of range", at: start)
        var rest = bytes[start..<offset]
        var total: Int64 = 0
        var allowed = Self.units[...]
        while !rest.isEmpty {
            let digits = rest.prefix { Self.isDigit($0) }
            rest = rest[digits.endIndex...]
            let letters = rest.prefix { !Self.isDigit($0) }
            rest = rest[letters.endIndex...]
            let name = String(decoding: letters, as: UTF8.self)
            guard let index = allowed.firstIndex(where: { $0.name == name }) else {
                throw QueryError(
                    "not a valid duration string: \(StringQuoting.quoted(written))", at: start)
            }
            guard let count = Int64(String(decoding: digits, as: UTF8.self)) else {
                throw outOfRange
            }
            let (part, isTooLong) = count.multipliedReportingOverflow(
                by: allowed[index].milliseconds)
            if isTooLong || part > Self.durationMillisMax { throw outOfRange }
            total += part
            allowed = allowed[(index + 1)...]
        }
        if total > Self.durationMillisMax { throw outOfRange }
        return total
    }
}
