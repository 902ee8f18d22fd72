// The head parser: one pass over the bytes, offsets into a table of its own, no allocation per
// parse. Strict (RFC 9110, RFC 9112): what two parsers could understand differently is refused.
// Owned by one worker and used again for each head; the table is valid until the next parse.
// Parsing a prefix of a head says `incomplete` or refuses for the same reason as the whole head.

/// Parses request heads, response heads and trailer sections.
@safe public struct HeadParser: ~Copyable {
    @usableFromInline let fields: UnsafeMutablePointer<Field>
    /// First field index by raw value of `KnownField`; meaningful where `present` has the bit.
    @usableFromInline let firstIndex: UnsafeMutablePointer<UInt16>
    @usableFromInline var present: UInt64 = 0
    /// Field lines of the last head parsed, dropped ones included.
    public internal(set) var fieldCount = 0
    let limits: HeadLimits
    let names = FieldNames()

    /// Allocates the field table, 24 bytes a field.
    public init(limits: HeadLimits = HeadLimits()) {
        precondition(limits.fields > 0 && limits.fields <= 32_767, "BUG: field limit")
        precondition(limits.headBytes > 0 && limits.headBytes < 1 << 31, "BUG: head limit")
        self.limits = limits
        // One block on lines of its own: every parse writes it, and its heap neighbour may be
        // another thread's.
        let indexBytes = 64 * MemoryLayout<UInt16>.stride
        let fieldBytes = limits.fields * MemoryLayout<Field>.stride
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: indexBytes + (fieldBytes + 127) / 128 * 128, alignment: 128)
        unsafe firstIndex = memory.bindMemory(to: UInt16.self, capacity: 64)
        unsafe fields = (memory + indexBytes).bindMemory(to: Field.self, capacity: limits.fields)
        unsafe firstIndex.initialize(repeating: 0, count: 64)
    }

    deinit {
        unsafe UnsafeMutableRawPointer(firstIndex).deallocate()
    }

    /// The field line `index` (0..<fieldCount), in the order of the head.
    @inlinable
    public subscript(index: Int) -> Field {
        precondition(index >= 0 && index < fieldCount, "BUG: field index")
        return unsafe fields[index]
    }

    /// Keeps the field line `index` from being forwarded.
    @inlinable
    public mutating func drop(_ index: Int) {
        precondition(index >= 0 && index < fieldCount, "BUG: field index")
        unsafe fields[index].dropped = true
    }

    /// Index of the first line with this name, dropped or not; `other` is never found.
    @inlinable
    public func find(_ known: KnownField) -> Int? {
        if known == .other || present & (1 &<< UInt64(known.rawValue)) == 0 { return nil }
        return unsafe Int(firstIndex[Int(known.rawValue)])
    }

    /// Parses the trailer section after a last chunk: field lines and an empty line. Fields that
    /// may not be sent there (RFC 9110 section 6.5.1) are marked dropped.
    public mutating func parseTrailers(
        _ bytes: UnsafeRawBufferPointer
    ) -> ParseResult<TrailerSection> {
        let cursor = unsafe ByteCursor(bytes, limit: limits.headBytes)
        var state = HeadState(kind: .trailers, version: .http11)
        beginFields()
        switch parseFields(cursor, from: 0, &state) {
        case .refused(let reason): return .refused(reason)
        case .incomplete: return outOfBytes(bytes.count)
        case .complete(let end):
            for index in 0..<fieldCount where unsafe fields[index].known.isForbiddenInTrailers {
                unsafe fields[index].dropped = true
            }
            return .complete(TrailerSection(end: UInt32(truncatingIfNeeded: end)))
        }
    }

    // MARK: For the other files of the parser

    @inline(__always)
    mutating func beginFields() {
        fieldCount = 0
        present = 0
    }

    /// The bytes ended before the head did: wait, unless the limit cut them.
    func outOfBytes<Head>(_ count: Int) -> ParseResult<Head> {
        count > limits.headBytes ? .refused(.headTooLarge) : .incomplete
    }

    @inline(__always)
    mutating func append(_ field: Field) {
        let known = field.known
        let bit: UInt64 = 1 &<< UInt64(known.rawValue)
        if present & bit == 0 {
            unsafe firstIndex[Int(known.rawValue)] = UInt16(truncatingIfNeeded: fieldCount)
            present |= bit
        }
        unsafe fields[fieldCount] = field
        fieldCount &+= 1
    }

    @inline(__always)
    func has(_ known: KnownField) -> Bool { present & (1 &<< UInt64(known.rawValue)) != 0 }

    func dropAll(_ known: KnownField) {
        for index in 0..<fieldCount where unsafe fields[index].known == known {
            unsafe fields[index].dropped = true
        }
    }
}
