// The series of an OpenMetrics line: `name{label="value",...}` taken apart, byte by byte, since a
// quote stays a quote whatever letter stands behind it. Names are of the letters that the format
// allows and texts are UTF-8, so that what is stored can be written again. Pure.
// https://openmetrics.io, version 1.0.

struct OpenMetricsKey {
    let name: String
    /// Sorted by name, without empty values: they say the same as no label.
    private(set) var labels: [(String, String)] = []

    /// Reads a key of `OpenMetricsLine`; a problem in words when it is malformed.
    static func parse(_ key: ArraySlice<UInt8>) -> Result<Self, LineProblem> {
        let brace = key.firstIndex(of: UInt8(ascii: "{")) ?? key.endIndex
        guard let name = name(key[..<brace], allowsColon: true) else {
            return .failure("a name holds other letters than a-z, A-Z, 0-9, _ and :")
        }
        var series = OpenMetricsKey(name: name)
        var rest = key[brace...].dropFirst().dropLast()
        while !rest.isEmpty {
            if let problem = series.takeLabel(&rest) { return .failure(problem) }
        }
        series.labels.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        for (one, next) in zip(series.labels, series.labels.dropFirst()) where one.0 == next.0 {
            return .failure("the label \(one.0) is there twice")
        }
        series.labels.removeAll { $0.1.isEmpty }
        return .success(series)
    }

    /// Takes `label="value"` and the comma behind it off the front.
    private mutating func takeLabel(_ rest: inout ArraySlice<UInt8>) -> LineProblem? {
        let equal = rest.firstIndex(of: UInt8(ascii: "=")) ?? rest.endIndex
        guard rest[equal...].dropFirst().first == UInt8(ascii: "\"") else {
            return "a label is not name=\"value\""
        }
        guard let label = Self.name(rest[..<equal], allowsColon: false) else {
            return "a label's name holds other letters than a-z, A-Z, 0-9 and _"
        }
        rest = rest[equal...].dropFirst(2)
        var value: [UInt8] = []
        var isClosed = false
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") {
                isClosed = true
                break
            }
            if byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() {
                value.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
            } else {
                value.append(byte)
            }
        }
        guard isClosed else { return "a label value does not end" }
        guard let text = String(validating: value, as: UTF8.self) else {
            return "the value of the label \(label) is no UTF-8"
        }
        labels.append((label, text))
        if let next = rest.popFirst(), next != UInt8(ascii: ",") {
            return "a label is not name=\"value\""
        }
        return nil
    }

    private static func name(_ bytes: ArraySlice<UInt8>, allowsColon: Bool) -> String? {
        for (offset, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "_"):
                continue
            case UInt8(ascii: "0")...UInt8(ascii: "9") where offset > 0: continue
            case UInt8(ascii: ":") where allowsColon: continue
            default: return nil
            }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
