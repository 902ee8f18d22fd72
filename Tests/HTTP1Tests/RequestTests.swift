// Requests that are accepted: what the parser says, and what of them is forwarded.

import HTTP1
import Testing

@Suite struct RequestTests {
    static let accepted: [(String, String)] = [
        ("GET / HTTP/1.1|Host: a||", "GET / 1.1 none keep; Host: a|"),
        ("|GET / HTTP/1.1|Host: a||", "GET / 1.1 none keep; Host: a|"),
        ("||GET / HTTP/1.1|Host: a||", "GET / 1.1 none keep; Host: a|"),
        ("GET / HTTP/1.0||", "GET / 1.0 none; "),
        ("GET / HTTP/1.0|Host: a|Connection: Keep-Alive||", "GET / 1.0 none keep; Host: a|"),
        ("GET / HTTP/1.0|Connection: keep-alive, close||", "GET / 1.0 none; "),
        ("GET / HTTP/1.2|Host: a||", "GET / 1.1 none keep; Host: a|"),
        ("HEAD /x?y=1 HTTP/1.1|host: a:80||", "HEAD /x?y=1 1.1 none keep; host: a:80|"),
        ("PURGE /x HTTP/1.1|host: a||", "PURGE /x 1.1 none keep; host: a|"),
        ("get /x HTTP/1.1|host: a||", "get /x 1.1 none keep; host: a|"),
        ("M!#$%&'*+-.^_`¦~9 / HTTP/1.1|host: a||", "M!#$%&'*+-.^_`¦~9 / 1.1 none keep; host: a|"),
        ("OPTIONS * HTTP/1.1|host: a||", "OPTIONS * 1.1 none keep; host: a|"),
        (
            "GET /a%20b;c=[1]{2}^`¦~ HTTP/1.1|host:a||",
            "GET /a%20b;c=[1]{2}^`¦~ 1.1 none keep; host:a|"
        ),
        ("GET http://b/p?q HTTP/1.1|Host: a|X: y||", "GET /p?q @b 1.1 none keep; X: y|"),
        ("GET HTTPS://b:8443 HTTP/1.1|Host: a||", "GET  @b:8443 1.1 none keep; "),
        ("GET hTTp://[::1]?q HTTP/1.1|Host: a||", "GET ?q @[::1] 1.1 none keep; "),
        ("GET / HTTP/1.1|Host: [2001:db8::1]:80||", "GET / 1.1 none keep; Host: [2001:db8::1]:80|"),
        (
            "GET / HTTP/1.1|Host: a%2Db.c_d~!$&'()*+,;=:||",
            "GET / 1.1 none keep; Host: a%2Db.c_d~!$&'()*+,;=:|"
        ),
        ("GET / HTTP/1.1|Host:\t a \t||", "GET / 1.1 none keep; Host:\t a \t|"),
        ("GET / HTTP/1.1|Host: a|X:|Y: ||", "GET / 1.1 none keep; Host: a|X:|Y: |"),
        ("GET / HTTP/1.1|Host: a|X: \u{80}\u{FF} \"q\"||rest", "rest"),
        (
            "GET / HTTP/1.1|Host: a|X: a\tb  c\t\td||",
            "GET / 1.1 none keep; Host: a|X: a\tb  c\t\td|"
        ),
        ("GET / HTTP/1.1|Host: a|Connection: close||", "GET / 1.1 none; Host: a|"),
        ("GET / HTTP/1.1|Host: a|Connection: keep-alive,CLOSE||", "GET / 1.1 none; Host: a|"),
        (
            "GET / HTTP/1.1|Host: a|Connection: ,, x-y ,|X-Y: 1|x-z: 2|X-y: 3||",
            "GET / 1.1 none keep; Host: a|x-z: 2|"
        ),
        (
            "GET / HTTP/1.1|X-Y: 1|Accept: 2|Host: a|Connection: accept,x-y||",
            "GET / 1.1 none keep; Host: a|"
        ),
        (
            "GET / HTTP/1.1|Host: a|Keep-Alive: 5|Proxy-Connection: x|Via: z||",
            "GET / 1.1 none keep; Host: a|Via: z|"
        ),
        (
            "GET / HTTP/1.1|Host: a|Connection: TE|TE: Trailers||",
            "GET / 1.1 none keep trailers; Host: a|"
        ),
        (
            "GET /%2F%e9%20x?%25=%41 HTTP/1.1|Host: a||",
            "GET /%2F%e9%20x?%25=%41 1.1 none keep; Host: a|"
        ),
        ("GET / HTTP/1.1|Host: a|TE: gzip, trailers||", "GET / 1.1 none keep trailers; Host: a|"),
        (
            "GET / HTTP/1.1|Host: a|Proxy-Authorization: x||",
            "GET / 1.1 none keep; Host: a|Proxy-Authorization: x|"
        ),
        (
            "POST / HTTP/1.1|Host: a|Content-Length: 5||",
            "POST / 1.1 5 keep; Host: a|Content-Length: 5|"
        ),
        (
            "POST / HTTP/1.1|Host: a|Content-Length: 0||",
            "POST / 1.1 0 keep; Host: a|Content-Length: 0|"
        ),
        (
            "POST / HTTP/1.1|Host: a|Content-Length: 5|x: y|content-length: 5||",
            "POST / 1.1 5 keep; Host: a|Content-Length: 5|x: y|"
        ),
        (
            "POST / HTTP/1.1|Host: a|Content-Length: 5, 5 ,5|x: y||",
            "POST / 1.1 5 keep; Host: a|Content-Length: 5|x: y|"
        ),
        (
            "POST / HTTP/1.1|Host: a|Content-Length: 9223372036854775807||",
            "POST / 1.1 9223372036854775807 keep; Host: a|Content-Length: 9223372036854775807|"
        ),
        (
            "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||",
            "POST / 1.1 chunked keep; Host: a|"
        ),
        (
            "POST / HTTP/1.1|Host: a|TRANSFER-ENCODING:Chunked|Connection: transfer-encoding||",
            "POST / 1.1 chunked keep; Host: a|"
        ),
        (
            "PUT / HTTP/1.1|Host: a|Expect: 100-Continue|Content-Length: 1||",
            "PUT / 1.1 1 keep continue; Host: a|Expect: 100-Continue|Content-Length: 1|"
        ),
        (
            "PUT / HTTP/1.1|Host: a|Expect: 100-continue||",
            "PUT / 1.1 none keep; Host: a|Expect: 100-continue|"
        ),
        (
            "PUT / HTTP/1.0|Expect: 100-continue|Content-Length: 1||",
            "PUT / 1.0 1; Content-Length: 1|"
        ),
        (
            "GET / HTTP/1.1|Host: a|Connection: Upgrade|Upgrade: websocket||",
            "GET / 1.1 none keep upgrade; Host: a|"
        ),
        ("GET / HTTP/1.1|Host: a|Upgrade: websocket||", "GET / 1.1 none keep; Host: a|"),
        (
            "GET / HTTP/1.1|Host: a|Connection: Upgrade, X-S|Upgrade: h2c|X-S: x||",
            "GET / 1.1 none keep; Host: a|"
        ),
        ("GET / HTTP/1.0|Connection: Upgrade|Upgrade: websocket||", "GET / 1.0 none; "),
        (
            "POST / HTTP/1.1|Host: a|Connection: upgrade|Upgrade: w|Content-Length: 3||",
            "POST / 1.1 3 keep; Host: a|Content-Length: 3|"
        ),
    ]

