// Which admin page a request asks for. Method and target in, a closed set of answers out; no
// socket, no snapshot. Paths are Envoy's, plus /metrics. Reading takes GET or HEAD, changing
// takes POST. A parameter that a page does not know is refused, never ignored, since a mistyped
// ?usedonyl would otherwise look like an answer. Main thread.

import HTTP1
import QueryAPI

/// Pages that are rendered from a snapshot, on a reader thread.
enum RenderedPage: String, CaseIterable, Sendable {
    case metrics, stats, clusters

    var index: Int { Self.allCases.firstIndex(of: self)! }
}

/// A body to render. Connections that ask for the same one at the same time share it.
struct RenderRequest: Hashable, Sendable {
    enum Format: String, Sendable { case text, json }

    var page: RenderedPage
    var format = Format.text
    /// Substring that a dotted series name must contain; empty: all.
    var filter = ""
    /// Leave out what was never written.
    var usedOnly = false
}

enum AdminRoute: Equatable {
    case help
    case ready
    case serverInfo
    case listeners(RenderRequest.Format)
    case quit
    case render(RenderRequest)
    /// The query API's, whose parameters and methods it judges itself; both still encoded.
    case query(path: String, query: String)
    case notFound(near: [String])
    case methodNotAllowed(allow: String)
    case badQuery(String)

    /// Path and help line of each page, as /help shows them.
    static let pages: [(path: String, help: String)] = [
        ("/", "this list"),
        (
            "/api/v1/",
            "the HTTP API of Prometheus over the history: query, query_range, series, ..."
        ),
        (
            "/api/v1/history/",
            "events, pins; POST: annotate, pin, unpin (docs/query-api.md)"
        ),
        ("/clusters", "endpoints and their counts; ?format=json"),
        ("/help", "this list"),
        ("/listeners", "listeners and their addresses; ?format=json"),
        ("/metrics", "all metrics for Prometheus (text 0.0.4); ?filter=TEXT, ?usedonly"),
        ("/quitquitquit", "POST: drain and end, as SIGTERM does"),
        ("/ready", "200 LIVE, or 503 DRAINING"),
        ("/server_info", "version, state, uptime and settings as JSON"),
        (
            "/stats",
            "all metrics by dotted name; ?format=json|prometheus, ?filter=TEXT, ?usedonly"
                + " (TEXT is any part of a name)"
        ),
        ("/stats/prometheus", "the same as /metrics"),
    ]

    static func route(_ method: Method, target: String) -> AdminRoute {
        let mark = target.firstIndex(of: "?")
        let path = String(target[..<(mark ?? target.endIndex)])
        if QueryAPI.owns(path) {
            let query = mark.map { String(target[target.index(after: $0)...]) }
            return .query(path: path, query: query ?? "")
        }
        guard pages.contains(where: { $0.path == path }) else {
            return .notFound(near: near(path))
        }
        let changes = path == "/quitquitquit"
        let isAllowed = changes ? method == .post : method == .get || method == .head
        if !isAllowed { return .methodNotAllowed(allow: changes ? "POST" : "GET, HEAD") }
        let query = mark.map { String(target[target.index(after: $0)...]) } ?? ""
        switch AdminQuery.parse(query) {
        case .failure(let problem): return .badQuery(problem.text)
        case .success(let query): return page(path, query)
        }
    }

    private static func page(_ path: String, _ query: AdminQuery) -> AdminRoute {
        let known: Set<String> =
            switch path {
            case "/stats": ["format", "filter", "usedonly"]
            case "/metrics", "/stats/prometheus": ["filter", "usedonly"]
            case "/clusters", "/listeners": ["format"]
            default: []
            }
        if let odd = query.names.first(where: { !known.contains($0) }) {
            let list = known.isEmpty ? "no parameters" : known.sorted().joined(separator: ", ")
            return .badQuery("\(path) does not know the parameter \"\(odd)\"; it takes \(list)")
        }
        switch path {
        case "/metrics", "/stats/prometheus": return .render(query.request(.metrics))
        case "/clusters": return withFormat(query) { .render(query.request(.clusters, $0)) }
        case "/listeners": return withFormat(query) { .listeners($0) }
        case "/stats":
            if query.format == "prometheus" { return .render(query.request(.metrics)) }
            return withFormat(query) { .render(query.request(.stats, $0)) }
        case "/ready": return .ready
        case "/server_info": return .serverInfo
        case "/quitquitquit": return .quit
        default: return .help
        }
    }

    private static func withFormat(
        _ query: AdminQuery, _ route: (RenderRequest.Format) -> AdminRoute
    ) -> AdminRoute {
        guard let text = query.format else { return route(.text) }
        guard let format = RenderRequest.Format(rawValue: text) else {
            return .badQuery("format \"\(text)\" is unknown; use text or json")
        }
        return route(format)
    }

    /// Paths one may have meant: slips of the pen, then paths that share a beginning or end.
    private static func near(_ path: String) -> [String] {
        let paths = pages.map(\.path).filter { $0 != "/" }
        let slips = NearName.ranked(path, among: paths)
        let related = paths.filter { candidate in
            path.utf8.count > 1 && (candidate.hasPrefix(path) || path.hasPrefix(candidate))
        }
        return Array((slips + related.filter { !slips.contains($0) }).prefix(3))
    }
}
