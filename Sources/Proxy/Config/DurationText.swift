// Durations as people write them: "250ms", "1.5s", "2m". Exact integer arithmetic, no floating
// point, so that what is printed is what was read. A bare number is refused: seconds or
// milliseconds is a guess that goes wrong at three in the morning. Any thread.

/// Text to nanoseconds and back.
enum DurationText {
    private static let units: [(name: String, nanos: UInt64)] = [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    /// Nanoseconds, or nil when the text is not digits, an optional fraction and a unit, or does
    /// not fit in 64 bits. Digits of a fraction below one nanosecond are refused too.
    static func nanos(_ text: String) -> UInt64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let name = text.dropFirst(number.count)
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        return DecimalText.scaled(number, by: unit.nanos)
    }

    /// The largest unit that divides: 1_500_000_000 is "1500ms", 60_000_000_000 is "1m".
    static func text(_ nanos: UInt64) -> String {
        if nanos == 0 { return "0s" }
        let unit = units.last { nanos % $0.nanos == 0 } ?? units[0]
        return "\(nanos / unit.nanos)\(unit.name)"
    }
}

/// Digits with an optional fraction, multiplied exactly.
enum DecimalText {
    /// `number * factor`; nil when it is not a number, not whole after scaling, or too large.
    static func scaled(_ number: Substring, by factor: UInt64) -> UInt64? {
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = UInt64(parts[0]), parts[0].first != "+" else {
            return nil
        }
        let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
        if overflow { return nil }
        if parts.count == 1 { return product }
        guard let fraction = scaledFraction(parts[1], by: factor) else { return nil }
        let (sum, sumOverflow) = product.addingReportingOverflow(fraction)
        return sumOverflow ? nil : sum
    }

    private static func scaledFraction(_ digits: Substring, by factor: UInt64) -> UInt64? {
        guard (1...9).contains(digits.count), let value = UInt64(digits), digits.first != "+" else {
            return nil
        }
        let divisor = (0..<digits.count).reduce(UInt64(1)) { power, _ in power * 10 }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow || product % divisor != 0 ? nil : product / divisor
    }
}
