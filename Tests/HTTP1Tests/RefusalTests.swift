// Requests that are refused, each with its own reason (RFC 9110, RFC 9112), and the limits.

import HTTP1
import Testing

@Suite struct RefusalTests {
    /// Start of a valid request, for the cases about fields.
    static let start = "GET / HTTP/1.1|Host: a|"

    static let startLines: [(String, HeadRefusal)] = [
        ("||| / HTTP/1.1|Host: a||", .methodInvalid),
        (" GET / HTTP/1.1|Host: a||", .methodInvalid),
        ("G(T / HTTP/1.1|Host: a||", .methodInvalid),
        ("GET|Host: a||", .methodInvalid),
        ("G\tT / HTTP/1.1|Host: a||", .methodInvalid),
        ("G\u{0}T / HTTP/1.1|Host: a||", .nulByte),
        ("\u{16}\u{3}\u{1} / HTTP/1.1|Host: a||", .controlByte),
        ("\nGET / HTTP/1.1|Host: a||", .bareLineFeed),
        ("\rGET / HTTP/1.1|Host: a||", .bareCarriageReturn),
        ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1|Host: a||", .methodInvalid),
        ("CONNECT a:1 HTTP/1.1|Host: a||", .connectUnsupported),
        ("GET  / HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /% HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /%zz HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /a%20b%4 HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /aaaaaaa?q=%g0 HTTP/1.1|Host: a||", .targetInvalid),
        ("GET\t/ HTTP/1.1|Host: a||", .methodInvalid),
        ("GET |Host: a||", .targetInvalid),
        ("GET a HTTP/1.1|Host: a||", .targetInvalid),
        ("GET ?q HTTP/1.1|Host: a||", .targetInvalid),
        ("GET a:80 HTTP/1.1|Host: a||", .targetInvalid),
        ("GET ftp://a/ HTTP/1.1|Host: a||", .targetInvalid),
        ("GET http:/a HTTP/1.1|Host: a||", .targetInvalid),
        ("GET http:///a HTTP/1.1|Host: a||", .targetInvalid),
        ("GET http://a:99999/ HTTP/1.1|Host: a||", .targetInvalid),
        ("GET http://u@a/ HTTP/1.1|Host: a||", .targetUserinfo),
        ("GET http://u:p@a/ HTTP/1.1|Host: a||", .targetUserinfo),
        ("GET /#f HTTP/1.1|Host: a||", .targetFragment),
        ("GET * HTTP/1.1|Host: a||", .targetAsterisk),
        ("OPTIONS ** HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /\\ HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /\" HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /<> HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /\u{E9} HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /\u{7F} HTTP/1.1|Host: a||", .controlByte),
        ("GET /\u{0} HTTP/1.1|Host: a||", .nulByte),
        ("GET /\t HTTP/1.1|Host: a||", .targetInvalid),
        ("GET /\n HTTP/1.1|Host: a||", .bareLineFeed),
        ("GET /\r HTTP/1.1|Host: a||", .bareCarriageReturn),
        ("GET /|Host: a||", .versionInvalid),
        ("GET / |Host: a||", .versionInvalid),
        ("GET / HTTP/1.1 |Host: a||", .versionInvalid),
        ("GET / x HTTP/1.1|Host: a||", .versionInvalid),
        ("GET / http/1.1|Host: a||", .versionInvalid),
        ("GET / HTTP/1|Host: a||", .versionInvalid),
        ("GET / HTTP/11|Host: a||", .versionInvalid),
        ("GET / HTTP/1.10|Host: a||", .versionInvalid),
        ("GET / HTTP/1,1|Host: a||", .versionInvalid),
        ("GET / HTTP/ 1.1|Host: a||", .versionInvalid),
        ("GET / HTTP/2.0|Host: a||", .versionUnsupported),
        ("GET / HTTP/0.9|Host: a||", .versionUnsupported),
        ("PRI * HTTP/2.0||SM||", .targetAsterisk),
        ("GET / HTTP/1.1\nHost: a||", .bareLineFeed),
        ("GET / HTTP/1.1\rHost: a||", .bareCarriageReturn),
        ("GET / HTTP/1.1\r\r\nHost: a||", .bareCarriageReturn),
    ]

