// The one place of this module that reads raw memory. Every read is total: past the end it yields
// NUL, which no grammar rule accepts, so each scan stops there by itself and only then asks
// whether it met the end or a real NUL. Scans take 8 bytes a step in a general register: SIMD
// comparisons of bytes become scalar loops in Swift 6.3.1, and fields are short anyway.
// A set high bit marks a match; false marks can only lie above the first true one (a borrow runs
// upwards), and only the lowest is ever used.

/// A view of the caller's bytes, valid during one call of the parser.
@safe @usableFromInline
struct ByteCursor {
    let base: UnsafeRawPointer
    /// Bytes that may be looked at.
    let end: Int

    /// `limit` bytes of `bytes` at most.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, limit: Int) {
        let count = bytes.count
        // An empty buffer has no address; it is never read since `end` is 0.
        unsafe base =
            UnsafeRawPointer(bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped)
        end = min(count, limit)
    }

    /// The byte at `index` (>= 0), NUL past the end.
    @inline(__always)
    subscript(index: Int) -> UInt8 {
        index < end ? unsafe base.load(fromByteOffset: index, as: UInt8.self) : 0
    }

    /// Eight bytes from `index` (>= 0), the first in the lowest byte, NUL past the end.
    @inline(__always)
    func word(_ index: Int) -> UInt64 {
        if index &+ 8 <= end {
            return UInt64(
                littleEndian: unsafe base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
        }
        return lastWord(index)
    }

    @inline(never)
    private func lastWord(_ index: Int) -> UInt64 {
        if end >= 8 {
            let missing = index &+ 8 &- end
            if missing >= 8 { return 0 }
            let last = UInt64(
                littleEndian: unsafe base.loadUnaligned(fromByteOffset: end &- 8, as: UInt64.self))
            return last >> UInt64(missing &* 8)
        }
        var word: UInt64 = 0
        var position = end
        while position > index {
            position &-= 1
            word = word << 8 | UInt64(self[position])
        }
        return word
    }

    /// First index from `start` whose byte is a control (HTAB too) or DEL; `end` if none.
    @inline(__always)
    func controlIndex(from start: Int) -> Int {
        var index = start
        while true {
            let first = Self.controls(word(index))
            if first != 0 { return index &+ Self.position(first) }
            let second = Self.controls(word(index &+ 8))
            if second != 0 { return index &+ 8 &+ Self.position(second) }
            index &+= 16
        }
    }

    /// First index from `start` whose byte cannot be in a request target, or of a `%` that is not
    /// followed by two hex digits (RFC 3986 section 2.1); `end` if none.
    @inline(__always)
    func targetEndIndex(from start: Int) -> Int {
        var stop = targetStopIndex(from: start)
        while self[stop] == UInt8(ascii: "%") && isHex(stop &+ 1) && isHex(stop &+ 2) {
            stop = targetStopIndex(from: stop &+ 3)
        }
        return stop
    }

    @inline(__always)
    func isHex(_ index: Int) -> Bool { ByteClass.of(self[index]) & ByteClass.hex != 0 }

    /// First index from `start` whose byte is a target stop; `end` if none.
    @inline(__always)
    func targetStopIndex(from start: Int) -> Int {
        var index = start
        while true {
            let marks = Self.targetStops(word(index))
            if marks != 0 { return index &+ Self.position(marks) }
            index &+= 8
        }
    }

    // MARK: Eight bytes at once

    @inline(__always)
    static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

    static var highBits: UInt64 { @inline(__always) get { 0x8080_8080_8080_8080 } }

    @inline(__always)
    static func equals(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ repeated(byte)
        return (difference &- repeated(1)) & ~difference & highBits
    }

    /// Bytes below `bound` (<= 0x80).
    @inline(__always)
    static func below(_ word: UInt64, _ bound: UInt8) -> UInt64 {
        (word &- repeated(bound)) & ~word & highBits
    }

    @inline(__always)
    static func controls(_ word: UInt64) -> UInt64 { below(word, 0x20) | equals(word, 0x7F) }

    /// Space, controls, DEL, bytes above 0x7F, `" # < > \`, and `%`, whose digits are then checked.
    @inline(__always)
    static func targetStops(_ word: UInt64) -> UInt64 {
        let outside = below(word, 0x21) | equals(word, 0x7F) | (word & highBits)
        // 0x22 and 0x23 differ in their lowest bit, 0x3C and 0x3E in the next one.
        let quoteOrHash = equals(word & repeated(0xFE), 0x22)
        let angle = equals(word & repeated(0xFD), 0x3C)
        return outside | quoteOrHash | angle | equals(word, 0x5C) | equals(word, 0x25)
    }

    /// Which byte the lowest mark is in; 8 for no mark.
    @inline(__always)
    static func position(_ marks: UInt64) -> Int { marks.trailingZeroBitCount >> 3 }

    /// Mask of the first `count` bytes; all from 8 on.
    @inline(__always)
    static func first(_ count: Int) -> UInt64 {
        count >= 8 ? ~0 : (1 &<< UInt64(truncatingIfNeeded: count &* 8)) &- 1
    }
}
