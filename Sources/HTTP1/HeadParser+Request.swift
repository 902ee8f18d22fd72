// Request heads: the request line (RFC 9112 section 3), Host (section 3.2), and what the fields say
// about the body and the connection. Target bytes outside RFC 3986 that browsers nevertheless send
// (`|`, `^`, braces, back-quote) pass; `#`, quotes, `<`, `>`, backslash and non-ASCII do not.

extension HeadParser {
    /// Parses the request head at the start of `bytes`. Up to two empty lines before it are
    /// skipped (RFC 9112 section 2.2). O(bytes); allocates nothing.
    public mutating func parseRequest(
        _ bytes: UnsafeRawBufferPointer
    ) -> ParseResult<RequestHead> {
        guard let view = unsafe ByteView(bytes) else { return .incomplete }
        reset()
        var start = 0
        while start < 4 && start &+ 1 < view.count && view[start] == 0x0D
            && view[start &+ 1] == 0x0A
        {
            start &+= 2
        }
        var head = RequestHead()
        let fieldsStart: Int
        switch parseRequestLine(view, from: start, &head) {
        case .line(let end): fieldsStart = end
        case .incomplete, .endOfHead:
            return view.count >= limits.headBytes ? .refused(.headTooLarge) : .incomplete
        case .refused(let reason): return .refused(reason)
        }
        switch parseFields(view, from: fieldsStart) {
        case .end(let end): head.headEnd = UInt32(truncatingIfNeeded: end)
        case .incomplete: return .incomplete
        case .refused(let reason): return .refused(reason)
        }
        if head.headEnd > UInt32(limits.headBytes) { return .refused(.headTooLarge) }
        if let reason = finishRequest(view, &head) { return .refused(reason) }
        return .complete(head)
    }

    private func parseRequestLine(
        _ view: ByteView, from start: Int, _ head: inout RequestHead
    ) -> LineResult {
        var index = start
        while index < view.count && ByteClass.has(view[index], ByteClass.token) { index &+= 1 }
        if index == view.count { return .incomplete }
        if index == start || view[index] != 0x20 {
            return .refused(startLineRefusal(view[index], .methodInvalid))
        }
        head.methodStart = UInt32(truncatingIfNeeded: start)
        head.methodEnd = UInt32(truncatingIfNeeded: index)
        head.method = Self.method(view, start, index)
        index &+= 1
        let targetStart = index
        while index < view.count && ByteClass.has(view[index], ByteClass.target) { index &+= 1 }
        if index &- targetStart > limits.targetBytes { return .refused(.targetTooLong) }
        if index == view.count { return .incomplete }
        if view[index] == 0x0D && index &+ 1 == view.count { return .incomplete }
        if view[index] != 0x20 || index == targetStart {
            return .refused(startLineRefusal(view[index], .targetInvalid))
        }
        head.targetStart = UInt32(truncatingIfNeeded: targetStart)
        head.targetEnd = UInt32(truncatingIfNeeded: index)
        return parseVersion(view, from: index &+ 1, &head)
    }

    private func startLineRefusal(_ byte: UInt8, _ other: HeadRefusal) -> HeadRefusal {
        switch byte {
        case 0x0D: .requestLineInvalid
        case 0x0A: .bareLF
        case 0: .nul
        default: other
        }
    }

    /// `HTTP/1.1` or `HTTP/1.0`, then CRLF.
    private func parseVersion(
        _ view: ByteView, from start: Int, _ head: inout RequestHead
    ) -> LineResult {
        let end = start &+ 8
        if end &+ 2 > view.count {
            // Look at what is there, so that nonsense does not wait for its time-out.
            for index in start..<view.count where view[index] == 0x0A || view[index] == 0 {
                return .refused(startLineRefusal(view[index], .versionInvalid))
            }
            return .incomplete
        }
        let isHTTP =
            view[start] == UInt8(ascii: "H") && view[start &+ 1] == UInt8(ascii: "T")
            && view[start &+ 2] == UInt8(ascii: "T") && view[start &+ 3] == UInt8(ascii: "P")
            && view[start &+ 4] == UInt8(ascii: "/")
        let major = view[start &+ 5] &- UInt8(ascii: "0")
        let minor = view[start &+ 7] &- UInt8(ascii: "0")
        if !isHTTP || major > 9 || minor > 9 || view[start &+ 6] != UInt8(ascii: ".") {
            return .refused(.versionInvalid)
        }
        if view[end] != 0x0D {
            return .refused(startLineRefusal(view[end], .versionInvalid))
        }
        if view[end &+ 1] != 0x0A { return .refused(.bareCR) }
        if major != 1 || minor > 1 { return .refused(.versionUnsupported) }
        head.version = minor == 1 ? .http11 : .http10
        return .line(end: end &+ 2)
    }