    static let fields: [(String, HeadRefusal)] = [
        ("X : b||", .spaceBeforeColon),
        ("X\t: b||", .spaceBeforeColon),
        ("Transfer-Encoding : chunked||", .spaceBeforeColon),
        ("X y: b||", .fieldNameInvalid),
        ("X||", .fieldNameInvalid),
        (": b||", .fieldNameInvalid),
        ("X(: b||", .fieldNameInvalid),
        ("X\u{E9}: b||", .fieldNameInvalid),
        ("abcdefghijklmnopqrstuvwxyzabcdefghijklmnop\u{E9}: b||", .fieldNameInvalid),
        ("X\u{0}: b||", .nulByte),
        ("host\u{0}\u{0}: b||", .nulByte),
        ("User\rAgent: b||", .bareCarriageReturn),
        ("X\n: b||", .bareLineFeed),
        ("X: a| b||", .obsoleteFold),
        ("X: a|\tb: c||", .obsoleteFold),
        ("X: a\u{0}b||", .nulByte),
        ("X: a\u{1}b||", .controlByte),
        ("X: a\u{7F}b||", .controlByte),
        ("X: a\rb||", .bareCarriageReturn),
        ("X: a\nb: c||", .bareLineFeed),
        ("X: a\n\nb: c||", .bareLineFeed),
        ("X: a|\n||", .bareLineFeed),
        ("X: a|\rb||", .bareCarriageReturn),
        ("X: a|\r\r\n||", .bareCarriageReturn),
        ("Host: a||", .hostRepeated),
        ("Host: b||", .hostRepeated),
        ("Content-Length:||", .contentLengthInvalid),
        ("Content-Length: +5||", .contentLengthInvalid),
        ("Content-Length: -5||", .contentLengthInvalid),
        ("Content-Length: 5 5||", .contentLengthInvalid),
        ("Content-Length: 0x5||", .contentLengthInvalid),
        ("Content-Length: 5a||", .contentLengthInvalid),
        ("Content-Length: 5,||", .contentLengthInvalid),
        ("Content-Length: ,5||", .contentLengthInvalid),
        ("Content-Length: 5,,5||", .contentLengthInvalid),
        ("Content-Length: 9223372036854775808||", .contentLengthInvalid),
        ("Content-Length: 18446744073709551621||", .contentLengthInvalid),
        ("Content-Length: 00000000000000000005||", .contentLengthInvalid),
        ("Content-Length: 5|Content-Length: 6||", .contentLengthDiffers),
        ("Content-Length: 5, 6||", .contentLengthDiffers),
        ("Content-Length: 5|Transfer-Encoding: chunked||", .lengthAndTransferEncoding),
        ("Transfer-Encoding: chunked|Content-Length: 5||", .lengthAndTransferEncoding),
        ("Transfer-Encoding: gzip|Content-Length: 0||", .lengthAndTransferEncoding),
        ("Transfer-Encoding:||", .transferEncodingInvalid),
        ("Transfer-Encoding: ,||", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked, chunked||", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked|Transfer-Encoding: chunked||", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked, gzip||", .transferEncodingInvalid),
        ("Transfer-Encoding: chunked|Transfer-Encoding: identity||", .transferEncodingInvalid),
        ("Transfer-Encoding: \"chunked\"||", .transferEncodingInvalid),
        ("Transfer-Encoding: gzip, chunked||", .transferCodingUnsupported),
        ("Transfer-Encoding: gzip|Transfer-Encoding: chunked||", .transferCodingUnsupported),
        ("Transfer-Encoding: xchunked||", .transferCodingUnsupported),
        ("Transfer-Encoding: chunked;q=1||", .transferCodingUnsupported),
        ("Transfer-Encoding: chunked x||", .transferCodingUnsupported),
        ("Transfer-Encoding: identity||", .transferCodingUnsupported),
        ("Connection: a b||", .connectionInvalid),
        ("Connection: close;||", .connectionInvalid),
        ("Connection: close, host||", .connectionProtected),
        ("Connection: Content-Length|Content-Length: 5||", .connectionProtected),
        ("Connection: x-forwarded-for||", .connectionProtected),
        ("Connection: Cookie||", .connectionProtected),
        ("Expect: 200-ok||", .expectationUnsupported),
        ("Expect: 100-continue, x||", .expectationUnsupported),
        ("Expect:||", .expectationUnsupported),
    ]

    static let heads: [(String, HeadRefusal)] = [
        ("GET / HTTP/1.1||", .hostMissing),
        ("GET http://a/ HTTP/1.1||", .hostMissing),
        ("GET / HTTP/1.1| Host: a||", .leadingWhitespace),
        ("GET / HTTP/1.1|\tHost: a||", .leadingWhitespace),
        ("POST / HTTP/1.0|Transfer-Encoding: chunked||", .transferEncodingInHTTP10),
        ("GET / HTTP/1.0|Expect: x||", .expectationUnsupported),
        ("GET / HTTP/1.1|Host:||", .hostInvalid),
        ("GET / HTTP/1.1|Host: a b||", .hostInvalid),
        ("GET / HTTP/1.1|Host: a/b||", .hostInvalid),
        ("GET / HTTP/1.1|Host: u@a||", .hostInvalid),
        ("GET / HTTP/1.1|Host: a?b||", .hostInvalid),
        ("GET / HTTP/1.1|Host: a:b||", .hostInvalid),
        ("GET / HTTP/1.1|Host: a:80:80||", .hostInvalid),
        ("GET / HTTP/1.1|Host: a:65536||", .hostInvalid),
        ("GET / HTTP/1.1|Host: a:000080||", .hostInvalid),
        ("GET / HTTP/1.1|Host: :80||", .hostInvalid),
        ("GET / HTTP/1.1|Host: a%2||", .hostInvalid),
        ("GET / HTTP/1.1|Host: a%zz||", .hostInvalid),
        ("GET / HTTP/1.1|Host: [::1||", .hostInvalid),
        ("GET / HTTP/1.1|Host: []||", .hostInvalid),
        ("GET / HTTP/1.1|Host: [::1]x||", .hostInvalid),
        ("GET / HTTP/1.1|Host: [::1%25eth0]||", .hostInvalid),
        ("GET / HTTP/1.1|Host: [1.2.3.4]||", .hostInvalid),
        ("GET / HTTP/1.1|Host: ::1||", .hostInvalid),
        ("GET / HTTP/1.1|Host: \u{E9}||", .hostInvalid),
    ]

    static let all = startLines + heads + fields.map { (start + $0.0, $0.1) }

    @Test(arguments: all.indices) func refuses(_ index: Int) {
        let (text, reason) = Self.all[index]
        expectEverywhere(text, "refused \(reason.label)") { request(&$0, $1) }
    }

    @Test func statuses() {
        let others: [HeadRefusal: UInt16] = [
            .headTooLarge: 431, .tooManyFields: 431, .targetTooLong: 414, .connectUnsupported: 501,
            .transferCodingUnsupported: 501, .versionUnsupported: 505,
            .expectationUnsupported: 417, .statusLineInvalid: 502,
        ]
        for reason in HeadRefusal.allCases { #expect(reason.status == others[reason] ?? 400) }
        #expect(Set(HeadRefusal.allCases.map(\.label)).count == HeadRefusal.allCases.count)
        #expect(
            HeadRefusal.allCases.map { Int($0.rawValue) } == Array(HeadRefusal.allCases.indices))
        #expect(Set(BodyRefusal.allCases.map(\.label)).count == BodyRefusal.allCases.count)
    }

    @Test func limits() {
        let memory = GuardedBytes()
        var parser = HeadParser(limits: HeadLimits())
        func outcome(_ bytes: [UInt8]) -> String {
            let text = request(&parser, memory.place(bytes))
            return text.hasPrefix("refused") || text == "incomplete" ? text : "complete"
        }
        func target(_ count: Int) -> [UInt8] {
            wire("GET /" + String(repeating: "a", count: count - 1) + " HTTP/1.1|Host: a||")
        }
        #expect(outcome(target(8_192)) == "complete")
        #expect(outcome(target(8_193)) == "refused target_too_long")
        #expect(outcome(Array(target(9_000).prefix(8_197))) == "refused target_too_long")
        #expect(outcome(Array(target(9_000).prefix(8_196))) == "incomplete")
        func fields(_ count: Int) -> [UInt8] {
            wire(Self.start + String(repeating: "X: y|", count: count - 1) + "|")
        }
        #expect(outcome(fields(100)) == "complete")
        #expect(outcome(fields(101)) == "refused too_many_fields")
        func head(_ count: Int) -> [UInt8] {
            let filler = count - Self.start.utf8.count - 2 - 3 - 4
            return wire(Self.start + "X: " + String(repeating: "a", count: filler) + "||")
        }
        #expect(head(65_536).count == 65_536)
        #expect(outcome(head(65_536)) == "complete")
        #expect(outcome(Array(head(65_537).dropLast())) == "incomplete")
        #expect(outcome(head(65_537)) == "refused head_too_large")
        #expect(outcome(head(70_000)) == "refused head_too_large")
        let options = (0..<33).map { "o\($0)" }.joined(separator: ",")
        #expect(
            outcome(wire(Self.start + "Connection: \(options)||")) == "refused connection_invalid")
        var scan = HeadScan()
        let isEarly = scan.mayBeComplete(memory.place(Array(head(65_537).dropLast(4))))
        let isOver = scan.mayBeComplete(memory.place(Array(head(65_600).dropLast(4))))
        #expect(!isEarly && isOver)
    }
}
