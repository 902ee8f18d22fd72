// Label names in a path: those that are not plain are written `U__` and hexadecimal code points
// between underscores, `_` itself twice. What is not well formed stands for itself. Pure; any
// thread.
// Source: https://prometheus.io/docs/prometheus/latest/querying/api/#querying-label-values

enum LabelNameEscape {
    /// `U__http_2e_status` is `http.status`.
    static func decoded(_ name: String) -> String {
        guard name.hasPrefix("U__") else { return name }
        var rest = Array(name.utf8.dropFirst(3))[...]
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "_") else {
                bytes.append(byte)
                continue
            }
            if rest.first == UInt8(ascii: "_") {
                rest.removeFirst()
                bytes.append(UInt8(ascii: "_"))
                continue
            }
            guard let end = rest.firstIndex(of: UInt8(ascii: "_")),
                let scalar = codePoint(rest[..<end])
            else { return name }
            bytes += String(scalar).utf8
            rest = rest[(end + 1)...]
        }
        return String(validating: bytes, as: UTF8.self) ?? name
    }

    private static func codePoint(_ digits: ArraySlice<UInt8>) -> Unicode.Scalar? {
        guard (1...6).contains(digits.count), digits.first != UInt8(ascii: "+"),
            digits.first != UInt8(ascii: "-")
        else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16).flatMap(
            Unicode.Scalar.init)
    }
}
