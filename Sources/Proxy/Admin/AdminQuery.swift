// The query part of an admin target: name=value pairs, percent-decoded (RFC 3986 2.1). Bounded by
// the head it came in. A bad escape is refused rather than taken literally. Names and values keep
// their order; the last of two equal names wins. Main thread.

/// Why a query could not be read; goes into a 400 body.
struct AdminQueryProblem: Error, Equatable {
    let text: String
}

/// Parameters of an admin page.
struct AdminQuery {
    private(set) var values: [(name: String, value: String)] = []

    var names: [String] { values.map(\.name) }
    var format: String? { self["format"] }

    subscript(name: String) -> String? {
        values.last { $0.name == name }?.value
    }

    static func parse(_ text: String) -> Result<AdminQuery, AdminQueryProblem> {
        var query = AdminQuery()
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(parts[0]), let value = decoded(parts.count > 1 ? parts[1] : "")
            else {
                return .failure(
                    AdminQueryProblem(text: "\"\(pair.prefix(100))\" has a bad % escape"))
            }
            query.values.append((name, value))
        }
        return .success(query)
    }

    /// A flag is set by its name alone or any value but "false" and "0".
    func flag(_ name: String) -> Bool {
        guard let value = self[name] else { return false }
        return value != "false" && value != "0"
    }

    func request(_ page: RenderedPage, _ format: RenderRequest.Format = .text) -> RenderRequest {
        RenderRequest(
            page: page, format: format, filter: self["filter"] ?? "", usedOnly: flag("usedonly"))
    }

    /// A path, in which `+` is a plus; nil when an escape is bad.
    static func decodedPath(_ text: String) -> String? { decoded(text[...], plus: .itself) }

    private enum Plus {
        case space, itself
    }

    private static func decoded(_ text: Substring, plus: Plus = .space) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+") where plus == .space: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexValue),
                    let low = rest.popFirst().flatMap(hexValue)
                else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
