// JSON, streamed: commas and escapes by construction, so a page cannot be malformed by its
// writer. For admin pages and /stats?format=json; values are strings, integers, exact decimals,
// booleans and null. Any thread; owns the output while it writes. It reads no JSON, and it keeps
// no tree: memory is the bytes written. RFC 8259.

/// Writes one JSON text into a `ByteOutput`. Members of objects take a key, elements of arrays
/// and the root take none. Numbers above 2^53 are written exactly; readers may round them.
public struct JSONWriter: ~Copyable {
    private var output: ByteOutput
    /// Something stands before the next member or element on this level.
    private var needsComma = false

    private init() { output = ByteOutput(capacity: 64) }

    /// Runs `body` with a writer that appends to `output`.
    public static func write(
        into output: inout ByteOutput, _ body: (inout JSONWriter) -> Void
    ) {
        var writer = JSONWriter()
        swap(&writer.output, &output)
        body(&writer)
        swap(&writer.output, &output)
    }

    /// `{ ... }`; `key` inside an object only.
    public mutating func object(_ key: String? = nil, _ body: (inout JSONWriter) -> Void) {
        nest(key, open: "{", close: "}", body)
    }

    /// `[ ... ]`; `key` inside an object only.
    public mutating func array(_ key: String? = nil, _ body: (inout JSONWriter) -> Void) {
        nest(key, open: "[", close: "]", body)
    }

    public mutating func string(_ key: String? = nil, _ value: String) {
        begin(key)
        quote(value)
    }

    public mutating func integer(_ key: String? = nil, _ value: some BinaryInteger) {
        begin(key)
        if let small = Int64(exactly: value) {
            output.append(decimal: small)
        } else {
            output.append(String(value))
        }
    }

    /// value / 10^places, exactly; `places` is 0 to 18.
    public mutating func decimal(_ key: String? = nil, _ value: UInt64, places: Int) {
        begin(key)
        output.append(decimal: value, places: places)
    }

    /// The signed form of the above.
    public mutating func decimal(_ key: String? = nil, _ value: Int64, places: Int) {
        begin(key)
        output.append(decimal: value, places: places)
    }

    public mutating func boolean(_ key: String? = nil, _ value: Bool) {
        begin(key)
        output.append(value ? "true" : "false")
    }

    public mutating func null(_ key: String? = nil) {
        begin(key)
        output.append("null")
    }

    private mutating func nest(
        _ key: String?, open: Unicode.Scalar, close: Unicode.Scalar,
        _ body: (inout JSONWriter) -> Void
    ) {
        begin(key)
        output.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        output.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func begin(_ key: String?) {
        if needsComma { output.append(UInt8(ascii: ",")) }
        needsComma = true
        guard let key else { return }
        quote(key)
        output.append(UInt8(ascii: ":"))
    }

    private mutating func quote(_ text: String) {
        output.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): output.append("\\\"")
            case UInt8(ascii: "\\"): output.append("\\\\")
            case UInt8(ascii: "\n"): output.append("\\n")
            case UInt8(ascii: "\r"): output.append("\\r")
            case UInt8(ascii: "\t"): output.append("\\t")
            case 0..<0x20, 0x7f:
                output.append("\\u00")
                output.append(Self.hexDigit(byte >> 4))
                output.append(Self.hexDigit(byte & 15))
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
