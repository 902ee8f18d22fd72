// The status line and the judgement of a whole response head (RFC 9112 sections 4 and 6.3). As
// strict as for requests: a response that two parsers could frame differently is refused. The one
// leniency: the space before an empty reason phrase may be missing, as many origins leave it out.

extension HeadParser {
    /// Parses a response head at the start of `bytes`; its framing depends on the method that the
    /// request had. The field table describes it until the next parse.
    public mutating func parseResponse(
        _ bytes: UnsafeRawBufferPointer, requestMethod: Method
    ) -> ParseResult<ResponseHead> {
        let cursor = unsafe ByteCursor(bytes, limit: limits.headBytes)
        beginFields()
        var head = ResponseHead()
        let lineEnd: Int
        switch parseStatusLine(cursor, &head) {
        case .complete(let end): lineEnd = end
        case .incomplete: return outOfBytes(bytes.count)
        case .refused(let reason): return .refused(reason)
        }
        head.statusLineEnd = UInt32(truncatingIfNeeded: lineEnd)
        var state = HeadState(kind: .response, version: head.version)
        switch parseFields(cursor, from: lineEnd, &state) {
        case .complete(let end): head.headEnd = UInt32(truncatingIfNeeded: end)
        case .incomplete: return outOfBytes(bytes.count)
        case .refused(let reason): return .refused(reason)
        }
        if let reason = state.framingRefusal { return .refused(reason) }
        if state.hasNominations, let reason = dropNominated(cursor) { return .refused(reason) }
        finish(&head, state, requestMethod)
        return .complete(head)
    }

    @inline(__always)
    private func finish(
        _ head: inout ResponseHead, _ state: HeadState, _ requestMethod: Method
    ) {
        head.keepAlive = state.keepAlive
        head.upgrade =
            head.status == 101 && state.hasUpgrade && state.mayUpgrade && has(.upgrade)
        if head.status < 200 || head.status == 204 {
            // Neither may have a length (RFC 9110 section 8.6); it is not passed on.
            if state.hasLength { dropAll(.contentLength) }
            return
        }
        let isConnected = requestMethod == .connect && head.status < 300
        if requestMethod == .head || head.status == 304 || isConnected { return }
        if state.hasChunked {
            head.framing = .chunked
        } else if state.hasLength {
            head.framing = .length(state.length)
        } else {
            head.framing = .untilClose
            head.keepAlive = false
        }
    }

    /// Complete with the offset after the CRLF.
    @inline(__always)
    private func parseStatusLine(
        _ cursor: ByteCursor, _ head: inout ResponseHead
    ) -> ParseResult<Int> {
        // "HTTP/1.1" as a little-endian word.
        if cursor.word(0) != 0x312E_312F_5054_5448 || cursor[8] != 0x20 {
            switch parseVersion(cursor, 0, lineEnds: false, &head.version) {
            case .complete: break
            case .incomplete: return .incomplete
            case .refused(let reason): return .refused(reason)
            }
        }
        head.statusStart = 9
        var status: UInt16 = 0
        for index in 9..<12 {
            let digit = cursor[index] &- UInt8(ascii: "0")
            if digit > 9 { return Self.stopped(cursor, index, otherwise: .statusLineInvalid) }
            status = status &* 10 &+ UInt16(digit)
        }
        if status < 100 || status > 599 { return .refused(.statusLineInvalid) }
        head.status = status
        if cursor[12] != 0x20 && cursor[12] != 0x0D {
            return Self.stopped(cursor, 12, otherwise: .statusLineInvalid)
        }
        var stop = cursor.controlIndex(from: 12)
        while cursor[stop] == 0x09 { stop = cursor.controlIndex(from: stop &+ 1) }
        if cursor[stop] != 0x0D || cursor[stop &+ 1] != 0x0A {
            return Self.stopped(cursor, stop, otherwise: .statusLineInvalid)
        }
        return .complete(stop &+ 2)
    }
}
