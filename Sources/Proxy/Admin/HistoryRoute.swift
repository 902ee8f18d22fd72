// Endpoints of the history beside Prometheus' own: marks that are written (POST), pins and events
// that are read (GET). Path and parameters in, a mark or an answer out; everything is judged here,
// so that the history thread gets nothing it would have to refuse. A parameter that an endpoint
// does not know is refused, never ignored. Pure; docs/query-api.md lists them.

import History
import QueryAPI

/// Who does a request, or what is wrong with it.
enum HistoryRoute {
    /// For the history thread.
    case write(HistoryMark)
    /// For a reader.
    case read
    case refused(APIResponse)

    static let prefix = "/api/v1/history/"

    private static let parameters: [String: (isPost: Bool, names: [String])] = [
        "annotate": (true, ["boot", "kind", "subject", "text", "time"]),
        "pin": (true, ["boot", "end", "reason", "start"]),
        "unpin": (true, ["boot", "pin"]),
        "pins": (false, []),
        "events": (false, ["end", "limit", "start"]),
    ]

    /// - Parameter startMillis: of this weir; a mark that names another start is meant for another.
    static func route(
        _ request: APIRequest, nowMillis: Int64, startMillis: Int64
    ) -> HistoryRoute {
        let name = String(request.path.dropFirst(prefix.count))
        guard let known = parameters[name] else {
            return .refused(APIResponse(.notFound, "no endpoint \(request.path.prefix(200))"))
        }
        let isAllowed = known.isPost ? request.method == .post : request.method == .get
        guard isAllowed else {
            let allow = known.isPost ? "POST" : "GET"
            var response = APIResponse(.badData, "method not allowed: use \(allow)")
            response.status = 405
            response.allow = allow
            return .refused(response)
        }
        if let odd = request.parameters.first(where: { !known.names.contains($0.name) }) {
            let list = known.names.isEmpty ? "none" : known.names.joined(separator: ", ")
            return .refused(
                APIResponse(
                    .badData, "no parameter \"\(odd.name.prefix(100))\"; there are: \(list)"))
        }
        if !known.isPost { return .read }
        do throws(APIFailure) {
            let given = HistoryParameters(request)
            if let boot = given["boot"], boot != String(startMillis) {
                throw APIFailure(.badData, "boot: another weir is at this address")
            }
            let mark = try mark(name, given, nowMillis)
            if let problem = mark.refusal(nowMillis: nowMillis) {
                throw APIFailure(.badData, problem)
            }
            return .write(mark)
        } catch {
            return .refused(APIResponse(error.kind, error.text))
        }
    }

    private static func mark(
        _ name: String, _ given: HistoryParameters, _ nowMillis: Int64
    ) throws(APIFailure) -> HistoryMark {
        switch name {
        case "annotate":
            return .annotation(
                kind: given["kind"] ?? "annotation", subject: given["subject"] ?? "",
                text: given["text"] ?? "", atMillis: try given.time("time") ?? nowMillis)
        case "pin":
            guard let from = try given.time("start"), let to = try given.time("end") else {
                throw APIFailure(.badData, "start and end say which window is kept")
            }
            return .pin(from: from, to: to, reason: given["reason"] ?? "")
        default:
            guard let id = given["pin"].flatMap({ Int64($0) }) else {
                throw APIFailure(.badData, "pin: the number of a pin; GET \(prefix)pins lists them")
            }
            return .unpin(id)
        }
    }
}

/// Parameters by name; the first of two counts.
struct HistoryParameters {
    private let request: APIRequest

    init(_ request: APIRequest) { self.request = request }

    subscript(name: String) -> String? {
        request.parameters.first { $0.name == name }.flatMap { $0.value.isEmpty ? nil : $0.value }
    }

    /// Unix seconds or RFC 3339, as everywhere in the API.
    func time(_ name: String) throws(APIFailure) -> Int64? {
        guard let text = self[name] else { return nil }
        guard let time = APITime.millis(text) else {
            throw APIFailure(
                .badData,
                "\(name): \"\(text.prefix(100))\" is neither Unix seconds nor RFC 3339")
        }
        return time
    }

    func count(_ name: String, default fallback: Int, max: Int) throws(APIFailure) -> Int {
        guard let text = self[name] else { return fallback }
        guard let count = Int(text), (1...max).contains(count) else {
            throw APIFailure(.badData, "\(name): not a number from 1 to \(max)")
        }
        return count
    }
}
