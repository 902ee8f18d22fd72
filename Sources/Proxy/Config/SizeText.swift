// Sizes as people write them: "512", "64KiB", "10MB". Powers of 1024 have an i, powers of 1000 do
// not, as IEC 80000-13 says; a bare number is bytes. Exact integer arithmetic. Units are told apart
// by case, but kB and KB are the same. Any thread.

/// Text to bytes and back.
enum SizeText {
    private static let units: [(name: String, bytes: UInt64)] = [
        ("", 1), ("B", 1), ("kB", 1_000), ("KB", 1_000), ("KiB", 1 << 10),
        ("MB", 1_000_000), ("MiB", 1 << 20), ("GB", 1_000_000_000), ("GiB", 1 << 30),
    ]

    /// Bytes, or nil when the text is not a number with one of the units, or too large.
    static func bytes(_ text: String) -> UInt64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let name = text.dropFirst(number.count)
        guard let unit = units.first(where: { $0.name == name }) else { return nil }
        return DecimalText.scaled(number, by: unit.bytes)
    }

    /// For people, three significant digits at least: 1536 is "1.5 KiB".
    static func text(_ bytes: UInt64) -> String {
        let names = ["B", "KiB", "MiB", "GiB", "TiB"]
        var value = bytes
        var tenths: UInt64 = 0
        var step = 0
        while value >= 1024 && step < names.count - 1 {
            tenths = value % 1024 * 10 / 1024
            value /= 1024
            step += 1
        }
        return tenths > 0 && value < 100
            ? "\(value).\(tenths) \(names[step])" : "\(value) \(names[step])"
    }
}
