// The request line and the judgement of a whole request head (RFC 9112 sections 3 and 6.3).
// Targets: a byte outside RFC 3986 is refused, but for `[ ] ^ ` { | }`, which browsers send as
// they are and origins take. CONNECT is refused: a reverse proxy opens no tunnels to elsewhere.

extension HeadParser {
    /// Longest method token taken.
    private static var methodBytesMax: Int { 32 }

    /// Parses a request head at the start of `bytes`. Up to two empty lines before it are skipped.
    /// The field table describes it until the next parse; `bytes` are not kept.
    public mutating func parseRequest(
        _ bytes: UnsafeRawBufferPointer
    ) -> ParseResult<RequestHead> {
        let cursor = unsafe ByteCursor(bytes, limit: limits.headBytes)
        beginFields()
        var head = RequestHead()
        let lineEnd: Int
        switch parseRequestLine(cursor, &head) {
        case .complete(let end): lineEnd = end
        case .incomplete: return outOfBytes(bytes.count)
        case .refused(let reason): return .refused(reason)
        }
        var state = HeadState(kind: .request, version: head.version)
        switch parseFields(cursor, from: lineEnd, &state) {
        case .complete(let end): head.headEnd = UInt32(truncatingIfNeeded: end)
        case .incomplete: return outOfBytes(bytes.count)
        case .refused(let reason): return .refused(reason)
        }
        if let reason = finish(&head, state) { return .refused(reason) }
        if state.hasNominations, let reason = dropNominated(cursor) { return .refused(reason) }
        return .complete(head)
    }

    @inline(__always)
    private func finish(_ head: inout RequestHead, _ state: HeadState) -> HeadRefusal? {
        if state.hostField < 0 && state.version == .http11 { return .hostMissing }
        if let reason = state.framingRefusal { return reason }
        if state.hasChunked {
            head.framing = .chunked
        } else if state.hasLength {
            head.framing = .length(state.length)
        }
        let hasBody = state.hasChunked || (state.hasLength && state.length > 0)
        head.hostField = state.hostField
        head.keepAlive = state.keepAlive
        head.acceptsTrailers = state.acceptsTrailers
        head.expectContinue = state.expectsContinue && hasBody && state.version == .http11
        head.upgrade =
            state.hasUpgrade && has(.upgrade) && state.mayUpgrade && !hasBody
            && state.version == .http11
        if head.authorityEnd != 0 && state.hostField >= 0 {
            unsafe fields[Int(state.hostField)].dropped = true
        }
        return nil
    }

    // MARK: Request line

    @inline(__always)
    private func parseRequestLine(
        _ cursor: ByteCursor, _ head: inout RequestHead
    ) -> ParseResult<Int> {
        var position = 0
        var word = cursor.word(0)
        if UInt8(truncatingIfNeeded: word) < 0x20 {
            switch skipEmptyLines(cursor) {
            case .complete(let end): position = end
            case .incomplete: return .incomplete
            case .refused(let reason): return .refused(reason)
            }
            word = cursor.word(position)
        }
        head.methodStart = UInt32(truncatingIfNeeded: position)
        // "GET " as a little-endian word.
        if UInt32(truncatingIfNeeded: word) == 0x2054_4547 {
            position &+= 3
        } else {
            switch parseMethod(cursor, position, &head.method) {
            case .complete(let end): position = end
            case .incomplete: return .incomplete
            case .refused(let reason): return .refused(reason)
            }
        }
        head.methodEnd = UInt32(truncatingIfNeeded: position)
        let start = position &+ 1
        let end = cursor.targetEndIndex(from: start)
        if end &- start > limits.targetBytes { return .refused(.targetTooLong) }
        if cursor[end] != 0x20 || end == start { return targetStopped(cursor, start, end) }
        head.targetStart = UInt32(truncatingIfNeeded: start)
        head.targetEnd = UInt32(truncatingIfNeeded: end)
        head.pathStart = head.targetStart
        if cursor[start] != UInt8(ascii: "/") {
            if let reason = otherForm(cursor, &head) { return .refused(reason) }
        }
        let result: ParseResult<Int>
        // "HTTP/1.1" as a little-endian word.
        if cursor.word(end &+ 1) == 0x312E_312F_5054_5448 && cursor[end &+ 9] == 0x0D
            && cursor[end &+ 10] == 0x0A
        {
            result = .complete(end &+ 11)
        } else {
            result = parseVersion(cursor, end &+ 1, lineEnds: true, &head.version)
        }
        if case .complete(let lineEnd) = result {
            head.requestLineEnd = UInt32(truncatingIfNeeded: lineEnd)
        }
        return result
    }

