// Admin: routing, queries, the Host check, and the small pages, without a socket.

import EventLoop
import HTTP1
import Testing

@testable import Proxy

struct ControlAdminTests {
    private static func metrics(_ filter: String = "", used: Bool = false) -> AdminRoute {
        .render(RenderRequest(page: .metrics, filter: filter, usedOnly: used))
    }

    private static func stats(_ format: RenderRequest.Format, _ filter: String = "") -> AdminRoute {
        .render(RenderRequest(page: .stats, format: format, filter: filter))
    }

    static let routes: [(Method, String, AdminRoute)] = [
        (.get, "/", .help), (.get, "/help", .help), (.head, "/ready", .ready),
        (.get, "/server_info", .serverInfo), (.get, "/listeners", .listeners(.text)),
        (.get, "/listeners?format=json", .listeners(.json)),
        (.get, "/metrics", metrics()), (.get, "/stats/prometheus", metrics()),
        (.get, "/stats?format=prometheus", metrics()),
        (.get, "/metrics?usedonly", metrics(used: true)),
        (.get, "/metrics?filter=rq%5Ftotal&usedonly=false", metrics("rq_total")),
        (.get, "/stats", stats(.text)),
        (.get, "/stats?format=json&filter=a+b", stats(.json, "a b")),
        (.get, "/clusters", .render(RenderRequest(page: .clusters))),
        (.get, "/clusters?format=json", .render(RenderRequest(page: .clusters, format: .json))),
        (.post, "/quitquitquit", .quit),
        (.get, "/api/v1/query?query=1%2B1", .query(path: "/api/v1/query", query: "query=1%2B1")),
        (.post, "/api/v1/series", .query(path: "/api/v1/series", query: "")),
        (.delete, "/api/v1/nothing", .query(path: "/api/v1/nothing", query: "")),
        (.get, "/-/ready", .query(path: "/-/ready", query: "")),
        (.get, "/quitquitquit", .methodNotAllowed(allow: "POST")),
        (.post, "/metrics", .methodNotAllowed(allow: "GET, HEAD")),
        (.delete, "/stats", .methodNotAllowed(allow: "GET, HEAD")),
        (.get, "/metric", .notFound(near: ["/metrics"])),
        (.get, "/Ready", .notFound(near: ["/ready"])),
        (.get, "/stats/", .notFound(near: ["/stats", "/stats/prometheus"])),
        (.get, "/zzzzzz", .notFound(near: [])),
    ]

    @Test(arguments: routes) func route(_ method: Method, _ target: String, _ route: AdminRoute) {
        #expect(AdminRoute.route(method, target: target) == route)
    }

    static let badQueries: [(String, String)] = [
        ("/stats?usedonyl", "usedonyl"), ("/stats?format=xml", "xml"), ("/ready?x=1", "\"x\""),
        ("/stats?filter=%zz", "%"), ("/stats?filter=%f", "%"), ("/metrics?format=json", "format"),
        ("/stats?filter=%ff", "%"),
    ]

    @Test(arguments: badQueries) func badQuery(_ target: String, _ word: String) {
        guard case .badQuery(let text) = AdminRoute.route(.get, target: target) else {
            Issue.record("\(target) is accepted")
            return
        }
        #expect(text.contains(word))
    }

    static let paths: [(String, String?)] = [
        ("/a", "/a"), ("/a%2Eb+c%2f", "/a.b+c/"), ("/%", nil), ("/%zz", nil), ("/%ff", nil),
    ]

    @Test(arguments: paths) func decodedPath(_ path: String, _ decoded: String?) {
        #expect(AdminQuery.decodedPath(path) == decoded)
    }

    static let hosts: [(String, Bool)] = [
        ("127.0.0.1:9901", true), ("127.0.0.1", true), ("[::1]:9901", true), ("[::1]", true),
        ("localhost", true), ("LocalHost:9901", true), ("10.1.2.3:80", true),
        ("evil.example", false), ("evil.example:9901", false), ("localhost.evil.example", false),
        ("127.0.0.1.evil.example", false), ("", false), ("[::1", false), ("unix:/x", false),
    ]

