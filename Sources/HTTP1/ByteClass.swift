// Which grammar rules a byte belongs to, one bit per rule, in static data: 256 bytes, four cache
// lines, no initialiser at run time. RFC 9110 section 5.6.2 (token), RFC 3986 appendix A (the
// rest). A test derives the table again from the grammar, rule by rule.

/// Bits of `ByteClass.of`.
@usableFromInline
enum ByteClass {
    /// tchar
    static var token: UInt8 { 1 }
    /// unreserved / sub-delims: a registered name, percent-encoding apart.
    static var hostName: UInt8 { 2 }
    /// HEXDIG
    static var hex: UInt8 { 4 }
    /// DIGIT
    static var digit: UInt8 { 8 }

    /// The rules that `byte` belongs to.
    @inline(__always)
    static func of(_ byte: UInt8) -> UInt8 { table[Int(byte)] }

    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool { of(byte) & token != 0 }

    /// Space or HTAB.
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// The value of a hex digit, 0...15; meaningless for other bytes.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8 { (byte & 0xF) &+ (byte >> 6) &* 9 }

    // swift-format-ignore
    static let table: InlineArray<256, UInt8> = [
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  3,  0,  1,  3,  1,  3,  3,  2,  2,  3,  3,  2,  3,  3,  0,
        15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  0,  2,  0,  2,  0,  0,
         0,  7,  7,  7,  7,  7,  7,  3,  3,  3,  3,  3,  3,  3,  3,  3,
         3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  0,  0,  0,  1,  3,
         1,  7,  7,  7,  7,  7,  7,  3,  3,  3,  3,  3,  3,  3,  3,  3,
         3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  3,  0,  1,  0,  3,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
         0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
    ]
}
