// Any server with the HTTP API of Prometheus as a backend: a running weir, Prometheus, Mimir,
// Thanos, VictoriaMetrics. Queries go by POST, since they may be long. What the server refuses is
// shown in its own words, with a caret when our parser refuses it too; dialects that only the
// server knows pass. Server warnings become remarks.

import Glibc
import History
import PromQL
import QueryAPI

final class ServerBackend: Backend {
    let name: String
    let client: HTTPClient
    /// One "now" for the whole command, so that its queries fit together.
    private let now = StoreOptions.nowMillis

    init(url: String) throws(Failure) {
        let address = try ServerAddress(url)
        name = address.text
        client = HTTPClient(address)
    }

    func instant(_ query: String, at time: Int64) throws -> Answer {
        let form = [("query", query), ("time", Self.seconds(time))]
        return try answer("/api/v1/query", form, query: query)
    }

    func range(_ query: String, _ window: Window) throws -> Answer {
        let form = [
            ("query", query), ("start", Self.seconds(window.start)),
            ("end", Self.seconds(window.end)), ("step", Self.seconds(window.step)),
        ]
        return try answer("/api/v1/query_range", form, query: query)
    }

    func series(_ selector: String, _ window: Window) throws -> [Labels] {
        let form = [("match[]", selector)] + Self.bounds(window)
        return try get("/api/v1/series", form, APIReader.series).sorted()
    }

    func labelNames(_ selector: String?, _ window: Window) throws -> [String] {
        let form = (selector.map { [("match[]", $0)] } ?? []) + Self.bounds(window)
        return try get("/api/v1/labels", form, APIReader.strings)
    }

    func labelValues(_ label: String, _ selector: String?, _ window: Window) throws -> [String] {
        let form = (selector.map { [("match[]", $0)] } ?? []) + Self.bounds(window)
        return try get(
            "/api/v1/label/\(HTTPClient.escaped(label))/values", form, APIReader.strings)
    }

    /// Prometheus lists a name once per kind that its targets give it; the first one counts.
    func metadata() throws -> [String: Metadata] {
        var result: [String: Metadata] = [:]
        for entry in try get("/api/v1/metadata", [], APIReader.metadata)
        where result[entry.name] == nil {
            result[entry.name] = Metadata(type: entry.type, help: entry.help)
        }
        return result
    }

    func events(start: Int64, end: Int64) throws -> [EventMark] {
        try storedEvents(start: start, end: end) ?? []
    }

    func newest() throws -> Int64 { now }

    func oldest() throws -> Int64? { nil }

    // MARK: requests

    private func answer(
        _ path: String, _ form: [(String, String)], query: String
    ) throws(Failure) -> Answer {
        let reply = try client.post(path, form: form)
        do throws(APIReadError) {
            let answer = try APIReader.value(reply.body)
            return Answer(value: answer.value, remarks: answer.warnings + answer.infos)
        } catch {
            throw failure(error, reply, query: query)
        }
    }

    private func get<Value>(
        _ path: String, _ form: [(String, String)],
        _ read: ([UInt8]) throws(APIReadError) -> APIReply<Value>
    ) throws(Failure) -> Value {
        let encoded = HTTPClient.encoded(form)
        let reply = try client.get(path + (encoded.isEmpty ? "" : "?" + encoded))
        do throws(APIReadError) {
            return try read(reply.body).value
        } catch {
            throw failure(error, reply, query: nil)
        }
    }

    private func failure(
        _ error: APIReadError, _ reply: HTTPReply, query: String?
    ) -> Failure {
        if case .refused(let kind, let text) = error {
            // VictoriaMetrics says the status instead of a kind.
            guard ["bad_data", "execution", "400", "422"].contains(kind), let query,
                !text.contains("too many samples")
            else { return .trouble("\(name): \(text)") }
            do throws(QueryError) {
                _ = try Parser.expression(query)
                return .usage("\(name): \(text)")
            } catch {
                return QueryText.refused(query, error)
            }
        }
        if reply.status != 200 {
            return .trouble(
                "\(name): HTTP status \(reply.status); is this a Prometheus-compatible server?")
        }
        return .trouble(
            "\(name): the answer is not that of a Prometheus-compatible server (\(error))")
    }

    private static func bounds(_ window: Window) -> [(String, String)] {
        [("start", seconds(window.start)), ("end", seconds(window.end))]
    }

    private static func seconds(_ millis: Int64) -> String { APIText.seconds(millis) }
}
