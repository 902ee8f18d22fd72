// Fields that decide something: Host, the framing fields, Connection and the other hop-by-hop
// fields (RFC 9110 section 7.6.1). Called once per such line, when the line is complete.
// Proxy-Authenticate and Proxy-Authorization are end-to-end unless Connection names them.

extension HeadParser {
    /// Acts upon field `index`; a reason when the head must be refused for it.
    @inline(never)
    mutating func act(
        _ cursor: ByteCursor, _ index: Int, _ state: inout HeadState
    ) -> HeadRefusal? {
        if state.kind == .trailers { return nil }
        let field = unsafe fields[index]
        let start = Int(field.valueStart)
        let end = Int(field.valueEnd)
        switch field.known {
        case .host:
            if state.kind == .response { return nil }
            if state.hostField >= 0 { return .hostRepeated }
            if !Authority.isValid(cursor, start, end) { return .hostInvalid }
            state.hostField = Int16(truncatingIfNeeded: index)
            return nil
        case .contentLength: return noteLength(cursor, index, &state)
        case .transferEncoding:
            unsafe fields[index].dropped = true
            return Self.noteCodings(cursor, start, end, &state)
        case .connection:
            unsafe fields[index].dropped = true
            return Self.noteOptions(cursor, start, end, &state)
        case .expect:
            if state.kind == .response { return nil }
            if !cursor.matches("100-continue", start, end) { return .expectationUnsupported }
            state.expectsContinue = true
            // A 1.0 client's 100-continue is ignored (RFC 9110 section 10.1.1).
            if state.version == .http10 { unsafe fields[index].dropped = true }
            return nil
        case .upgrade:
            unsafe fields[index].dropped = true
            // Cleartext HTTP/2 through a tunnel would pass every rule of this proxy by.
            var list = ListCursor(start, end)
            while let item = list.next(cursor) {
                if cursor.matches("h2c", item.start, item.end) { state.mayUpgrade = false }
            }
            return nil
        case .te:
            var list = ListCursor(start, end)
            while let item = list.next(cursor) {
                if cursor.matches("trailers", item.start, item.end) {
                    state.acceptsTrailers = true
                }
            }
            unsafe fields[index].dropped = true
            return nil
        case .keepAlive, .proxyConnection:
            unsafe fields[index].dropped = true
            return nil
        default: preconditionFailure("BUG: a field without an action")
        }
    }

    /// Digits, or a list of one and the same number (RFC 9110 section 8.6). What is sent on is one
    /// number in one line.
    private func noteLength(
        _ cursor: ByteCursor, _ index: Int, _ state: inout HeadState
    ) -> HeadRefusal? {
        let end = Int(unsafe fields[index].valueEnd)
        var position = Int(unsafe fields[index].valueStart)
        let isRepeated = state.hasLength
        var isFirst = true
        while true {
            let start = position
            var value: UInt64 = 0
            while position < end {
                let digit = cursor[position] &- UInt8(ascii: "0")
                if digit > 9 { break }
                value = value &* 10 &+ UInt64(digit)
                position += 1
            }
            // Nineteen digits cannot wrap.
            if position == start || position - start > 19 || value > UInt64(Int64.max) {
                return .contentLengthInvalid
            }
            if state.hasLength && value != state.length { return .contentLengthDiffers }
            state.hasLength = true
            state.length = value
            let numberEnd = position
            while position < end && ByteClass.isBlank(cursor[position]) { position += 1 }
            if position == end { break }
            if cursor[position] != UInt8(ascii: ",") { return .contentLengthInvalid }
            position += 1
            while position < end && ByteClass.isBlank(cursor[position]) { position += 1 }
            if isFirst {
                unsafe fields[index].valueEnd = UInt32(truncatingIfNeeded: numberEnd)
                unsafe fields[index].isClipped = true
            }
            isFirst = false
        }
        if isRepeated { unsafe fields[index].dropped = true }
        return nil
    }

    /// `chunked`, once and last; anything else is noted as unsupported (RFC 9112 section 6.1).
    private static func noteCodings(
        _ cursor: ByteCursor, _ start: Int, _ end: Int, _ state: inout HeadState
    ) -> HeadRefusal? {
        if state.version == .http10 { return .transferEncodingInHTTP10 }
        var list = ListCursor(start, end)
        var isEmpty = true
        while let item = list.next(cursor) {
            isEmpty = false
            // Twice, or something after it: the framing of the message is not what it says.
            if state.hasChunked { return .transferEncodingInvalid }
            if cursor.matches("chunked", item.start, item.end) {
                state.hasChunked = true
            } else if ByteClass.isToken(cursor[item.start]) {
                state.hasOtherCoding = true
            } else {
                return .transferEncodingInvalid
            }
        }
        return isEmpty ? .transferEncodingInvalid : nil
    }
}
