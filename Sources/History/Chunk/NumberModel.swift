// How numbers without a known bound are said in coded bits: their bit width in unary, the two bits
// below the leading one by odds that belong to the width, the others as they are. A width that
// comes often costs next to nothing. The odds lie in the caller's array, 260 words for each kind of
// number. Used at both ends of a stream; any thread.

enum NumberModel {
    private static let wordsPerWidth = 4
    /// Widths 0...64.
    static let words = 65 * wordsPerWidth

    /// Says `value`, or hears it.
    ///
    /// - Parameter odds: `words` of them, from `base` on.
    @inline(__always)
    static func code<Coder: BitCoder>(
        _ value: UInt64, _ coder: inout Coder, _ odds: inout MutableSpan<UInt32>, at base: Int
    ) -> UInt64 {
        let target = 64 - value.leadingZeroBitCount
        var width = 0
        while width < 64, coder.code(width < target, &odds[base + width * wordsPerWidth]) {
            width += 1
        }
        if width < 2 { return UInt64(width) }
        let place = base + width * wordsPerWidth
        // Shifts of a value that is wider than `width` cannot happen: they are equal in an encoder.
        let upper = coder.code(value >> UInt64(width - 2) & 1 == 1, &odds[place + 1])
        var result: UInt64 = upper ? 3 : 2
        if width == 2 { return result }
        let lower = coder.code(
            value >> UInt64(width - 3) & 1 == 1, &odds[place + (upper ? 3 : 2)])
        result = result << 1 | (lower ? 1 : 0)
        let left = width - 3
        return result << UInt64(left) | coder.raw(value & ((1 << UInt64(left)) - 1), bits: left)
    }
}
