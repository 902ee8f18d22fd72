// Heads, trailers and chunked bodies of HTTP/1: fields lie in order inside the head, a prefix of
// what is refused or complete is incomplete or says the same, and a body decodes alike whole and
// byte by byte. The bytes lie in a block of just their length: a sanitizer sees one read too far.

import HTTP1

enum HTTPHead: FuzzTarget {
    static let name = "HTTPHead"

    static func complaint(about input: [UInt8]) -> String? {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: input.count, alignment: 1)
        defer { bytes.deallocate() }
        bytes.copyBytes(from: input)
        let view = UnsafeRawBufferPointer(bytes)
        return requests(view) ?? responses(view) ?? trailers(view) ?? bodies(view)
    }

    private enum Said: Equatable {
        case incomplete
        case refused(HeadRefusal)
        case complete(UInt32)
    }

    private static func said<Head>(_ result: ParseResult<Head>, _ end: (Head) -> UInt32) -> Said {
        switch result {
        case .incomplete: .incomplete
        case .refused(let reason): .refused(reason)
        case .complete(let head): .complete(end(head))
        }
    }

    private static func requests(_ view: UnsafeRawBufferPointer) -> String? {
        var parser = HeadParser(limits: HeadLimits())
        let result = parser.parseRequest(view)
        if case .complete(let head) = result {
            let hasCoding = parser.find(.transferEncoding) != nil
            if parser.find(.contentLength) != nil && hasCoding { return "two framings" }
            if (head.framing == .chunked) != hasCoding { return "chunked without its field" }
            if head.version == .http11 && head.hostField < 0 { return "HTTP/1.1 without Host" }
            if head.targetStart >= head.targetEnd { return "no target" }
            if let complaint = fields(parser, view, head.headEnd) { return complaint }
        }
        return prefixes(view, said(result) { $0.headEnd }) { part in
            said(parser.parseRequest(part)) { $0.headEnd }
        }
    }

    private static func responses(_ view: UnsafeRawBufferPointer) -> String? {
        var parser = HeadParser(limits: HeadLimits())
        for method in [Method.get, .head] {
            let result = parser.parseResponse(view, requestMethod: method)
            if case .complete(let head) = result {
                if !(100...599).contains(head.status) { return "status \(head.status)" }
                if let complaint = fields(parser, view, head.headEnd) { return complaint }
            }
        }
        return nil
    }

    private static func trailers(_ view: UnsafeRawBufferPointer) -> String? {
        var parser = HeadParser(limits: HeadLimits())
        let result = parser.parseTrailers(view)
        if case .complete(let section) = result,
            let complaint = fields(parser, view, section.end)
        {
            return complaint
        }
        return prefixes(view, said(result) { $0.end }) { part in
            said(parser.parseTrailers(part)) { $0.end }
        }
    }

    /// Three cuts, not every one: the fuzzer finds the place.
    private static func prefixes(
        _ view: UnsafeRawBufferPointer, _ whole: Said, _ parse: (UnsafeRawBufferPointer) -> Said
    ) -> String? {
        for count in Set([view.count - 1, view.count / 2, view.count / 3]) where count >= 0 {
            let part = parse(UnsafeRawBufferPointer(rebasing: view[..<count]))
            if part == .incomplete { continue }
            if part != whole { return "\(count) bytes: \(part), all of them: \(whole)" }
        }
        return nil
    }

    private static func fields(
        _ parser: borrowing HeadParser, _ view: UnsafeRawBufferPointer, _ end: UInt32
    ) -> String? {
        if Int(end) > view.count { return "a head of more bytes than there are" }
        var previous: UInt32 = 0
        for index in 0..<parser.fieldCount {
            let field = parser[index]
            let isOrdered =
                previous <= field.lineStart && field.lineStart < field.nameEnd
                && field.nameEnd < field.valueStart && field.valueStart <= field.valueEnd
                && field.valueEnd + 2 <= field.lineEnd && field.lineEnd + 2 <= end
            if !isOrdered { return "field \(index) is out of order" }
            for byte in view[Int(field.lineStart)..<Int(field.lineEnd) - 2]
            where (byte < 0x20 && byte != 0x09) || byte == 0x7F {
                return "a control byte in field \(index)"
            }
            previous = field.lineEnd
        }
        return nil
    }

    private static func bodies(_ view: UnsafeRawBufferPointer) -> String? {
        let whole = body(view, by: max(1, view.count))
        let single = body(view, by: 1)
        if whole != single { return "a body differs byte by byte: \(whole) and \(single)" }
        return nil
    }

    /// Payload bytes summed, and how it ended; the end of a body may come before that of the bytes.
    private static func body(_ view: UnsafeRawBufferPointer, by size: Int) -> String {
        var decoder = ChunkedDecoder()
        var sum: UInt64 = 0
        var start = 0
        while start < view.count {
            let end = min(view.count, start + size)
            switch decoder.decode(UnsafeRawBufferPointer(rebasing: view[start..<end])) {
            case .data(let consumed, let payload):
                for offset in payload { sum = sum &* 31 &+ UInt64(view[start + offset]) }
                start += consumed
            case .needMore(let consumed): start += consumed
            case .lastChunk(let consumed): return "\(sum) ends at \(start + consumed)"
            case .refused(let reason): return "\(sum) refused: \(reason.label)"
            }
        }
        return "\(sum) goes on"
    }

    static func seeds() -> [[UInt8]] {
        FuzzTargets.texts("HTTPHead.seeds").map { text in
            text.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
        }
    }
}
