// A perfect hash of the known field names, made once per parser in memory of its own, so that a
// look-up costs one multiplication and two comparisons, and a hit needs no further validation.
// The names are compared exactly: only letters fold (0x0D | 0x20 is `-`, so folding all bytes
// would let a CR through).

/// Names of up to 32 bytes, found by their first 16 bytes and their length. Immutable.
@safe struct FieldNames: ~Copyable {
    /// Four words a name, NUL-padded, indexed by raw value.
    private let words: UnsafeMutablePointer<UInt64>
    private let lengths: UnsafeMutablePointer<UInt8>
    /// `other` where no name hashes to.
    private let slots: UnsafeMutablePointer<KnownField>

    static let bytesMax = 32
    private static let slotCount = 256
    /// Found by search; `init` stops when a changed list of names needs a new one.
    private static var multiplier: UInt64 { 0x443B_5E95_3324_FF61 }

    init() {
        let count = KnownField.allCases.count
        precondition(count <= 64, "BUG: more known fields than bits in the presence set")
        unsafe words = .allocate(capacity: count * 4)
        unsafe words.initialize(repeating: 0, count: count * 4)
        unsafe lengths = .allocate(capacity: count)
        unsafe lengths.initialize(repeating: 0, count: count)
        unsafe slots = .allocate(capacity: Self.slotCount)
        unsafe slots.initialize(repeating: .other, count: Self.slotCount)
        let text = KnownField.names
        var position = 0
        for known in KnownField.allCases where known != .other {
            var length = 0
            while position < text.utf8CodeUnitCount {
                let byte = unsafe text.utf8Start[position]
                position += 1
                if byte == 0x20 { break }
                precondition(length < Self.bytesMax, "BUG: a known field name above 32 bytes")
                let word = Int(known.rawValue) * 4 + length / 8
                unsafe words[word] |= UInt64(byte) << UInt64(length % 8 * 8)
                length += 1
            }
            precondition(length > 0, "BUG: fewer names than known fields")
            unsafe lengths[Int(known.rawValue)] = UInt8(length)
            let first = Int(known.rawValue) * 4
            let slot = Self.slot(
                unsafe words[first], unsafe words[first + 1], length)
            precondition(unsafe slots[slot] == .other, "BUG: known field names collide")
            unsafe slots[slot] = known
        }
        precondition(position == text.utf8CodeUnitCount, "BUG: more names than known fields")
    }

    deinit {
        unsafe words.deallocate()
        unsafe lengths.deallocate()
        unsafe slots.deallocate()
    }

    /// A name of `length` (0...16) bytes, NUL-padded to two words.
    @inline(__always)
    func find(_ low: UInt64, _ high: UInt64, _ length: Int) -> KnownField {
        let known = unsafe slots[Self.slot(low, high, length)]
        let row = unsafe words.advanced(by: Int(known.rawValue) &* 4)
        let difference = unsafe Self.difference(low, row[0]) | Self.difference(high, row[1])
        let isSame = unsafe difference == 0 && Int(lengths[Int(known.rawValue)]) == length
        return isSame ? known : .other
    }

    /// A name of `length` (0...32) bytes at `start`.
    func find(_ cursor: ByteCursor, _ start: Int, _ length: Int) -> KnownField {
        let low = cursor.word(start) & ByteCursor.first(length)
        let high = cursor.word(start &+ 8) & ByteCursor.first(max(0, length &- 8))
        if length <= 16 { return find(low, high, length) }
        if length > Self.bytesMax { return .other }
        let known = unsafe slots[Self.slot(low, high, length)]
        if unsafe Int(lengths[Int(known.rawValue)]) != length { return .other }
        let row = unsafe words.advanced(by: Int(known.rawValue) &* 4)
        let third = cursor.word(start &+ 16) & ByteCursor.first(length &- 16)
        let fourth = cursor.word(start &+ 24) & ByteCursor.first(max(0, length &- 24))
        let difference =
            unsafe Self.difference(low, row[0]) | Self.difference(high, row[1])
            | Self.difference(third, row[2]) | Self.difference(fourth, row[3])
        return difference == 0 ? known : .other
    }

    /// Zero when `word` is `name` but for the case of letters: only those have 0x40 set.
    @inline(__always)
    static func difference(_ word: UInt64, _ name: UInt64) -> UInt64 {
        (word | (name & ByteCursor.repeated(0x40)) >> 1) ^ name
    }

    @inline(__always)
    private static func slot(_ low: UInt64, _ high: UInt64, _ length: Int) -> Int {
        let fold = ByteCursor.repeated(0x20)
        let folded = high | fold
        let mixed = (low | fold) ^ (folded << 23 | folded >> 41)
        let hash = (mixed &+ UInt64(truncatingIfNeeded: length)) &* multiplier
        return Int(truncatingIfNeeded: hash >> 56)
    }
}
