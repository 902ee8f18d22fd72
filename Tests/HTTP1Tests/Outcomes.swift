// What a parse said, as one line of text that a table can hold, and the laws that every vector
// must obey however it is cut: a prefix is incomplete or refused for the same reason, and feeding
// byte by byte through `HeadScan` ends like parsing the whole.

import HTTP1
import Testing

func slice(_ bytes: UnsafeRawBufferPointer, _ start: UInt32, _ end: UInt32) -> String {
    readable(bytes[Int(start)..<Int(end)])
}

/// The fields that would be forwarded, `|` after each.
func forwarded(_ parser: borrowing HeadParser, _ bytes: UnsafeRawBufferPointer) -> String {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 64, alignment: 8)
    defer { memory.deallocate() }
    var writer = ByteWriter(memory)
    HeadWriter.copyFields(from: bytes, parser, to: &writer)
    #expect(!writer.overflowed)
    return readable(UnsafeRawBufferPointer(memory)[..<writer.count])
}

func describe(_ framing: BodyFraming) -> String {
    switch framing {
    case .none: "none"
    case .length(let count): "\(count)"
    case .chunked: "chunked"
    case .untilClose: "close-ended"
    }
}

/// `METHOD path [@authority] version framing [flags]; fields`
func request(_ parser: inout HeadParser, _ bytes: UnsafeRawBufferPointer) -> String {
    switch parser.parseRequest(bytes) {
    case .incomplete: return "incomplete"
    case .refused(let reason): return "refused \(reason.label)"
    case .complete(let head):
        var words = [slice(bytes, head.methodStart, head.methodEnd)]
        words.append(slice(bytes, head.pathStart, head.targetEnd))
        if head.authorityEnd != 0 {
            words.append("@" + slice(bytes, head.authorityStart, head.authorityEnd))
        }
        words.append(head.version == .http11 ? "1.1" : "1.0")
        words.append(describe(head.framing))
        if head.keepAlive { words.append("keep") }
        if head.expectContinue { words.append("continue") }
        if head.upgrade { words.append("upgrade") }
        if head.acceptsTrailers { words.append("trailers") }
        if Int(head.headEnd) != bytes.count {
            words.append("rest=\(bytes.count - Int(head.headEnd))")
        }
        return words.joined(separator: " ") + "; " + forwarded(parser, bytes)
    }
}

/// `status version framing [flags]; rest of the status line; fields`
func response(
    _ parser: inout HeadParser, _ bytes: UnsafeRawBufferPointer, _ method: Method
) -> String {
    switch parser.parseResponse(bytes, requestMethod: method) {
    case .incomplete: return "incomplete"
    case .refused(let reason): return "refused \(reason.label)"
    case .complete(let head):
        var words = ["\(head.status)", head.version == .http11 ? "1.1" : "1.0"]
        words.append(describe(head.framing))
        if head.keepAlive { words.append("keep") }
        if head.upgrade { words.append("upgrade") }
        let line = slice(bytes, head.statusStart, head.statusLineEnd)
        return words.joined(separator: " ") + "; " + line + " " + forwarded(parser, bytes)
    }
}

func trailers(_ parser: inout HeadParser, _ bytes: UnsafeRawBufferPointer) -> String {
    switch parser.parseTrailers(bytes) {
    case .incomplete: "incomplete"
    case .refused(let reason): "refused \(reason.label)"
    case .complete(let section): "\(section.end); \(forwarded(parser, bytes))"
    }
}

typealias Parse = (inout HeadParser, UnsafeRawBufferPointer) -> String

/// Whole, truncated at every byte, split at every byte, and byte by byte.
func expectEverywhere(_ text: String, _ expected: String, _ parse: Parse) {
    let bytes = wire(text)
    let memory = GuardedBytes()
    var parser = HeadParser(limits: HeadLimits())
    #expect(parse(&parser, memory.place(bytes)) == expected, "\(text)")
    var crawling = HeadScan()
    var crawled = "incomplete"
    for count in 0..<bytes.count {
        let prefix = parse(&parser, memory.place(bytes, count))
        let isFine = prefix == "incomplete" || (prefix == expected && prefix.hasPrefix("refused"))
        #expect(isFine, "\(text) cut at \(count): \(prefix)")
        if crawled == "incomplete" && crawling.mayBeComplete(memory.place(bytes, count)) {
            crawled = parse(&parser, memory.place(bytes, count))
        }
        if prefix != "incomplete" { continue }
        var scan = HeadScan()
        _ = scan.mayBeComplete(memory.place(bytes, count))
        let isNews = scan.mayBeComplete(memory.place(bytes))
        #expect(isNews, "\(text) split at \(count): the scan sees nothing new")
    }
    if crawled == "incomplete" && crawling.mayBeComplete(memory.place(bytes)) {
        crawled = parse(&parser, memory.place(bytes))
    }
    #expect(crawled == expected, "\(text) byte by byte")
}
