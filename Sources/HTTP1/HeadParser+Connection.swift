// Connection options, framing fields, and what must not pass a hop: the same rules for requests and
// responses. RFC 9110 section 7.6.1 (Connection), RFC 9112 section 6 (framing). A Connection option
// that names a field which framing, routing or forwarding depends on does not remove that field:
// otherwise a client could strip what this proxy or its upstream relies on.

struct ConnectionOptions {
    var close = false
    var keepAlive = false
    var upgrade = false
    var te = false
}

enum HeadCheck<Value> {
    case success(Value)
    case failure(HeadRefusal)
}

extension HeadParser {
    /// Reads every Connection field; other options are remembered as names of fields to drop.
    mutating func readConnection(_ view: ByteView) -> HeadCheck<ConnectionOptions> {
        var options = ConnectionOptions()
        guard let first = find(.connection) else { return .success(options) }
        for index in first..<fieldCount where self[index].known == .connection {
            let field = self[index]
            var position = Int(field.valueStart)
            let end = Int(field.valueEnd)
            while position < end {
                let (start, stop, next) = Self.listElement(view, position, end)
                position = next
                if start == stop { continue }
                for byte in start..<stop where !ByteClass.has(view[byte], ByteClass.token) {
                    return .failure(.connectionInvalid)
                }
                if view.matches("close", start, stop) {
                    options.close = true
                } else if view.matches("keep-alive", start, stop) {
                    options.keepAlive = true
                } else if view.matches("upgrade", start, stop) {
                    options.upgrade = true
                } else if view.matches("te", start, stop) {
                    options.te = true
                } else {
                    if nominatedCount == nominated.count { return .failure(.connectionInvalid) }
                    nominated[nominatedCount] = UInt64(start) << 32 | UInt64(stop)
                    nominatedCount += 1
                }
            }
        }
        return .success(options)
    }

    /// One element of a comma-separated list, trimmed, and where the next begins.
    static func listElement(
        _ view: ByteView, _ position: Int, _ end: Int
    ) -> (start: Int, stop: Int, next: Int) {
        var start = position
        while start < end && isSpace(view[start]) { start += 1 }
        var comma = start
        while comma < end && view[comma] != UInt8(ascii: ",") { comma += 1 }
        var stop = comma
        while stop > start && isSpace(view[stop - 1]) { stop -= 1 }
        return (start, stop, min(comma + 1, end))
    }

    func wantsTrailers(_ view: ByteView) -> Bool {
        guard let index = find(.te) else { return false }
        var position = Int(self[index].valueStart)
        let end = Int(self[index].valueEnd)
        while position < end {
            let (start, stop, next) = Self.listElement(view, position, end)
            if view.matches("trailers", start, stop) { return true }
            position = next
        }
        return false
    }

    /// nil: neither Content-Length nor Transfer-Encoding.
    mutating func readFraming(
        _ view: ByteView, isHTTP10: Bool
    ) -> HeadCheck<BodyFraming?> {
        if let index = find(.transferEncoding) {
            if isHTTP10 { return .failure(.transferEncodingInHTTP10) }
            if find(.contentLength) != nil { return .failure(.lengthAndTransferEncoding) }
            return readTransferEncoding(view, index)
        }
        guard let first = find(.contentLength) else { return .success(nil) }
        guard let length = decimal(view, self[first]) else {
            return .failure(.contentLengthInvalid)
        }
        for index in (first + 1)..<max(fieldCount, first + 1)
        where self[index].known == .contentLength {
            guard let other = decimal(view, self[index]) else {
                return .failure(.contentLengthInvalid)
            }
            if other != length { return .failure(.contentLengthConflict) }
            drop(index)
        }
        return .success(.length(length))
    }

    /// Only `chunked`, once, is understood (RFC 9112 section 6.1).
    private func readTransferEncoding(
        _ view: ByteView, _ first: Int
    ) -> HeadCheck<BodyFraming?> {
        var codings = 0
        var chunked = 0
        var lastIsChunked = false
        for index in first..<fieldCount where self[index].known == .transferEncoding {
            var position = Int(self[index].valueStart)
            let end = Int(self[index].valueEnd)
            while position < end {
                let (start, stop, next) = Self.listElement(view, position, end)
                position = next
                if start == stop { continue }
                codings += 1
                lastIsChunked = view.matches("chunked", start, stop)
                if lastIsChunked { chunked += 1 }
            }
        }
        if chunked > 1 || (chunked == 1 && !lastIsChunked) || codings == 0 {
            return .failure(.transferEncodingInvalid)
        }
        if codings != 1 || chunked != 1 { return .failure(.transferEncodingUnsupported) }
        return .success(.chunked)
    }

    /// Digits only, at most 18 of them, so that no sum of lengths can overflow.
    private func decimal(_ view: ByteView, _ field: Field) -> UInt64? {
        let count = field.valueEnd - field.valueStart
        if count == 0 || count > 18 { return nil }
        var value: UInt64 = 0
        for index in Int(field.valueStart)..<Int(field.valueEnd) {
            let digit = view[index] &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            value = value &* 10 &+ UInt64(digit)
        }
        return value
    }

    /// Marks what belongs to this connection alone.
    mutating func dropHopByHop(_ view: ByteView) {
        for index in 0..<fieldCount {
            switch self[index].known {
            case .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade:
                drop(index)
            case .other:
                if nominatedCount > 0 && isNominated(view, self[index]) { drop(index) }
            case .host, .contentLength, .expect, .trailer, .xForwardedFor, .xForwardedProto,
                .xRequestId, .via, .date, .server:
                break
            }
        }
    }

    private func isNominated(_ view: ByteView, _ field: Field) -> Bool {
        let start = Int(field.lineStart)
        let count = Int(field.nameEnd) - start
        for entry in 0..<nominatedCount {
            let optionStart = Int(nominated[entry] >> 32)
            let optionEnd = Int(nominated[entry] & 0xFFFF_FFFF)
            if optionEnd - optionStart != count { continue }
            var isSame = true
            for offset in 0..<count
            where !Self.isSameLetter(view[start + offset], view[optionStart + offset]) {
                isSame = false
                break
            }
            if isSame { return true }
        }
        return false
    }

    private static func isSameLetter(_ a: UInt8, _ b: UInt8) -> Bool {
        a == b || ((a ^ b) == 0x20 && (a | 0x20) &- 0x61 < 26)
    }
}
