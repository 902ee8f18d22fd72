// Histogram literals: `{{schema:1 count:3 sum:4.5 z_bucket:1 z_bucket_w:0.001 buckets:[1 0 1]}}`.
// Buckets are absolute counts from index `offset` on; nothing is derived or checked: a count that
// contradicts the buckets is what a test may want. Any thread.

internal import PromQL

extension LineCursor {
    /// The value, and whether the literal names its counter reset hint.
    mutating func histogram() throws(ScriptError) -> (value: FloatHistogram, statesHint: Bool) {
        var histogram = FloatHistogram()
        var seen: Set<String> = []
        var offsets: (positive: Int32, negative: Int32) = (0, 0)
        guard takes("{{") else { throw failure("expected \"{{\"") }
        skipSpaces()
        while !takes("}}") {
            let key = word(while: Self.isKey)
            guard takes(":") else { throw failure("expected a key of a histogram") }
            guard seen.insert(key).inserted else { throw failure("\"\(key)\" is given twice") }
            switch key {
            case "schema": histogram.schema = try integer()
            case "sum": histogram.sum = try number()
            case "count": histogram.count = try number()
            case "z_bucket": histogram.zeroCount = try number()
            case "z_bucket_w": histogram.zeroThreshold = try number()
            case "buckets": histogram.positive = try numbers()
            case "n_buckets": histogram.negative = try numbers()
            case "offset": offsets.positive = try integer()
            case "n_offset": offsets.negative = try integer()
            case "custom_values": histogram.customBounds = try numbers()
            case "counter_reset_hint": histogram.resetHint = try resetHint()
            default: throw failure("\"\(key)\" is no key of a histogram")
            }
            guard next == 0x20 || next == 0x09 || next == UInt8(ascii: "}") else {
                throw failure("expected a space or \"}}\"")
            }
            skipSpaces()
        }
        histogram.positiveSpans = Self.span(offsets.positive, histogram.positive)
        histogram.negativeSpans = Self.span(offsets.negative, histogram.negative)
        return (histogram, seen.contains("counter_reset_hint"))
    }

    private static func isKey(_ byte: UInt8) -> Bool {
        isName(byte) && byte != UInt8(ascii: ":")
    }

    private static func span(_ offset: Int32, _ counts: [Double]) -> [FloatHistogram.Span] {
        if counts.isEmpty { return [] }
        return [FloatHistogram.Span(offset: offset, length: UInt32(counts.count))]
    }

    private mutating func integer() throws(ScriptError) -> Int32 {
        let start = place
        if next == UInt8(ascii: "-") || next == UInt8(ascii: "+") { place += 1 }
        _ = word(while: Self.isDigit)
        guard let value = Int32(String(decoding: bytes[start..<place], as: UTF8.self)) else {
            place = start
            throw failure("expected a whole number")
        }
        return value
    }

    /// `[1 2.5 -3]`
    private mutating func numbers() throws(ScriptError) -> [Double] {
        guard takes("[") else { throw failure("expected \"[\"") }
        var values: [Double] = []
        skipSpaces()
        while !takes("]") {
            values.append(try number())
            skipSpaces()
        }
        return values
    }

    private mutating func resetHint() throws(ScriptError) -> FloatHistogram.ResetHint {
        let start = place
        switch word(while: Self.isName) {
        case "unknown": return .unknown
        case "reset": return .reset
        case "not_reset": return .notReset
        case "gauge": return .gauge
        default:
            place = start
            throw failure("expected unknown, reset, not_reset or gauge")
        }
    }
}
