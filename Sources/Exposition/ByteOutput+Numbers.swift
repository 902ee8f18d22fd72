// Numbers as decimal text, exact and without an allocation: counters, gauges and scaled integers
// (nanoseconds as seconds or milliseconds). Integers in, so no float noise ever shows.
// Two digits per step from a table: rendering a big page is mostly this. Any thread, no state.

/// The pairs 00 to 99.
private let digitPairs: StaticString = """
    0001020304050607080910111213141516171819\
    2021222324252627282930313233343536373839\
    4041424344454647484950515253545556575859\
    6061626364656667686970717273747576777879\
    8081828384858687888990919293949596979899
    """

extension ByteOutput {
    /// A decimal integer, 1 to 20 digits.
    public mutating func append(decimal value: UInt64) {
        reserve(20)
        if value < 10 {
            unsafe base[end] = 48 + UInt8(truncatingIfNeeded: value)
            end += 1
            return
        }
        let digits = Self.digitCount(value)
        unsafe Self.writeDigits(value, digits, base + end)
        end += digits
    }

    /// A decimal integer with its sign.
    public mutating func append(decimal value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: value.magnitude)
    }

    /// value / 10^places, exactly, without trailing zeros: (1_234_567, 9) gives 0.001234567.
    /// `places` is 0 to 18.
    public mutating func append(decimal value: UInt64, places: Int) {
        precondition(places >= 0 && places <= 18, "BUG: decimal places out of range")
        var divisor: UInt64 = 1
        for _ in 0..<places { divisor &*= 10 }
        let (whole, fraction) = value.quotientAndRemainder(dividingBy: divisor)
        append(decimal: whole)
        if fraction == 0 { return }
        reserve(places + 1)
        unsafe base[end] = UInt8(ascii: ".")
        unsafe Self.writeDigits(fraction, places, base + end + 1)
        end += places + 1
        while unsafe base[end - 1] == 48 { end -= 1 }
    }

    /// The signed form of the above.
    public mutating func append(decimal value: Int64, places: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(decimal: value.magnitude, places: places)
    }

    /// Exactly `digits` digits, zeros in front.
    private static func writeDigits(
        _ value: UInt64, _ digits: Int, _ target: UnsafeMutablePointer<UInt8>
    ) {
        var rest = value
        var position = digits
        let pairs = unsafe digitPairs.utf8Start
        while position >= 2 {
            let (next, pair) = rest.quotientAndRemainder(dividingBy: 100)
            position -= 2
            unsafe target[position] = pairs[2 &* Int(pair)]
            unsafe target[position + 1] = pairs[2 &* Int(pair) &+ 1]
            rest = next
        }
        if position == 1 { unsafe target[0] = 48 + UInt8(truncatingIfNeeded: rest % 10) }
    }

    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var limit: UInt64 = 10
        while count < 20, value >= limit {
            count += 1
            limit &*= 10
        }
        return count
    }
}
