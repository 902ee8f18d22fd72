// A place in one line of a test file, moving right: numbers, counts, words,
// quoted strings. Errors carry the line and what stands there. A value, any
// thread.

struct LineCursor {
    let bytes: [UInt8]
    let line: Int
    var place = 0

    init(_ text: some StringProtocol, line: Int) {
        bytes = Array(text.utf8)
        self.line = line
    }

    var isAtEnd: Bool { place == bytes.count }
    var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    /// What is left, for messages.
    var rest: String { String(decoding: bytes[place...].prefix(40), as: UTF8.self) }

    func failure(_ text: String) -> ScriptError {
        ScriptError(line: line, isAtEnd ? "\(text), found the end" : "\(text), found \"\(rest)\"")
    }

    /// Steps over `text` if it stands here.
    mutating func takes(_ text: String) -> Bool {
        guard bytes[place...].starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }

    mutating func skipSpaces() {
        while let byte = next, byte == 0x20 || byte == 0x09 { place += 1 }
    }

    /// Bytes as long as `accepts` says so.
    mutating func word(while accepts: (UInt8) -> Bool) -> String {
        let start = place
        while let byte = next, accepts(byte) { place += 1 }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    /// `5`, `-1.5e3`, `+Inf`, `NaN`. Digits stop before an `x`, which counts repetitions.
    mutating func number() throws(ScriptError) -> Double {
        let start = place
        let isNegative = next == UInt8(ascii: "-")
        if isNegative || next == UInt8(ascii: "+") { place += 1 }
        for (text, value) in [("inf", Double.infinity), ("nan", .nan)]
        where String(decoding: bytes[place...].prefix(3), as: UTF8.self).lowercased() == text {
            place += 3
            return isNegative ? -value : value
        }
        _ = word(while: Self.isDigit)
        if takes(".") { _ = word(while: Self.isDigit) }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            place += 1
            if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { place += 1 }
            _ = word(while: Self.isDigit)
        }
        let digits = bytes[start..<place].drop { $0 == UInt8(ascii: "+") }
        guard let value = Self.decimal(digits) else {
            place = start
            throw failure("expected a number")
        }
        return value
    }

    /// The N of `x N`; at most a million, so that a typing error does not fill the memory.
    mutating func repetitions() throws(ScriptError) -> Int {
        guard let count = Int(word(while: Self.isDigit)), count <= 1_000_000 else {
            throw failure("expected a count up to 1000000 after \"x\"")
        }
        return count
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isName(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return (lower >= 0x61 && lower <= 0x7A) || isDigit(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ":")
    }

    /// `.5` and `5.` are numbers here, though not everywhere.
    private static func decimal(_ digits: ArraySlice<UInt8>) -> Double? {
        var text = String(decoding: digits, as: UTF8.self)
        if text.hasPrefix(".") { text = "0" + text }
        if text.hasPrefix("-.") { text = "-0" + text.dropFirst() }
        if let dot = text.firstIndex(of: "."), !text.hasSuffix(".") {
            let after = text[text.index(after: dot)]
            if after == "e" || after == "E" { text.insert("0", at: text.index(after: dot)) }
        }
        if text.hasSuffix(".") { text += "0" }
        return Double(text)
    }
}
