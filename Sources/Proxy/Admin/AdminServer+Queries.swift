// Requests to the query API on their way through main: the form is gathered and taken apart here,
// the rest happens on a reader. A form is the only body the admin reads: of a known length,
// bounded, urlencoded. Errors speak the API's language, since its clients read nothing else. Main
// thread.

import EventLoop
import HTTP1
import QueryAPI
import Stats

extension AdminServer {
    /// Beyond the query's own limit, for a source that looks at the clock late.
    private static let queryNanos = QueryJob.limitNanos + 15_000_000_000

    func startQuery(
        _ slot: Int, _ head: RequestHead, _ bytes: [UInt8], path: String, query: String
    ) {
        guard let decoded = AdminQuery.decodedPath(path) else {
            return respond(slot, APIResponse(.badData, "the path has a bad % escape"))
        }
        guard head.method == .post else {
            let method: APIRequest.Method =
                head.method == .get || head.method == .head ? .get : .other
            return submit(slot, decoded, method, query: query, form: "")
        }
        switch Self.formLength(head, text(.contentType, bytes)) {
        case .failure(let problem):
            var response = APIResponse(.badData, problem.text)
            response.status = problem.status
            respond(slot, response)
        case .success(0):
            connections[slot]!.closesAfter = !head.keepAlive
            submit(slot, decoded, .post, query: query, form: "")
        case .success(let length):
            connections[slot]!.closesAfter = !head.keepAlive
            connections[slot]!.form = AdminConnection.PendingForm(
                path: decoded, query: query, bytes: length)
        }
    }

    /// False when the form is not complete yet.
    func takeForm(_ slot: Int) -> Bool {
        let input = connections[slot]!.input
        guard let form = connections[slot]!.form, input.count >= form.bytes else { return false }
        connections[slot]!.input.removeFirst(form.bytes)
        connections[slot]!.form = nil
        guard let text = String(validating: input[..<form.bytes], as: UTF8.self) else {
            respond(slot, APIResponse(.badData, "the form is not UTF-8"))
            return true
        }
        submit(slot, form.path, .post, query: form.query, form: text)
        return true
    }

    private struct FormProblem: Error {
        let status: Int
        let text: String
    }

    private static func formLength(
        _ head: RequestHead, _ type: String?
    ) -> Result<Int, FormProblem> {
        let length: UInt64
        switch head.framing {
        case .none: return .success(0)
        case .length(let bytes): length = bytes
        case .chunked, .untilClose:
            return .failure(FormProblem(status: 411, text: "a form needs a Content-Length"))
        }
        if length > UInt64(AdminConnection.formBytesMax) {
            let text = "the form is larger than \(AdminConnection.formBytesMax) bytes"
            return .failure(FormProblem(status: 413, text: text))
        }
        let media = (type ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        if length > 0, media != "application/x-www-form-urlencoded" {
            let text = "POST takes application/x-www-form-urlencoded"
            return .failure(FormProblem(status: 415, text: text))
        }
        return .success(Int(length))
    }

    private func submit(
        _ slot: Int, _ path: String, _ method: APIRequest.Method, query: String, form: String
    ) {
        var request = APIRequest(path: path, method: method)
        for text in [form, query] {
            switch AdminQuery.parse(text) {
            case .failure(let problem):
                return respond(slot, APIResponse(.badData, problem.text))
            case .success(let query): request.parameters += query.values
            }
        }
        if path.hasPrefix(HistoryRoute.prefix) {
            let route = HistoryRoute.route(
                request, nowMillis: Clock.wallMillis(), startMillis: facts().startWallMillis)
            switch route {
            case .refused(let response): return respond(slot, response)
            case .write(let mark):
                wait(slot, for: nil)
                return events.append(.mark(ticket(slot), mark))
            case .read: break
            }
        }
        let cancellation = QueryCancellation()
        wait(slot, for: cancellation)
        events.append(.query(ticket(slot), request, cancellation))
    }

    /// Until a reader or the history thread has answered.
    private func wait(_ slot: Int, for cancellation: QueryCancellation?) {
        connections[slot]!.cancellation = cancellation
        connections[slot]!.phase = .rendering
        setInterest(slot, .peerClosed)
        setDeadline(slot, Self.queryNanos)
    }

    /// The peer will send no more. It may still read, but rarely does, so its query ends, as with
    /// Prometheus; the answer, 499, finds who is left.
    func queryAbandoned(_ slot: Int) {
        connections[slot]!.cancellation?.raise()
        connections[slot]!.closesAfter = true
        setInterest(slot, [])
    }

    private func respond(_ slot: Int, _ response: APIResponse) {
        respond(slot, AdminResponse(response))
    }

    // MARK: Answers from readers

    func deliver(_ answer: QueryAnswer) {
        shard.add(queryMetrics.total)
        shard.record(queryMetrics.time, answer.nanos)
        shard.record(queryMetrics.queueTime, answer.queueNanos)
        shard.add(queryMetrics.bytes, UInt64(answer.response.body.count))
        if let kind = answer.response.failure { shard.add(queryMetrics.failures(kind)) }
        guard let slot = waiting(answer.ticket) else { return }
        respond(slot, answer.response)
        proceed(slot)
    }

    /// An answer that no reader made.
    func deliver(_ response: APIResponse, to ticket: ScrapeTicket) {
        guard let slot = waiting(ticket) else { return }
        respond(slot, response)
        proceed(slot)
    }

    /// Too many wait.
    func refuseQuery(_ ticket: ScrapeTicket) {
        shard.add(queryMetrics.refused)
        deliver(APIResponse(.unavailable, "too many queries wait: try again"), to: ticket)
    }
}
