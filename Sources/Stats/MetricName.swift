// Rules for names: which label holes a template has, which Prometheus name it gets, which bytes a
// dotted name may carry. Pure functions over bytes, any thread; no regex ever takes a name apart.
// Decided here and nowhere else, so the text formats, the docs and the dashboards cannot disagree.
// Prometheus naming: https://prometheus.io/docs/practices/naming/

enum MetricName {
    /// Hole names of a template, in order; a precondition failure on unbalanced braces.
    static func holes(of template: String) -> [String] {
        var found: [String] = []
        var open: [UInt8]?
        for byte in template.utf8 {
            switch (byte, open) {
            case (UInt8(ascii: "{"), nil): open = []
            case (UInt8(ascii: "}"), .some(let name)):
                found.append(String(decoding: name, as: UTF8.self))
                open = nil
            case (UInt8(ascii: "{"), .some), (UInt8(ascii: "}"), nil):
                preconditionFailure("BUG: \(template): unbalanced braces")
            case (_, .some(var name)):
                name.append(byte)
                open = name
            case (_, nil): break
            }
        }
        precondition(open == nil, "BUG: \(template): unbalanced braces")
        return found
    }

    /// `weir_` + the template without holes + unit suffix + `_total` for counters. Holes leave no
    /// doubled or trailing underscore; `_total` appears once, at the end, on counters only; a raw
    /// unit suffix (`_ns`, `_nanos`, `_nanoseconds`) gives way to `_seconds`.
    static func prometheus(template: String, kind: MetricKind, unit: MetricUnit) -> String {
        var words: [[UInt8]] = [Array("weir".utf8)]
        var word: [UInt8] = []
        var inHole = false
        for byte in template.utf8 {
            if byte == UInt8(ascii: "{") { inHole = true }
            if !inHole, isAlphanumeric(byte) {
                word.append(byte)
            } else if !word.isEmpty {
                words.append(word)
                word = []
            }
            if byte == UInt8(ascii: "}") { inHole = false }
        }
        if !word.isEmpty { words.append(word) }
        var names = words.map { String(decoding: $0, as: UTF8.self) }
        if names.last == "total", names.count > 2 || kind == .counter { names.removeLast() }
        switch unit {
        case .none: break
        case .bytes: if names.last != "bytes" { names.append("bytes") }
        case .nanoseconds:
            if let last = names.last, ["ns", "nanos", "nanoseconds"].contains(last) {
                names.removeLast()
            }
            if names.last != "seconds" { names.append("seconds") }
        }
        if kind == .counter { names.append("total") }
        return names.joined(separator: "_")
    }

    /// The names a family occupies in a Prometheus text page.
    static func exposed(_ family: MetricFamily) -> [String] {
        let name = family.prometheusName
        switch family.kind {
        case .counter, .gauge: return [name]
        case .histogram: return [name, name + "_bucket", name + "_sum", name + "_count"]
        }
    }

    /// `[a-z_][a-z0-9_]*`, not `__...`, and not a name histograms need for themselves.
    static func isLabel(_ name: String, in kind: MetricKind) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, isLowercase(first) || first == UInt8(ascii: "_") else {
            return false
        }
        let letters = bytes.allSatisfy {
            isLowercase($0) || isDigit($0) || $0 == UInt8(ascii: "_")
        }
        let reserved = name.hasPrefix("__") || (kind == .histogram && name == "le")
        return letters && !reserved
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`; colons are for recording rules.
    static func isPrometheus(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    /// Bytes of a label value that stay as they are in a dotted name.
    static func isDottedByte(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowercase(byte) || isDigit(byte)
            || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isLowercase(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
