// One pass over a head: the start line, then field lines into a table of offsets, then what framing
// and routing need from it. Strict by RFC 9112: what two parsers could read differently is refused
// (request smuggling lives in such differences). One parser per worker, its table used again for
// each head: nothing is allocated, nothing points into the bytes afterwards.

/// Parses heads and keeps the fields of the last one.
@safe public struct HeadParser: ~Copyable {
    let limits: HeadLimits
    private let table: UnsafeMutablePointer<Field>
    public private(set) var fieldCount = 0
    private var firstOf = InlineArray<17, UInt8>(repeating: Self.absent)
    private static let absent: UInt8 = 255
    /// Options in Connection that name fields: ranges of the bytes.
    var nominated = InlineArray<16, UInt64>(repeating: 0)
    var nominatedCount = 0

    /// `limits.fields` is at most 254.
    public init(limits: HeadLimits) {
        precondition(limits.fields < 255, "BUG: the field index is one byte")
        self.limits = limits
        unsafe table = .allocate(capacity: limits.fields)
        unsafe table.initialize(repeating: Field(), count: limits.fields)
    }

    deinit {
        unsafe table.deallocate()
    }

    /// A field of the last head, in order of arrival.
    @inline(__always) public subscript(index: Int) -> Field {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: fieldCount))
        return unsafe table[index]
    }

    /// Keeps a field from being copied.
    public mutating func drop(_ index: Int) {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: fieldCount))
        unsafe table[index].dropped = true
    }

    /// Index of the first field of this kind, dropped or not. O(1).
    public func find(_ known: KnownField) -> Int? {
        let index = firstOf[Int(known.rawValue)]
        return index == Self.absent ? nil : Int(index)
    }

    mutating func reset() {
        fieldCount = 0
        nominatedCount = 0
        firstOf = InlineArray(repeating: Self.absent)
    }

    enum LineResult {
        case line(end: Int)
        case endOfHead(Int)
        case incomplete
        case refused(HeadRefusal)
    }

    enum FieldsResult {
        case end(Int)
        case incomplete
        case refused(HeadRefusal)
    }

    /// Field lines from `start` to the empty line.
    mutating func parseFields(_ view: ByteView, from start: Int) -> FieldsResult {
        var position = start
        while true {
            switch parseLine(view, at: position) {
            case .line(let end): position = end
            case .endOfHead(let end): return .end(end)
            case .incomplete:
                return view.count >= limits.headBytes ? .refused(.headTooLarge) : .incomplete
            case .refused(let reason): return .refused(reason)
            }
            if position > limits.headBytes { return .refused(.headTooLarge) }
        }
    }

    @inline(__always)
    private mutating func parseLine(_ view: ByteView, at start: Int) -> LineResult {
        var index = start
        while index < view.count && ByteClass.has(view[index], ByteClass.token) { index &+= 1 }
        if index == view.count { return .incomplete }
        if view[index] != UInt8(ascii: ":") || index == start {
            return parseOddLine(view, start, index)
        }
        let nameEnd = index
        index &+= 1
        while index < view.count && Self.isSpace(view[index]) { index &+= 1 }
        let valueStart = index
        while true {
            index = view.firstControl(from: index)
            if index == view.count { return .incomplete }
            let byte = view[index]
            if byte == 0x0D { break }
            if byte != 0x09 { return .refused(Self.control(byte)) }
            index &+= 1
        }
        if index &+ 1 == view.count { return .incomplete }
        if view[index &+ 1] != 0x0A { return .refused(.bareCR) }
        var valueEnd = index
        while valueEnd > valueStart && Self.isSpace(view[valueEnd &- 1]) { valueEnd &-= 1 }
        if fieldCount == limits.fields { return .refused(.tooManyFields) }
        var field = Field()
        field.lineStart = UInt32(truncatingIfNeeded: start)
        field.nameEnd = UInt32(truncatingIfNeeded: nameEnd)
        field.valueStart = UInt32(truncatingIfNeeded: min(valueStart, valueEnd))
        field.valueEnd = UInt32(truncatingIfNeeded: valueEnd)
        field.lineEnd = UInt32(truncatingIfNeeded: index &+ 2)
        field.known = Self.classify(view, start, nameEnd)
        if field.known != .other {
            let slot = Int(field.known.rawValue)
            if firstOf[slot] == Self.absent {
                firstOf[slot] = UInt8(truncatingIfNeeded: fieldCount)
            }
        }
        unsafe table[fieldCount] = field
        fieldCount &+= 1
        return .line(end: index &+ 2)
    }

    /// Not `name:`: the empty line, or the reason why not.
    private func parseOddLine(_ view: ByteView, _ start: Int, _ index: Int) -> LineResult {
        let byte = view[index]
        if index == start {
            if byte == 0x0D {
                if index + 1 == view.count { return .incomplete }
                return view[index + 1] == 0x0A ? .endOfHead(index + 2) : .refused(.bareCR)
            }
            if Self.isSpace(byte) { return .refused(.obsFold) }
        }
        if Self.isSpace(byte) {
            var next = index
            while next < view.count && Self.isSpace(view[next]) { next += 1 }
            if next < view.count && view[next] == UInt8(ascii: ":") {
                return .refused(.spaceBeforeColon)
            }
            return next == view.count ? .incomplete : .refused(.fieldNameInvalid)
        }
        if byte == 0x0D && index + 1 == view.count { return .incomplete }
        if byte == 0x0D && view[index + 1] == 0x0A { return .refused(.fieldNameInvalid) }
        if byte == 0x0D || byte == 0x0A || byte == 0 { return .refused(Self.control(byte)) }
        return .refused(.fieldNameInvalid)
    }

    static func control(_ byte: UInt8) -> HeadRefusal {
        switch byte {
        case 0x0D: .bareCR
        case 0x0A: .bareLF
        case 0: .nul
        default: .fieldValueInvalid
        }
    }

    @inline(__always) static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09
    }

    /// By length, then by comparison: at most three comparisons for a name.
    @inline(__always)
    private static func classify(_ view: ByteView, _ start: Int, _ end: Int) -> KnownField {
        switch end &- start {
        case 2: view.matches("te", start, end) ? .te : .other
        case 3: view.matches("via", start, end) ? .via : .other
        case 4:
            view.matches("host", start, end)
                ? .host : view.matches("date", start, end) ? .date : .other
        case 6:
            view.matches("expect", start, end)
                ? .expect : view.matches("server", start, end) ? .server : .other
        case 7:
            view.matches("upgrade", start, end)
                ? .upgrade : view.matches("trailer", start, end) ? .trailer : .other
        case 10:
            view.matches("connection", start, end)
                ? .connection : view.matches("keep-alive", start, end) ? .keepAlive : .other
        case 12: view.matches("x-request-id", start, end) ? .xRequestId : .other
        case 14: view.matches("content-length", start, end) ? .contentLength : .other
        case 15: view.matches("x-forwarded-for", start, end) ? .xForwardedFor : .other
        case 16: view.matches("proxy-connection", start, end) ? .proxyConnection : .other
        case 17:
            view.matches("transfer-encoding", start, end)
                ? .transferEncoding
                : view.matches("x-forwarded-proto", start, end) ? .xForwardedProto : .other
        default: .other
        }
    }
}