    private static func method(_ view: ByteView, _ start: Int, _ end: Int) -> Method {
        func isExactly(_ text: StaticString) -> Bool {
            if end &- start != text.utf8CodeUnitCount { return false }
            for offset in 0..<text.utf8CodeUnitCount
            where unsafe view[start &+ offset] != text.utf8Start[offset] {
                return false
            }
            return true
        }
        switch end &- start {
        case 3: return isExactly("GET") ? .get : isExactly("PUT") ? .put : .other
        case 4: return isExactly("POST") ? .post : isExactly("HEAD") ? .head : .other
        case 5: return isExactly("PATCH") ? .patch : isExactly("TRACE") ? .trace : .other
        case 6: return isExactly("DELETE") ? .delete : .other
        case 7: return isExactly("OPTIONS") ? .options : isExactly("CONNECT") ? .connect : .other
        default: return .other
        }
    }

    // MARK: What the head means

    private mutating func finishRequest(
        _ view: ByteView, _ head: inout RequestHead
    ) -> HeadRefusal? {
        if head.method == .connect { return .methodUnsupported }
        if let reason = readTarget(view, &head) { return reason }
        if let reason = checkHost(view, head.version) { return reason }
        let options: ConnectionOptions
        switch readConnection(view) {
        case .success(let read): options = read
        case .failure(let reason): return reason
        }
        if head.version == .http11 {
            head.keepAlive = !options.close
            head.upgrade = options.upgrade && find(.upgrade) != nil
        } else {
            head.keepAlive = options.keepAlive && !options.close
        }
        head.wantsTrailers = options.te && wantsTrailers(view)
        if let reason = readExpectation(view, &head) { return reason }
        switch readFraming(view, isHTTP10: head.version == .http10) {
        case .success(let framing): head.framing = framing ?? .none
        case .failure(let reason): return reason
        }
        dropHopByHop(view)
        return nil
    }

    /// origin-form, absolute-form, or asterisk-form for OPTIONS.
    private func readTarget(_ view: ByteView, _ head: inout RequestHead) -> HeadRefusal? {
        let start = Int(head.targetStart)
        let end = Int(head.targetEnd)
        head.pathStart = head.targetStart
        if view[start] == UInt8(ascii: "/") { return nil }
        if view[start] == UInt8(ascii: "*") && end == start + 1 && head.method == .options {
            return nil
        }
        let isHTTP = end - start > 7 && view.matches("http://", start, start + 7)
        let isHTTPS = end - start > 8 && view.matches("https://", start, start + 8)
        if !isHTTP && !isHTTPS { return .targetInvalid }
        let authority = start + (isHTTPS ? 8 : 7)
        var path = authority
        while path < end && view[path] != UInt8(ascii: "/") && view[path] != UInt8(ascii: "?") {
            path += 1
        }
        if path == authority || !isHost(view, authority, path) { return .targetInvalid }
        head.authorityStart = UInt32(authority)
        head.authorityEnd = UInt32(path)
        head.pathStart = UInt32(path)
        return nil
    }

    private func checkHost(_ view: ByteView, _ version: Version) -> HeadRefusal? {
        guard let index = find(.host) else {
            return version == .http11 ? .hostMissing : nil
        }
        for later in (index + 1)..<max(fieldCount, index + 1) where self[later].known == .host {
            return .hostRepeated
        }
        let field = self[index]
        return isHost(view, Int(field.valueStart), Int(field.valueEnd)) ? nil : .hostInvalid
    }

    /// `host [":" port]` without user information; empty is allowed for Host (RFC 9112, 3.2).
    private func isHost(_ view: ByteView, _ start: Int, _ end: Int) -> Bool {
        var index = start
        if index < end && view[index] == UInt8(ascii: "[") {
            index += 1
            while index < end && view[index] != UInt8(ascii: "]") {
                if !Self.isHexOrColon(view[index]) { return false }
                index += 1
            }
            if index == end { return false }
            index += 1
        } else {
            while index < end && view[index] != UInt8(ascii: ":") {
                let byte = view[index]
                if !ByteClass.has(byte, ByteClass.host) || byte == UInt8(ascii: "[")
                    || byte == UInt8(ascii: "]")
                {
                    return false
                }
                index += 1
            }
        }
        if index == end { return true }
        if view[index] != UInt8(ascii: ":") || end - index > 6 { return false }
        index += 1
        while index < end {
            if view[index] &- UInt8(ascii: "0") > 9 { return false }
            index += 1
        }
        return true
    }

    private static func isHexOrColon(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") || byte &- 0x30 <= 9
            || (byte | 0x20) &- 0x61 <= 5
    }

    /// `100-continue` is passed on to the upstream; HTTP/1.0 has no expectations.
    private mutating func readExpectation(
        _ view: ByteView, _ head: inout RequestHead
    ) -> HeadRefusal? {
        guard let first = find(.expect) else { return nil }
        for index in first..<fieldCount where self[index].known == .expect {
            let field = self[index]
            if head.version == .http10 {
                drop(index)
            } else if view.matches(
                "100-continue", Int(field.valueStart), Int(field.valueEnd))
            {
                head.expectContinue = true
            } else {
                return .expectationUnsupported
            }
        }
        return nil
    }
}
