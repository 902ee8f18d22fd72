// Numbers as Prometheus writes them, which is as Go does: the shortest digits
// that read back as the same number (Swift's own digits), in one of four
// notations. Pure, any thread.

/// 1e21 is "1000000000000000000000" in the plain notation and "1e+21" in the others.
public enum FloatText {
    /// Never an exponent: label values of count_values.
    public static func plain(_ value: Double) -> String {
        text(value) { _ in false }
    }

    /// Values of the HTTP API: an exponent below 1e-6 and from 1e21 on.
    public static func api(_ value: Double) -> String {
        text(value) { $0 < -6 || $0 >= 21 }
    }

    /// In messages and histograms: an exponent below 1e-4 and from 1e6 on.
    public static func general(_ value: Double) -> String {
        text(value) { $0 < -4 || $0 >= 6 }
    }

    /// In a printed query: an exponent below 1e-4 and from 1e21 on.
    static func printed(_ value: Double) -> String {
        text(value) { $0 < -4 || $0 >= 21 }
    }

    /// Six decimals, no exponent: Go's `%f`, which a few messages use.
    static func sixDecimals(_ value: Double) -> String {
        guard value.magnitude < 0x1p62 else {
            return value.isFinite ? plain(value) + ".000000" : plain(value)
        }
        var whole = UInt64(value.magnitude)
        var millionths = UInt64(((value.magnitude - Double(whole)) * 1e6).rounded(.toNearestOrEven))
        if millionths == 1_000_000 { (whole, millionths) = (whole + 1, 0) }
        let fraction = String(millionths)
        let zeros = String(repeating: "0", count: 6 - fraction.utf8.count)
        return (value.sign == .minus ? "-" : "") + "\(whole).\(zeros)\(fraction)"
    }

    private static func text(_ value: Double, needsExponent: (Int) -> Bool) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Small whole numbers, most counts, need no digits generated.
        if value == 0 { return value.sign == .minus ? "-0" : "0" }
        if value.magnitude < 1e4, value == value.rounded(.towardZero) { return String(Int(value)) }
        let (digits, exponent) = decimal(value.magnitude)
        var bytes: [UInt8] = value < 0 ? [UInt8(ascii: "-")] : []
        if needsExponent(exponent) {
            appendScientific(digits, exponent, to: &bytes)
        } else {
            appendPositional(digits, exponent, to: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// d.ddd times 10^exponent: the digits without the point and without zeros at either end.
    private static func decimal(_ magnitude: Double) -> (digits: [UInt8], exponent: Int) {
        var digits: [UInt8] = []
        var point: Int?
        var exponent = 0
        var text = magnitude.description.utf8[...]
        if let mark = text.firstIndex(of: UInt8(ascii: "e")) {
            exponent = Int(String(Substring(text[text.index(after: mark)...]))) ?? 0
            text = text[..<mark]
        }
        for byte in text {
            if byte == UInt8(ascii: ".") { point = digits.count } else { digits.append(byte) }
        }
        exponent += (point ?? digits.count) - 1
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(zeros)
        exponent -= zeros
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (digits, exponent)
    }

    /// At least two digits of exponent: 1e-07.
    private static func appendScientific(
        _ digits: [UInt8], _ exponent: Int, to bytes: inout [UInt8]
    ) {
        bytes.append(digits[0])
        if digits.count > 1 {
            bytes.append(UInt8(ascii: "."))
            bytes += digits[1...]
        }
        bytes.append(UInt8(ascii: "e"))
        bytes.append(UInt8(ascii: exponent < 0 ? "-" : "+"))
        if exponent.magnitude < 10 { bytes.append(UInt8(ascii: "0")) }
        bytes += String(exponent.magnitude).utf8
    }

    private static func appendPositional(
        _ digits: [UInt8], _ exponent: Int, to bytes: inout [UInt8]
    ) {
        let zero = UInt8(ascii: "0")
        if exponent < 0 {
            bytes += [zero, UInt8(ascii: ".")]
            bytes += Array(repeating: zero, count: -exponent - 1)
            bytes += digits
            return
        }
        let whole = exponent + 1
        bytes += digits.prefix(whole)
        if digits.count <= whole {
            bytes += Array(repeating: zero, count: whole - digits.count)
        } else {
            bytes.append(UInt8(ascii: "."))
            bytes += digits[whole...]
        }
    }
}
