// Numbers and lengths of time as the canonical form writes them, which is what Go prints: shortest
// digits that read back as the same number. Built on Swift's own shortest digits, without
// Foundation. Pure; any thread.

enum NumberText {
    /// Shortest text that reads back as the same number; an exponent below 1e-4 and from 1e21.
    static func shortest(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let (digits, exponent) = decimal(value.magnitude)
        let sign = value.sign == .minus ? "-" : ""
        if exponent < -4 || exponent >= 21 {
            let rest = digits.dropFirst()
            let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            let mantissa = String(digits.prefix(1)) + (rest.isEmpty ? "" : "." + String(rest))
            return sign + mantissa + (exponent < 0 ? "e-" : "e+") + power
        }
        return sign + positional(digits, exponent)
    }

    /// As `shortest`, never with an exponent.
    static func plain(_ value: Double) -> String {
        guard value.isFinite else { return shortest(value) }
        let (digits, exponent) = decimal(value.magnitude)
        return (value.sign == .minus ? "-" : "") + positional(digits, exponent)
    }

    /// 1h30m; days are not gathered into weeks or years unless nothing remains.
    static func duration(milliseconds: Int64) -> String {
        if milliseconds == 0 { return "0s" }
        var rest = milliseconds.magnitude
        var result = milliseconds < 0 ? "-" : ""
        for unit in Lexer.units {
            let length = UInt64(unit.milliseconds)
            let isExactOnly = unit.name == "y" || unit.name == "w"
            if isExactOnly, rest % length != 0 { continue }
            if rest >= length { result += "\(rest / length)\(unit.name)" }
            rest %= length
        }
        return result
    }

    /// Three decimals, as timestamps are written.
    static func seconds(milliseconds: Int64) -> String {
        let magnitude = milliseconds.magnitude
        let fraction = String(magnitude % 1000 + 1000).dropFirst()
        return (milliseconds < 0 ? "-" : "") + "\(magnitude / 1000).\(fraction)"
    }

    /// Significant digits without zeros at either end, and the power of ten of the first.
    private static func decimal(_ value: Double) -> (digits: String, exponent: Int) {
        let parts = value.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let whole = mantissa[0]
        let all = String(whole + (mantissa.count > 1 ? mantissa[1] : ""))
        let leading = all.prefix { $0 == "0" }.count
        var digits = String(all.dropFirst(leading))
        while digits.hasSuffix("0") { digits.removeLast() }
        if digits.isEmpty { return ("0", 0) }
        let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        return (digits, power + whole.count - 1 - leading)
    }

    private static func positional(_ digits: String, _ exponent: Int) -> String {
        if exponent < 0 {
            return "0." + String(repeating: "0", count: -exponent - 1) + digits
        }
        let whole = exponent + 1
        if digits.count <= whole {
            return digits + String(repeating: "0", count: whole - digits.count)
        }
        return String(digits.prefix(whole)) + "." + String(digits.dropFirst(whole))
    }
}
