// A small writer of JSON for pages whose shape is fixed in code (RFC 8259): strings escaped, commas
// placed, nothing validated. For large pages Exposition has a faster one; this one must never be
// asked to carry them. Any thread.

/// JSON under construction.
struct JSONText {
    private(set) var text = ""
    private var needsComma = false

    mutating func object(_ key: String? = nil, _ body: (inout JSONText) -> Void) {
        enclose(key, "{", "}", body)
    }

    mutating func array(_ key: String? = nil, _ body: (inout JSONText) -> Void) {
        enclose(key, "[", "]", body)
    }

    mutating func string(_ key: String? = nil, _ value: String) {
        begin(key)
        text += Self.quoted(value)
    }

    mutating func number(_ key: String? = nil, _ value: some BinaryInteger) {
        begin(key)
        text += String(value)
    }

    /// Unix seconds, with milliseconds where there are any.
    mutating func seconds(_ key: String? = nil, _ millis: Int64) {
        begin(key)
        let (whole, rest) = millis.magnitude.quotientAndRemainder(dividingBy: 1000)
        text += (millis < 0 ? "-" : "") + String(whole)
        if rest != 0 { text += "." + String(1000 + rest).dropFirst() }
    }

    mutating func boolean(_ key: String? = nil, _ value: Bool) {
        begin(key)
        text += value ? "true" : "false"
    }

    static func quoted(_ value: String) -> String {
        var out = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            default:
                if scalar.value < 0x20 {
                    let hex = String(scalar.value, radix: 16)
                    out += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out + "\""
    }

    private mutating func enclose(
        _ key: String?, _ open: String, _ close: String, _ body: (inout JSONText) -> Void
    ) {
        begin(key)
        text += open
        needsComma = false
        body(&self)
        text += close
        needsComma = true
    }

    private mutating func begin(_ key: String?) {
        if needsComma { text += "," }
        needsComma = true
        if let key { text += Self.quoted(key) + ":" }
    }
}
