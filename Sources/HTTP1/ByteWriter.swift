// A cursor over memory that the caller lends: heads and chunk framing are written through it. It
// owns nothing and allocates nothing. When the room ends it remembers that and writes no more, so
// that a caller checks once, at the end, instead of before each append.

/// Appends bytes to lent memory. The memory must outlive the writer.
@safe public struct ByteWriter {
    @usableFromInline let base: UnsafeMutableRawPointer?
    @usableFromInline let capacity: Int
    /// Bytes written so far.
    @inlinable public var count: Int { written }
    /// Something did not fit. What was written before it is intact; nothing is written after it.
    @inlinable public var overflowed: Bool { isFull }

    @usableFromInline var written: Int
    @usableFromInline var isFull: Bool

    /// Borrows `memory`, which must stay valid for as long as the writer is used.
    @inlinable
    public init(_ memory: UnsafeMutableRawBufferPointer) {
        unsafe base = memory.baseAddress
        capacity = memory.count
        written = 0
        isFull = false
    }

    /// Bytes that still fit.
    @inlinable public var remaining: Int { capacity &- written }

    /// Where the next `bytes` bytes go, or nil (and `overflowed`) when they do not fit.
    @inlinable @inline(__always)
    mutating func reserve(_ bytes: Int) -> UnsafeMutableRawPointer? {
        if isFull || bytes > capacity &- written {
            isFull = true
            return nil
        }
        let place = unsafe base?.advanced(by: written)
        written &+= bytes
        return unsafe place
    }

    @inlinable
    public mutating func append(_ byte: UInt8) {
        guard let place = unsafe reserve(1) else { return }
        unsafe place.storeBytes(of: byte, as: UInt8.self)
    }

    /// ASCII literals.
    @inlinable
    public mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inlinable
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        guard let place = unsafe reserve(bytes.count) else { return }
        unsafe place.copyMemory(from: source, byteCount: bytes.count)
    }

    /// The first `count` (0...8) bytes of `word`, lowest byte first.
    @inlinable @inline(__always)
    public mutating func append(word: UInt64, count: Int) {
        precondition(count >= 0 && count <= 8, "BUG: a word has eight bytes")
        // With room for all eight one store does; what is beyond `count` is overwritten next.
        let isRoomy = capacity &- written >= 8
        guard let place = unsafe reserve(count) else { return }
        let bytes = word.littleEndian
        if isRoomy {
            unsafe place.storeBytes(of: bytes, as: UInt64.self)
            return
        }
        for index in 0..<count {
            let byte = UInt8(truncatingIfNeeded: bytes >> UInt64(index &* 8))
            unsafe place.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
    }

    /// Eight lower-case hex digits of `value`, the highest first, as the bytes of a word.
    @inlinable @inline(__always)
    public static func hexDigits(_ value: UInt32) -> UInt64 {
        var spread = UInt64(value)
        spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
        spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
        spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
        // 1 in each byte above nine; `a` follows `9` after a gap of 39.
        let letters = ((spread &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (spread &+ 0x3030_3030_3030_3030 &+ letters &* 39).byteSwapped
    }

    /// Decimal digits without leading zeros.
    public mutating func appendDecimal(_ value: UInt64) {
        var digits = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        guard let place = unsafe reserve(digits) else { return }
        rest = value
        for position in stride(from: digits - 1, through: 0, by: -1) {
            let digit = UInt8(truncatingIfNeeded: rest % 10) &+ UInt8(ascii: "0")
            unsafe place.storeBytes(of: digit, toByteOffset: position, as: UInt8.self)
            rest /= 10
        }
    }

    /// Lower-case hex digits without leading zeros.
    public mutating func appendHex(_ value: UInt64) {
        let digits = value == 0 ? 1 : (67 - value.leadingZeroBitCount) / 4
        guard let place = unsafe reserve(digits) else { return }
        var rest = value
        for position in stride(from: digits - 1, through: 0, by: -1) {
            let nibble = UInt8(truncatingIfNeeded: rest) & 0xF
            let digit = nibble < 10 ? nibble &+ UInt8(ascii: "0") : nibble &+ 0x57
            unsafe place.storeBytes(of: digit, toByteOffset: position, as: UInt8.self)
            rest >>= 4
        }
    }
}
