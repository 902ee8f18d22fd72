// One line of OpenMetrics text, taken apart: name and labels as bytes that identify a series,
// value, time. Works on the bytes of a larger buffer without copying them; what is wrong is said in
// words. Pure. https://openmetrics.io, version 1.0.

/// What a sample line holds.
struct OpenMetricsLine {
    /// Bytes of `name{labels}`, as written.
    let key: Range<Int>
    let value: Double
    let timeMillis: Int64

    /// Reads the line `range` of `bytes`; a problem in words when it is malformed.
    static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Result<Self, LineProblem> {
        var place = range.lowerBound
        let end = range.upperBound
        while place < end, bytes[place] != UInt8(ascii: " "), bytes[place] != UInt8(ascii: "{") {
            place += 1
        }
        guard place > range.lowerBound else { return .failure("a line without a name") }
        if place < end, bytes[place] == UInt8(ascii: "{") {
            guard let close = endOfLabels(bytes, place, end) else {
                return .failure("the labels do not end")
            }
            place = close
        }
        let key = range.lowerBound..<place
        guard let value = word(bytes, &place, end), let number = number(bytes, value) else {
            return .failure("no value, or none that is a number")
        }
        guard let time = word(bytes, &place, end) else { return .failure("no timestamp") }
        guard let millis = millis(bytes, time) else {
            return .failure("the timestamp is no number of seconds")
        }
        // An exemplar may follow; it is not kept.
        if let rest = word(bytes, &place, end), bytes[rest.lowerBound] != UInt8(ascii: "#") {
            return .failure("something follows the timestamp")
        }
        return .success(OpenMetricsLine(key: key, value: number, timeMillis: millis))
    }

    private static func endOfLabels(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var place = start + 1
        var isQuoted = false
        while place < end {
            let byte = bytes[place]
            place += 1
            if isQuoted, byte == UInt8(ascii: "\\") {
                place += 1
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted, byte == UInt8(ascii: "}") {
                return place
            }
        }
        return nil
    }

    private static func word(_ bytes: Span<UInt8>, _ place: inout Int, _ end: Int) -> Range<Int>? {
        guard place < end, bytes[place] == UInt8(ascii: " ") else { return nil }
        place += 1
        let start = place
        while place < end, bytes[place] != UInt8(ascii: " ") { place += 1 }
        return start < place ? start..<place : nil
    }

    private static let powers: [Double] = (0...22).map { exponent in
        (0..<exponent).reduce(1.0) { power, _ in power * 10 }
    }

    /// Up to 2^53 and 22 decimals the quotient is the nearest Double; the rest goes the long way.
    private static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
        var place = range.lowerBound
        let isNegative = bytes[place] == UInt8(ascii: "-")
        if isNegative || bytes[place] == UInt8(ascii: "+") { place += 1 }
        var mantissa: UInt64 = 0
        var digits = 0
        var decimals: Int?
        while place < range.upperBound {
            let byte = bytes[place]
            if byte == UInt8(ascii: "."), decimals == nil {
                decimals = 0
            } else if byte >= 48, byte <= 57, digits < 18 {
                mantissa = mantissa * 10 + UInt64(byte - 48)
                digits += 1
                if let before = decimals { decimals = before + 1 }
            } else {
                return slowNumber(bytes, range)
            }
            place += 1
        }
        guard digits > 0, mantissa < 1 << 53 else { return slowNumber(bytes, range) }
        let value = Double(mantissa) / powers[decimals ?? 0]
        return isNegative ? -value : value
    }

    private static func slowNumber(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Double? {
        let text = text(bytes, range)
        switch text.lowercased() {
        case "nan": return .nan
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: break
        }
        let isPlain = text.utf8.allSatisfy {
            ($0 >= 48 && $0 <= 57) || [43, 45, 46, 69, 101].contains($0)
        }
        return isPlain ? Double(text) : nil
    }

    private static func millis(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        guard let seconds = number(bytes, range), abs(seconds) < 1e13 else { return nil }
        return Int64((seconds * 1000).rounded())
    }

    static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for index in range { copy.append(bytes[index]) }
        return String(decoding: copy, as: UTF8.self)
    }
}

/// What is wrong with a line, in words.
struct LineProblem: Error, ExpressibleByStringInterpolation {
    let text: String

    init(stringLiteral text: String) { self.text = text }
}