    /// RFC 9112 section 2.2 asks for one at least; two are skipped, a third is refused.
    @inline(never)
    private func skipEmptyLines(_ cursor: ByteCursor) -> ParseResult<Int> {
        var position = 0
        while position < 4 && cursor[position] == 0x0D {
            if cursor[position &+ 1] != 0x0A {
                return Self.stopped(cursor, position, otherwise: .methodInvalid)
            }
            position &+= 2
        }
        return .complete(position)
    }

    /// Complete with the offset of the space after the method.
    @inline(never)
    private func parseMethod(
        _ cursor: ByteCursor, _ start: Int, _ method: inout Method
    ) -> ParseResult<Int> {
        var end = start
        while ByteClass.isToken(cursor[end]) { end &+= 1 }
        let length = end &- start
        if length > Self.methodBytesMax { return .refused(.methodInvalid) }
        if cursor[end] != 0x20 || length == 0 {
            return Self.stopped(cursor, end, otherwise: .methodInvalid)
        }
        // Little-endian words of the tokens; methods are case-sensitive.
        switch length > 7 ? 0 : cursor.word(start) & ByteCursor.first(length) {
        case 0x5447_4547 & 0xFF_FFFF: method = .get
        case 0x4441_4548: method = .head
        case 0x5453_4F50: method = .post
        case 0x54_5550: method = .put
        case 0x4554_454C_4544: method = .delete
        case 0x53_4E4F_4954_504F: method = .options
        case 0x45_4341_5254: method = .trace
        case 0x48_4354_4150: method = .patch
        case 0x54_4345_4E4E_4F43: return .refused(.connectUnsupported)
        default: method = .other
        }
        return .complete(end)
    }

    /// The target ended without a space after it, or is empty.
    @inline(never)
    private func targetStopped(
        _ cursor: ByteCursor, _ start: Int, _ end: Int
    ) -> ParseResult<Int> {
        switch cursor[end] {
        case UInt8(ascii: "#"): return .refused(.targetFragment)
        case UInt8(ascii: "%"):
            let wrong = cursor.isHex(end &+ 1) ? end &+ 2 : end &+ 1
            return Self.stopped(cursor, wrong, otherwise: .targetInvalid)
        case 0x0D where end > start: return Self.stopped(cursor, end, otherwise: .versionInvalid)
        default: return Self.stopped(cursor, end, otherwise: .targetInvalid)
        }
    }

    /// Asterisk-form or absolute-form (RFC 9112 sections 3.2.2 and 3.2.4).
    @inline(never)
    private func otherForm(_ cursor: ByteCursor, _ head: inout RequestHead) -> HeadRefusal? {
        let start = Int(head.targetStart)
        let end = Int(head.targetEnd)
        if cursor[start] == UInt8(ascii: "*") && end == start + 1 {
            return head.method == .options ? nil : .targetAsterisk
        }
        // "http" and "://", "s://" behind it; letters in either case.
        if FieldNames.difference(cursor.word(start) & 0xFFFF_FFFF, 0x7074_7468) != 0 {
            return .targetInvalid
        }
        let isSecure = cursor[start + 4] | 0x20 == UInt8(ascii: "s")
        let authority = start + (isSecure ? 8 : 7)
        if cursor.word(authority - 3) & 0xFF_FFFF != 0x2F_2F3A { return .targetInvalid }
        var position = authority
        while position < end && cursor[position] != UInt8(ascii: "/")
            && cursor[position] != UInt8(ascii: "?")
        {
            if cursor[position] == UInt8(ascii: "@") { return .targetUserinfo }
            position += 1
        }
        if !Authority.isValid(cursor, authority, position) { return .targetInvalid }
        head.authorityStart = UInt32(authority)
        head.authorityEnd = UInt32(position)
        head.pathStart = UInt32(position)
        return nil
    }
}
