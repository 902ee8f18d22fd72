// The little JSON that the store and statsctl need: writing strings, reading arrays of strings or
// of unsigned integers as the dictionary stores them (RFC 8259). Reading is strict and answers nil
// for anything else, since the text may come from a damaged file. Any thread; no Foundation.

public enum JSONText {
    /// `text` with quotes and escapes.
    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// A finite number as JSON writes it; NaN and infinities become null.
    public static func number(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return "\(value)"
    }

    static func array(_ strings: [String]) -> String {
        "[" + strings.map(quoted).joined(separator: ",") + "]"
    }

    static func array(_ numbers: [UInt64]) -> String {
        "[" + numbers.map(String.init).joined(separator: ",") + "]"
    }

    /// An array of strings, or nil.
    static func strings(_ text: String) -> [String]? {
        if let plain = plainStrings(text) { return plain }
        var scanner = Scanner(text)
        return scanner.array { $0.string() }
    }

    /// Without spaces and escapes, as nearly all are: cut at the quotes. Queries read thousands.
    private static func plainStrings(_ text: String) -> [String]? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "["),
            bytes[bytes.count - 1] == UInt8(ascii: "]"), !bytes.contains(UInt8(ascii: "\\"))
        else { return nil }
        if bytes.count == 2 { return [] }
        var result: [String] = []
        var place = 1
        while true {
            guard bytes[place] == UInt8(ascii: "\"") else { return nil }
            let rest = bytes[(place + 1)...]
            guard let end = rest.firstIndex(of: UInt8(ascii: "\"")), end + 1 < bytes.count else {
                return nil
            }
            result.append(String(decoding: bytes[place + 1..<end], as: UTF8.self))
            place = end + 2
            if place == bytes.count { return result }
            guard bytes[end + 1] == UInt8(ascii: ","), place < bytes.count else { return nil }
        }
    }

    /// An array of unsigned integers, or nil.
    static func integers(_ text: String) -> [UInt64]? {
        var scanner = Scanner(text)
        return scanner.array { $0.integer() }
    }
}

private struct Scanner {
    private let scalars: [Unicode.Scalar]
    private var offset = 0

    init(_ text: String) { scalars = Array(text.unicodeScalars) }

    mutating func array<Element>(_ element: (inout Scanner) -> Element?) -> [Element]? {
        guard take("[") else { return nil }
        var result: [Element] = []
        if take("]") { return atEnd ? result : nil }
        while let next = element(&self) {
            result.append(next)
            if take(",") { continue }
            return take("]") && atEnd ? result : nil
        }
        return nil
    }

    private var atEnd: Bool { offset == scalars.count }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        while offset < scalars.count, scalars[offset] == " " { offset += 1 }
        guard offset < scalars.count, scalars[offset] == scalar else { return false }
        offset += 1
        return true
    }

    mutating func integer() -> UInt64? {
        while offset < scalars.count, scalars[offset] == " " { offset += 1 }
        var digits = ""
        while offset < scalars.count, ("0"..."9").contains(scalars[offset]) {
            digits.unicodeScalars.append(scalars[offset])
            offset += 1
        }
        return UInt64(digits)
    }

    mutating func string() -> String? {
        guard take("\"") else { return nil }
        var units: [UInt16] = []
        while offset < scalars.count {
            let scalar = scalars[offset]
            offset += 1
            switch scalar {
            case "\"": return String(decoding: units, as: UTF16.self)
            case "\\":
                guard let unit = escape() else { return nil }
                units.append(unit)
            default: units.append(contentsOf: String(scalar).utf16)
            }
        }
        return nil
    }

    private mutating func escape() -> UInt16? {
        guard offset < scalars.count else { return nil }
        let scalar = scalars[offset]
        offset += 1
        switch scalar {
        case "\"", "\\", "/": return UInt16(scalar.value)
        case "n": return 10
        case "r": return 13
        case "t": return 9
        case "b": return 8
        case "f": return 12
        case "u":
            guard offset + 4 <= scalars.count else { return nil }
            let hex = String(String.UnicodeScalarView(scalars[offset..<offset + 4]))
            offset += 4
            return UInt16(hex, radix: 16)
        default: return nil
        }
    }
}
