// Response heads and trailer sections. A response is judged as strictly as a request: an upstream
// with two ideas of where its body ends would poison the connection for the next client. RFC 9112
// sections 4, 6.3 and 7.1.2.

extension HeadParser {
    /// Parses the response head at the start of `bytes`; the framing depends on what was asked.
    /// O(bytes); allocates nothing.
    public mutating func parseResponse(
        _ bytes: UnsafeRawBufferPointer, requestMethod: Method
    ) -> ParseResult<ResponseHead> {
        guard let view = unsafe ByteView(bytes) else { return .incomplete }
        reset()
        var head = ResponseHead()
        let fieldsStart: Int
        switch parseStatusLine(view, &head) {
        case .line(let end): fieldsStart = end
        case .incomplete, .endOfHead:
            return view.count >= limits.headBytes ? .refused(.headTooLarge) : .incomplete
        case .refused(let reason): return .refused(reason)
        }
        head.statusLineEnd = UInt32(truncatingIfNeeded: fieldsStart)
        switch parseFields(view, from: fieldsStart) {
        case .end(let end): head.headEnd = UInt32(truncatingIfNeeded: end)
        case .incomplete: return .incomplete
        case .refused(let reason): return .refused(reason)
        }
        if let reason = finishResponse(view, &head, requestMethod) { return .refused(reason) }
        return .complete(head)
    }

    /// `HTTP/1.x SP 3DIGIT [SP reason] CRLF`.
    private func parseStatusLine(_ view: ByteView, _ head: inout ResponseHead) -> LineResult {
        if view.count < 14 {
            for index in 0..<view.count where view[index] == 0x0A || view[index] == 0 {
                return .refused(.statusLineInvalid)
            }
            return .incomplete
        }
        let minor = view[7] &- UInt8(ascii: "0")
        if !view.matches("http/1.", 0, 7) || minor > 1 || view[8] != 0x20 {
            return .refused(.statusLineInvalid)
        }
        head.version = minor == 1 ? .http11 : .http10
        head.statusStart = 9
        for index in 9..<12 {
            let digit = view[index] &- UInt8(ascii: "0")
            if digit > 9 { return .refused(.statusLineInvalid) }
            head.status = head.status &* 10 &+ UInt16(digit)
        }
        if head.status < 100 || head.status > 599 || (view[12] != 0x20 && view[12] != 0x0D) {
            return .refused(.statusLineInvalid)
        }
        var index = 12
        while true {
            index = view.firstControl(from: index)
            if index == view.count { return .incomplete }
            if view[index] == 0x0D { break }
            if view[index] != 0x09 { return .refused(.statusLineInvalid) }
            index &+= 1
        }
        if index &+ 1 == view.count { return .incomplete }
        return view[index &+ 1] == 0x0A ? .line(end: index &+ 2) : .refused(.bareCR)
    }

    private mutating func finishResponse(
        _ view: ByteView, _ head: inout ResponseHead, _ method: Method
    ) -> HeadRefusal? {
        let options: ConnectionOptions
        switch readConnection(view) {
        case .success(let read): options = read
        case .failure(let reason): return reason
        }
        head.keepAlive =
            head.version == .http11 ? !options.close : options.keepAlive && !options.close
        head.upgrade = options.upgrade && find(.upgrade) != nil
        let framing: BodyFraming?
        switch readFraming(view, isHTTP10: head.version == .http10) {
        case .success(let read): framing = read
        case .failure(let reason): return reason
        }
        let hasNoBody = head.status < 200 || head.status == 204
        if hasNoBody || head.status == 304 || method == .head {
            head.framing = .none
            if hasNoBody, let index = find(.contentLength) { drop(index) }
        } else {
            head.framing = framing ?? .untilClose
        }
        dropHopByHop(view)
        return nil
    }

    /// The fields after a last chunk, to the empty line. Fields that say how to read, route or
    /// authenticate a message are not allowed there and are marked dropped (RFC 9110, 6.5.1).
    public mutating func parseTrailers(
        _ bytes: UnsafeRawBufferPointer
    ) -> ParseResult<TrailerSection> {
        guard let view = unsafe ByteView(bytes) else { return .incomplete }
        reset()
        switch parseFields(view, from: 0) {
        case .end(let end):
            for index in 0..<fieldCount where isForbiddenTrailer(view, self[index]) {
                drop(index)
            }
            return .complete(TrailerSection(end: UInt32(truncatingIfNeeded: end)))
        case .incomplete: return .incomplete
        case .refused(let reason): return .refused(reason)
        }
    }

    private func isForbiddenTrailer(_ view: ByteView, _ field: Field) -> Bool {
        if field.known != .other { return true }
        let start = Int(field.lineStart)
        let end = Int(field.nameEnd)
        if end - start > 8 && view.matches("content-", start, start + 8) { return true }
        return view.matches("authorization", start, end) || view.matches("cookie", start, end)
            || view.matches("set-cookie", start, end) || view.matches("location", start, end)
            || view.matches("cache-control", start, end) || view.matches("range", start, end)
            || view.matches("max-forwards", start, end) || view.matches("vary", start, end)
    }
}
