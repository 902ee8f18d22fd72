// Reads columns back. The bytes come from a disk and may hold anything: each count is bounded by
// what the caller expects, every read by the bytes that are left, and a fault is `false`. A column
// has no length of its own; the life that owns it knows how many values there are. Any thread.

struct ColumnDecoder {
    private let bytes: [UInt8]
    private(set) var offset: Int

    init(_ bytes: [UInt8], from offset: Int) {
        self.bytes = bytes
        self.offset = min(offset, bytes.count)
    }

    mutating func varint() -> UInt64? {
        let bytes = bytes
        return Self.varint(bytes.span, &offset)
    }

    mutating func count(atMost limit: Int) -> Int? {
        guard let value = varint(), value <= UInt64(limit) else { return nil }
        return Int(value)
    }

    /// The next `count` bytes; nil when there are not as many.
    mutating func bytes(_ count: Int) -> [UInt8]? {
        guard count <= bytes.count - offset else { return nil }
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    /// All that follows, bit by bit; `skip` goes on after what was taken.
    func bits() -> BitReader { BitReader(bytes, offset..<bytes.count) }

    mutating func skip(_ bits: BitReader) { offset = bits.offset }

    /// Appends the next column of exactly `count` values (at least 1); false when it is malformed.
    mutating func column(_ count: Int, into values: inout [UInt64]) -> Bool {
        guard count > 0, offset < bytes.count else { return false }
        let bytes = bytes
        let span = bytes.span
        let tag = span[offset]
        offset += 1
        if tag == ColumnTag.decimal { return decimal(count, into: &values) }
        if tag == ColumnTag.floatBits { return floats(span, count, &values) }
        if tag >= ColumnTag.tokens, tag < ColumnTag.tokens + UInt8(TokenOrder.allCases.count) {
            guard let order = TokenOrder(rawValue: tag - ColumnTag.tokens) else { return false }
            return tokens(order, count, &values)
        }
        guard let word = Self.varint(span, &offset) else { return false }
        let first = UInt64(bitPattern: ZigZag.decode(word))
        values.reserveCapacity(values.count + count)
        values.append(first)
        switch tag {
        case ColumnTag.constant:
            if count > 1 { values.append(contentsOf: repeatElement(first, count: count - 1)) }
            return true
        case ColumnTag.constantDelta:
            guard let word = Self.varint(span, &offset) else { return false }
            let delta = UInt64(bitPattern: ZigZag.decode(word))
            var value = first
            for _ in 1..<max(1, count) {
                value &+= delta
                values.append(value)
            }
            return true
        case ColumnTag.growth: return growth(span, first, count - 1, &values)
        case ColumnTag.deltas: return signed(span, first, count - 1, &values)
        case ColumnTag.deltasOfDeltas: return second(span, first, count - 2, &values)
        case ColumnTag.packed: return packed(span, first, count - 1, &values)
        default: return false
        }
    }

    private mutating func growth(
        _ span: Span<UInt8>, _ first: UInt64, _ count: Int, _ values: inout [UInt64]
    ) -> Bool {
        var value = first
        var left = count
        var place = offset
        defer { offset = place }
        while left > 0 {
            guard let word = Self.varint(span, &place) else { return false }
            if word == 0 {
                guard let run = Self.run(span, &place, left) else { return false }
                for _ in 0..<run { values.append(value) }
                left -= run
            } else {
                value &+= word
                values.append(value)
                left -= 1
            }
        }
        return true
    }

    private mutating func signed(
        _ span: Span<UInt8>, _ first: UInt64, _ count: Int, _ values: inout [UInt64]
    ) -> Bool {
        var value = first
        var left = count
        var place = offset
        defer { offset = place }
        while left > 0 {
            guard let word = Self.varint(span, &place) else { return false }
            if word == 0 {
                guard let run = Self.run(span, &place, left) else { return false }
                for _ in 0..<run { values.append(value) }
                left -= run
            } else {
                value &+= UInt64(bitPattern: ZigZag.decode(word))
                values.append(value)
                left -= 1
            }
        }
        return true
    }

    private mutating func second(
        _ span: Span<UInt8>, _ first: UInt64, _ count: Int, _ values: inout [UInt64]
    ) -> Bool {
        guard count >= 0, let word = Self.varint(span, &offset) else { return false }
        var delta = UInt64(bitPattern: ZigZag.decode(word))
        var value = first &+ delta
        values.append(value)
        var left = count
        var place = offset
        defer { offset = place }
        while left > 0 {
            guard let word = Self.varint(span, &place) else { return false }
            var run = 1
            if word == 0 {
                guard let zeros = Self.run(span, &place, left) else { return false }
                run = zeros
            } else {
                delta &+= UInt64(bitPattern: ZigZag.decode(word))
            }
            for _ in 0..<run {
                value &+= delta
                values.append(value)
            }
            left -= run
        }
        return true
    }

    private mutating func packed(
        _ span: Span<UInt8>, _ first: UInt64, _ count: Int, _ values: inout [UInt64]
    ) -> Bool {
        guard let word = Self.varint(span, &offset), offset < span.count else { return false }
        let least = UInt64(bitPattern: ZigZag.decode(word))
        let width = Int(span[offset])
        offset += 1
        guard width <= 64, count * width <= (span.count - offset) * 8 else { return false }
        var value = first
        var bit = 0
        for _ in 0..<count {
            var word: UInt64 = 0
            var got = 0
            while got < width {
                let byte = UInt64(span[offset + bit / 8]) >> UInt64(bit % 8)
                let taken = min(8 - bit % 8, width - got)
                word |= (byte & ((1 << UInt64(taken)) - 1)) << UInt64(got)
                got += taken
                bit += taken
            }
            value &+= least &+ word
            values.append(value)
        }
        offset += (count * width + 7) / 8
        return true
    }

    private mutating func tokens(
        _ order: TokenOrder, _ count: Int, _ values: inout [UInt64]
    ) -> Bool {
        guard let word = varint() else { return false }
        var value = UInt64(bitPattern: ZigZag.decode(word))
        var delta: UInt64 = 0
        if order == .bending {
            guard count > 1, let word = varint() else { return false }
            delta = UInt64(bitPattern: ZigZag.decode(word))
        }
        guard let unit = varint() else { return false }
        values.reserveCapacity(values.count + count)
        if order != .level { values.append(value) }
        switch order {
        case .level:
            return TokenCoder.read(&self, count) { values.append(value &+ $0 &* unit) }
        case .growing:
            return TokenCoder.read(&self, count - 1) {
                value &+= $0 &* unit
                values.append(value)
            }
        case .signed:
            return TokenCoder.read(&self, count - 1) {
                value &+= UInt64(bitPattern: ZigZag.decode($0)) &* unit
                values.append(value)
            }
        case .bending:
            value &+= delta
            values.append(value)
            return TokenCoder.read(&self, count - 2) {
                delta &+= UInt64(bitPattern: ZigZag.decode($0)) &* unit
                value &+= delta
                values.append(value)
            }
        }
    }

    private mutating func decimal(_ count: Int, into values: inout [UInt64]) -> Bool {
        guard offset < bytes.count, bytes[offset] <= 9 else { return false }
        var power = 1.0
        for _ in 0..<bytes[offset] { power *= 10 }
        offset += 1
        // Decimal inside decimal would recurse as deep as the bytes say.
        guard offset < bytes.count, bytes[offset] != ColumnTag.decimal else { return false }
        let start = values.count
        guard column(count, into: &values) else { return false }
        for index in start..<values.count {
            values[index] = (Double(Int64(bitPattern: values[index])) / power).bitPattern
        }
        return true
    }

    private mutating func floats(
        _ span: Span<UInt8>, _ count: Int, _ values: inout [UInt64]
    ) -> Bool {
        guard span.count - offset >= 8 else { return false }
        var value: UInt64 = 0
        for index in 0..<8 { value |= UInt64(span[offset + index]) << UInt64(8 * index) }
        offset += 8
        values.append(value)
        var left = count - 1
        while left > 0 {
            guard offset < span.count else { return false }
            let control = Int(span[offset])
            offset += 1
            if control == 0 {
                guard let run = Self.run(span, &offset, left) else { return false }
                for _ in 0..<run { values.append(value) }
                left -= run
                continue
            }
            let (leading, trailing) = ((control - 1) / 8, (control - 1) % 8)
            let length = 8 - leading - trailing
            guard leading < 8, length > 0, span.count - offset >= length else { return false }
            var change: UInt64 = 0
            for index in 0..<length { change |= UInt64(span[offset + index]) << UInt64(8 * index) }
            offset += length
            value ^= change << UInt64(8 * trailing)
            values.append(value)
            left -= 1
        }
        return true
    }

    /// The length of a run of zeros, whose 0 was read already.
    private static func run(_ span: Span<UInt8>, _ place: inout Int, _ limit: Int) -> Int? {
        guard let word = varint(span, &place), word < UInt64(limit) else { return nil }
        return Int(word) + 1
    }

    @inline(__always)
    private static func varint(_ span: Span<UInt8>, _ place: inout Int) -> UInt64? {
        guard place < span.count else { return nil }
        let byte = span[place]
        place += 1
        if byte < 0x80 { return UInt64(byte) }
        return longVarint(span, &place, UInt64(byte & 0x7f))
    }

    private static func longVarint(
        _ span: Span<UInt8>, _ place: inout Int, _ low: UInt64
    ) -> UInt64? {
        var value = low
        var shift: UInt64 = 7
        while place < span.count, shift <= 63 {
            let byte = span[place]
            place += 1
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }
}
