// Numbers for people: 1.25 ms, 4.2 MiB, 12,345. Tables use these; JSON and CSV never do, they get
// exact integers, or seconds with every digit. Three significant digits. Any thread; no Foundation.
// It never rounds what goes to a program.

public import Stats

public enum UnitText {
    /// A raw number of a family: nanoseconds as time, bytes as IEC sizes, others with separators.
    public static func human(_ raw: Double, _ unit: MetricUnit) -> String {
        switch unit {
        case .nanoseconds: scaled(raw, 1000, ["ns", "us", "ms", "s"])
        case .bytes: scaled(raw, 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
        case .none:
            raw == raw.rounded() && abs(raw) < 1e15 ? grouped(Int64(raw)) : significant(raw)
        }
    }

    public static func human(bytes: Int64) -> String { human(Double(bytes), .bytes) }

    /// Rates: "12.3/s", "4.2 MiB/s", "0.85 s/s".
    public static func rate(_ perSecond: Double, _ unit: MetricUnit) -> String {
        switch unit {
        case .nanoseconds, .bytes: human(perSecond, unit) + "/s"
        case .none: significant(perSecond) + "/s"
        }
    }

    /// "12,345".
    public static func grouped(_ number: some BinaryInteger) -> String {
        var digits = Array(String(number))
        let first = digits.first == "-" ? 1 : 0
        var place = digits.count - 3
        while place > first {
            digits.insert(",", at: place)
            place -= 3
        }
        return String(digits)
    }

    /// Three significant digits; all digits before the point.
    public static func significant(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "-" : value < 0 ? "-inf" : "inf" }
        let size = abs(value)
        if size == 0 { return "0" }
        if size >= 1000 { return grouped(Int64(max(-9e18, min(9e18, value.rounded())))) }
        let decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
        return fixed(value, decimals)
    }

    /// Seconds of raw nanoseconds with every digit: 1500000000 is "1.5".
    public static func exactSeconds(nanoseconds: UInt64) -> String {
        let whole = nanoseconds / 1_000_000_000
        let rest = nanoseconds % 1_000_000_000
        if rest == 0 { return String(whole) }
        var digits = String(rest)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// The same for a signed number.
    public static func exactSeconds(nanoseconds: Int64) -> String {
        (nanoseconds < 0 ? "-" : "") + exactSeconds(nanoseconds: nanoseconds.magnitude)
    }

    private static func scaled(_ raw: Double, _ base: Double, _ units: [String]) -> String {
        var value = raw
        var place = 0
        while abs(value) >= base, place + 1 < units.count {
            value /= base
            place += 1
        }
        let isWhole = place == 0 && value == value.rounded()
        return (isWhole ? String(Int64(value)) : significant(value)) + " " + units[place]
    }

    /// Rounded to `decimals` places, trailing zeros dropped.
    private static func fixed(_ value: Double, _ decimals: Int) -> String {
        var scale: Int64 = 1
        for _ in 0..<decimals { scale *= 10 }
        let rounded = Int64((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && rounded > 0 ? "-" : ""
        if scale == 1 { return sign + String(rounded) }
        var fraction = TimeText.padded(rounded % scale, decimals)
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return sign + String(rounded / scale) + (fraction.isEmpty ? "" : "." + fraction)
    }
}