    @Test(arguments: hosts) func host(_ value: String, _ isLiteral: Bool) {
        #expect(HostCheck.isLiteral(value) == isLiteral)
    }

    static let origins: [(origin: String?, site: String?, isOwn: Bool)] = [
        (nil, nil, true), (nil, "none", true), ("http://127.0.0.1:9901", "same-origin", true),
        ("http://evil.example", nil, false), ("http://127.0.0.1:9901", "cross-site", false),
        ("null", nil, false), (nil, "same-site", false), ("http://127.0.0.1:80", nil, false),
    ]

    @Test func pagesOfOtherSitesMayChangeNothing() {
        for (origin, site, isOwn) in Self.origins {
            #expect(HostCheck.isOwnOrigin(origin, site: site, host: "127.0.0.1:9901") == isOwn)
        }
    }

    static let loopbacks: [(String, Bool)] = [
        ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("0.0.0.0:1", false),
        ("[::]:1", false), ("10.0.0.1:1", false), ("unix:/x", false),
    ]

    @Test(arguments: loopbacks) func loopback(_ text: String, _ expected: Bool) throws {
        #expect(HostCheck.isLoopback(try SocketAddress.parse(text).get()) == expected)
    }

    private func facts(isLive: Bool = true) throws -> ServerFacts {
        let settings = try Settings(
            Options.read(["--listen", "127.0.0.1:7", "--upstream", "127.0.0.1:8"]))
        return ServerFacts(
            config: settings.proxy, isLive: isLive, startWallMillis: 0,
            uptimeNanos: 5_900_000_000, workers: 2, historyPath: "weir.db", statsd: nil,
            flushIntervalNanos: 1_000_000_000, drainNanos: 10_000_000_000)
    }

    private func text(_ route: AdminRoute, _ path: String = "/x", isLive: Bool = true) throws
        -> (UInt16, String)
    {
        let response = AdminPages.immediate(route, path: path, facts: try facts(isLive: isLive))
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    @Test func smallPages() throws {
        #expect(try text(.ready) == (200, "LIVE\n"))
        #expect(try text(.ready, isLive: false) == (503, "DRAINING\n"))
        #expect(try text(.listeners(.text)) == (200, "ingress::127.0.0.1:7\n"))
        let info = try text(.serverInfo)
        #expect(info.0 == 200)
        #expect(info.1.contains(#""version":"0.1.0""#))
        #expect(info.1.contains(#""uptime_current_epoch":"5s""#))
        let missing = try text(.notFound(near: ["/metrics"]), "/metric")
        #expect(missing.0 == 404)
        #expect(missing.1.contains("/metric;"))
        #expect(missing.1.contains("did you mean /metrics?"))
        for page in AdminRoute.pages { #expect(try text(.help).1.contains(page.path)) }
    }

    @Test func headsCarryLengthAndAllow() throws {
        let refusal = AdminPages.immediate(
            .methodNotAllowed(allow: "POST"), path: "/", facts: try facts())
        let head = String(decoding: refusal.head(isHead: false, closes: true), as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
        #expect(head.contains("\r\nallow: POST\r\n"))
        #expect(head.contains("\r\ncontent-length: \(refusal.body.count)\r\n"))
        #expect(head.contains("\r\nconnection: close\r\n"))
        #expect(head.hasSuffix("\r\n\r\n"))
    }

    static let parts: [(String, String, Bool)] = [
        ("abc", "", true), ("abc", "abc", true), ("abc", "bc", true), ("abc", "abcd", false),
        ("aab", "ab", true), ("", "a", false),
    ]

    @Test(arguments: parts) func contains(_ text: String, _ part: String, _ expected: Bool) {
        #expect(BodyRenderer.contains(text, part) == expected)
    }
}
