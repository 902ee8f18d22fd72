// HTTP/1 heads: parsing a request, parsing a response, rewriting a request as a worker does it
// (request line, the runs that `HeadWriter` copies, what filters add). "small" is what load
// generators send, "browser" ten fields of a browser. Each parse takes another of 16 heads of the
// same shape at another address, and every result is used, so no work can be hoisted.

import Benchmark
import HTTP1

private let headCount = 16

/// Heads of one shape in memory of their own, never freed.
private struct HeadTexts {
    let heads: [UnsafeRawBufferPointer]

    init(_ text: (Int) -> String) {
        heads = (0..<headCount).map { number in
            let bytes = Array(text(number).utf8)
            let memory = UnsafeMutableRawBufferPointer.allocate(
                byteCount: bytes.count, alignment: 1)
            memory.copyBytes(from: bytes)
            return UnsafeRawBufferPointer(memory)
        }
    }

    static func small() -> HeadTexts {
        HeadTexts { "GET /item/\($0 + 10) HTTP/1.1\r\nHost: a.example\r\n\r\n" }
    }

    static func browser() -> HeadTexts {
        HeadTexts { number in
            """
            GET /catalogue/shoes/\(number + 10)?colour=black&size=42 HTTP/1.1\r
            Host: shop.example.com\r
            Connection: keep-alive\r
            User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
            Chrome/126.0.0.0 Safari/537.36\r
            Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r
            Accept-Encoding: gzip, deflate, br, zstd\r
            Accept-Language: en-GB,en;q=0.9,de;q=0.8\r
            Cache-Control: max-age=0\r
            Referer: https://shop.example.com/catalogue/shoes\r
            Upgrade-Insecure-Requests: 1\r
            Cookie: session=0f3a9c5d7e1b2468; theme=dark; consent=1; visits=\(number + 10)\r
            \r\n
            """
        }
    }

    static func response() -> HeadTexts {
        HeadTexts { number in
            """
            HTTP/1.1 200 OK\r
            Server: nginx/1.22.1\r
            Date: Tue, 25 Nov 2025 10:20:30 GMT\r
            Content-Type: text/html; charset=utf-8\r
            Content-Length: \(number + 16_384)\r
            Last-Modified: Mon, 24 Nov 2025 08:00:00 GMT\r
            Connection: keep-alive\r
            ETag: "65613a40-40\(number + 10)"\r
            Accept-Ranges: bytes\r
            \r\n
            """
        }
    }
}

func headBenchmarks() {
    micro("request head parse, small", scale: .kilo) {
        parseRequests(HeadTexts.small().heads, $0)
    }
    micro("request head parse, browser", scale: .kilo) {
        parseRequests(HeadTexts.browser().heads, $0)
    }
    micro("response head parse", scale: .kilo) {
        parseResponses(HeadTexts.response().heads, $0)
    }
    micro("request head rewrite, small", scale: .kilo) {
        rewrite(HeadTexts.small().heads[0], $0)
    }
    micro("request head rewrite, browser", scale: .kilo) {
        rewrite(HeadTexts.browser().heads[0], $0)
    }
}

private func parseRequests(_ heads: [UnsafeRawBufferPointer], _ benchmark: Benchmark) {
    var parser = HeadParser()
    var parsed = 0
    var expected = 0
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations {
        let head = heads[index & (headCount - 1)]
        if case .complete(let result) = parser.parseRequest(head) { parsed &+= Int(result.headEnd) }
    }
    benchmark.stopMeasurement()
    for index in benchmark.scaledIterations { expected += heads[index & (headCount - 1)].count }
    precondition(parsed == expected, "BUG: a head was not parsed whole")
}

private func parseResponses(_ heads: [UnsafeRawBufferPointer], _ benchmark: Benchmark) {
    var parser = HeadParser()
    var parsed = 0
    var expected = 0
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations {
        let head = heads[index & (headCount - 1)]
        if case .complete(let result) = parser.parseResponse(head, requestMethod: .get) {
            parsed &+= Int(result.headEnd)
        }
    }
    benchmark.stopMeasurement()
    for index in benchmark.scaledIterations { expected += heads[index & (headCount - 1)].count }
    precondition(parsed == expected, "BUG: a head was not parsed whole")
}

/// What `Worker.renderRequest` writes for a request in origin-form with a Host field.
private func rewrite(_ bytes: UnsafeRawBufferPointer, _ benchmark: Benchmark) {
    var parser = HeadParser()
    guard case .complete(let head) = parser.parseRequest(bytes) else {
        preconditionFailure("BUG: the head does not parse")
    }
    let added: StaticString = """
        x-request-id: 3f2b8c1e-9d4a-4e6f-8a7b-5c0d1e2f3a4b\r
        x-forwarded-for: 192.0.2.17\r
        x-forwarded-proto: http\r\n
        """
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 64)
    defer { memory.deallocate() }
    var written = 0
    benchmark.startMeasurement()
    for _ in benchmark.scaledIterations {
        var writer = ByteWriter(memory)
        writer.append(slice(bytes, head.methodStart, head.methodEnd))
        writer.append(" ")
        writer.append(slice(bytes, head.pathStart, head.targetEnd))
        writer.append(" HTTP/1.1\r\n")
        HeadWriter.copyFields(from: bytes, parser, to: &writer)
        writer.append(added)
        writer.append("\r\n")
        written &+= writer.count
    }
    benchmark.stopMeasurement()
    blackHole(written)
    blackHole(memory[Int(head.headEnd) / 2])
}

@inline(__always) private func slice(
    _ bytes: UnsafeRawBufferPointer, _ start: UInt32, _ end: UInt32
) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<Int(end)])
}