    @Test(arguments: accepted.indices) func accepts(_ index: Int) {
        let (text, expected) = Self.accepted[index]
        if expected == "rest" { return }
        expectEverywhere(text, expected) { request(&$0, $1) }
    }

    @Test func leavesWhatFollows() {
        let memory = GuardedBytes()
        var parser = HeadParser(limits: HeadLimits())
        let bytes = memory.place(wire("GET / HTTP/1.1|Host: a|X: \u{80}\u{FF} \"q\"||GET /2 HT"))
        guard case .complete(let head) = parser.parseRequest(bytes) else {
            Issue.record("not complete")
            return
        }
        #expect(Int(head.headEnd) == bytes.count - 9)
        #expect(parser.fieldCount == 2 && parser.find(.host) == 0 && parser.find(.cookie) == nil)
        #expect(head.hostField == 0 && parser[0].known == .host && parser[1].known == .other)
        #expect(slice(bytes, parser[0].valueStart, parser[0].valueEnd) == "a")
        #expect(slice(bytes, parser[1].lineStart, parser[1].nameEnd) == "X")
        #expect(slice(bytes, head.targetStart, head.targetEnd) == "/")
        parser.drop(1)
        #expect(forwarded(parser, bytes) == "Host: a|")
    }

    @Test func tellsMethodsApart() {
        let memory = GuardedBytes()
        var parser = HeadParser(limits: HeadLimits())
        let methods: [(String, Method)] = [
            ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete),
            ("OPTIONS", .options), ("TRACE", .trace), ("PATCH", .patch), ("CONNEC", .other),
            ("GETS", .other), ("OPTIONSX", .other), ("Get", .other),
        ]
        for (name, method) in methods {
            let bytes = memory.place(wire("\(name) / HTTP/1.1|Host: a||"))
            guard case .complete(let head) = parser.parseRequest(bytes) else {
                Issue.record("\(name): not complete")
                continue
            }
            #expect(head.method == method, "\(name)")
        }
    }

    @Test func knowsEveryName() {
        let memory = GuardedBytes()
        var parser = HeadParser(limits: HeadLimits())
        for name in [
            "Host", "TE", "VIA", "x-forwarded-for", "X-Forwarded-Proto", "X-REQUEST-ID",
            "Content-Length", "accept-encoding", "Upgrade-Insecure-Requests",
            "strict-transport-security", "proxy-authentication-info", "age", "DATE",
        ] {
            for (suffix, isKnown) in [("", true), ("x", false), ("-", false)] {
                let bytes = memory.place(wire("\(name)\(suffix): a||"))
                guard case .complete = parser.parseTrailers(bytes) else {
                    Issue.record("\(name): not complete")
                    continue
                }
                #expect((parser[0].known != .other) == isKnown, "\(name)\(suffix)")
            }
        }
    }
}
