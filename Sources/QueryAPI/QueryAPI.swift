// The HTTP API of Prometheus as a function: a request, what it may look at, and a time in; a
// status and bytes out. Shapes, texts and number formats are Prometheus v3.5's, so that Grafana's
// data source and promtool need no change. No socket, no file, no state between requests; runs on
// the caller's thread. Topics: +Queries, +Series, +Status.
// Source: https://prometheus.io/docs/prometheus/latest/querying/api/

public import PromQL

/// Answers requests to `/api/v1/...`, `/-/healthy` and `/-/ready`.
public struct QueryAPI {
    /// Unix milliseconds: what a query without a time means.
    public var now: Int64
    /// Its timeout is the longest that a request may ask for.
    public var engineOptions: EngineOptions
    /// A response beyond this is an error, 422.
    public var responseBytesMax = 64 << 20
    /// The samples; an error when there are none to be had. Asked for only by endpoints that read.
    public var source: () throws(APIFailure) -> any SeriesSource
    /// Asked for by query_exemplars; nil: there are none.
    public var exemplars: ExemplarReader?
    public var server: ServerDescription

    /// Exemplars of series that satisfy one of the matcher lists, in [start, end].
    public typealias ExemplarReader = (
        _ matcherLists: [[LabelMatcher]], _ start: Int64, _ end: Int64
    ) throws(APIFailure) -> [ExemplarSeries]

    public init(
        now: Int64, engineOptions: EngineOptions = EngineOptions(),
        server: ServerDescription = ServerDescription(),
        source: @escaping () throws(APIFailure) -> any SeriesSource
    ) {
        self.now = now
        self.engineOptions = engineOptions
        self.server = server
        self.source = source
    }

    /// Whether `path` belongs to the API, known endpoint or not.
    public static func owns(_ path: String) -> Bool {
        path.hasPrefix("/api/v1/") || path == "/-/healthy" || path == "/-/ready"
    }

    /// Never fails: whatever goes wrong is an answer too.
    public func respond(to request: APIRequest) -> APIResponse {
        guard let endpoint = Endpoint(path: request.path) else {
            return APIResponse(.notFound, "no endpoint \(request.path.prefix(200))")
        }
        let isAllowed =
            request.method == .get || request.method == .post && endpoint.takesPost
        guard isAllowed else { return methodNotAllowed(endpoint) }
        if case .health(let text) = endpoint {
            var response = APIResponse(status: 200, body: Array("\(text)\n".utf8))
            response.contentType = "text/plain; charset=utf-8"
            return response
        }
        do throws(APIFailure) {
            var json = JSONBuffer(bytesMax: responseBytesMax)
            json.append(#"{"status":"success","data":"#)
            let notes = try answer(endpoint, request, &json)
            json.notes("warnings", notes.warnings, kind: "warning")
            json.notes("infos", notes.infos, kind: "info")
            json.append("}")
            try json.checkSize()
            return APIResponse(status: 200, body: json.bytes)
        } catch {
            return APIResponse(error.kind, error.text)
        }
    }

    private func methodNotAllowed(_ endpoint: Endpoint) -> APIResponse {
        let allow = endpoint.takesPost ? "GET, POST" : "GET"
        var response = APIResponse(.badData, "method not allowed: use \(allow)")
        response.status = 405
        response.allow = allow
        return response
    }

    private func answer(
        _ endpoint: Endpoint, _ request: APIRequest, _ json: inout JSONBuffer
    ) throws(APIFailure) -> Notes {
        switch endpoint {
        case .query: return try query(request, &json)
        case .queryRange: return try queryRange(request, &json)
        case .queryExemplars: return try queryExemplars(request, &json)
        case .series: return try series(request, &json)
        case .labels: return try labelNames(request, &json)
        case .labelValues(let name): return try labelValues(of: name, request, &json)
        case .formatQuery: json.string(try request.expression().pretty())
        case .parseQuery: json.append(json: try request.expression().json())
        case .metadata: try metadata(request, &json)
        case .targets, .targetsMetadata, .rules, .alerts, .alertManagers, .status:
            status(endpoint, &json)
        case .health: break
        }
        return Notes()
    }
}

/// Remarks beside the data, without a bound yet.
struct Notes {
    var warnings: [String] = []
    var infos: [String] = []

    static let truncated = Notes(warnings: ["results truncated due to limit"])
}

extension JSONBuffer {
    /// Of each kind that are shown; the rest is one line.
    private static let notesMax = 10

    /// `,"warnings":[...]`, or nothing.
    mutating func notes(_ key: StaticString, _ texts: [String], kind: String) {
        if texts.isEmpty { return }
        append(",\"")
        append(key)
        append("\":[")
        for (index, text) in texts.prefix(Self.notesMax).enumerated() {
            separate(index)
            string(text)
        }
        if texts.count > Self.notesMax {
            append(",")
            string("\(texts.count - Self.notesMax) more \(kind) annotations omitted")
        }
        append("]")
    }
}
