// Field lines: name, colon, value, CRLF (RFC 9112 section 5). The hot loop of the module. A known
// name is found by hash and needs no validation; any other goes through the byte class table.
// Everything that is wrong is told apart in functions that are never inlined.

extension HeadParser {
    private static var colon: UInt8 { UInt8(ascii: ":") }
    private static var carriageReturn: UInt8 { 0x0D }
    private static var lineFeed: UInt8 { 0x0A }

    /// Parses field lines from `start` through the empty line. Complete with the offset after it.
    mutating func parseFields(
        _ cursor: ByteCursor, from start: Int, _ state: inout HeadState
    ) -> ParseResult<Int> {
        var position = start
        while true {
            let low = cursor.word(position)
            if UInt8(truncatingIfNeeded: low) == Self.carriageReturn {
                return endOfFields(cursor, position)
            }
            let high = cursor.word(position &+ 8)
            let marks = ByteCursor.equals(low, Self.colon)
            let length =
                marks != 0
                ? ByteCursor.position(marks)
                : 8 &+ ByteCursor.position(ByteCursor.equals(high, Self.colon))
            var known = KnownField.other
            if length < 16 {
                let kept = ByteCursor.first(length)
                let keptHigh = length <= 8 ? 0 : ByteCursor.first(length &- 8)
                known = names.find(low & kept, high & keptHigh, length)
            }
            var nameEnd = position &+ length
            if known == .other {
                switch plainName(cursor, position) {
                case .complete(let end):
                    nameEnd = end
                    if length >= 16 { known = names.find(cursor, position, end &- position) }
                case .incomplete: return .incomplete
                case .refused(let reason): return .refused(reason)
                }
            }
            if fieldCount == limits.fields { return .refused(.tooManyFields) }

            var valueStart = nameEnd &+ 1
            if cursor[valueStart] == 0x20 { valueStart &+= 1 }
            while ByteClass.isBlank(cursor[valueStart]) { valueStart &+= 1 }
            var stop = cursor.controlIndex(from: valueStart)
            while cursor[stop] == 0x09 { stop = cursor.controlIndex(from: stop &+ 1) }
            if cursor[stop] != Self.carriageReturn || cursor[stop &+ 1] != Self.lineFeed {
                return Self.stopped(cursor, stop, otherwise: .controlByte)
            }
            var valueEnd = stop
            while valueEnd > valueStart && ByteClass.isBlank(cursor[valueEnd &- 1]) {
                valueEnd &-= 1
            }
            append(
                Field(
                    lineStart: UInt32(truncatingIfNeeded: position),
                    nameEnd: UInt32(truncatingIfNeeded: nameEnd),
                    valueStart: UInt32(truncatingIfNeeded: valueStart),
                    valueEnd: UInt32(truncatingIfNeeded: valueEnd),
                    lineEnd: UInt32(truncatingIfNeeded: stop &+ 2), known: known))
            if known.needsAction, let reason = act(cursor, fieldCount &- 1, &state) {
                return .refused(reason)
            }
            position = stop &+ 2
        }
    }

    @inline(never)
    private func endOfFields(_ cursor: ByteCursor, _ position: Int) -> ParseResult<Int> {
        if cursor[position &+ 1] == Self.lineFeed { return .complete(position &+ 2) }
        return position &+ 1 >= cursor.end ? .incomplete : .refused(.bareCarriageReturn)
    }

    /// Validates a name byte by byte; complete with the colon's offset.
    @inline(never)
    private func plainName(_ cursor: ByteCursor, _ start: Int) -> ParseResult<Int> {
        var position = start
        while ByteClass.isToken(cursor[position]) { position &+= 1 }
        let stop = cursor[position]
        if stop == Self.colon && position > start { return .complete(position) }
        if !ByteClass.isBlank(stop) {
            return Self.stopped(cursor, position, otherwise: .fieldNameInvalid)
        }
        if position == start {
            return .refused(fieldCount == 0 ? .leadingWhitespace : .obsoleteFold)
        }
        while ByteClass.isBlank(cursor[position]) { position &+= 1 }
        if cursor[position] == Self.colon { return .refused(.spaceBeforeColon) }
        return Self.stopped(cursor, position, otherwise: .fieldNameInvalid)
    }

    /// Why a scan stopped at `index`: the end of the bytes, a byte that is never right in a head,
    /// or a visible byte or line end that the rule at hand forbids (`otherwise`).
    @inline(never)
    static func stopped<Value>(
        _ cursor: ByteCursor, _ index: Int, otherwise reason: HeadRefusal
    ) -> ParseResult<Value> {
        if index >= cursor.end { return .incomplete }
        switch cursor[index] {
        case carriageReturn:
            if index &+ 1 >= cursor.end { return .incomplete }
            return .refused(cursor[index &+ 1] == lineFeed ? reason : .bareCarriageReturn)
        case lineFeed: return .refused(.bareLineFeed)
        case 0: return .refused(.nulByte)
        case 0x09: return .refused(reason)
        case 1...0x1F, 0x7F: return .refused(.controlByte)
        default: return .refused(reason)
        }
    }
}
