// Answers of the history's own endpoints: what became of a mark, which pins and events there are,
// in the envelope of the API. Pins and events are read on a reader's thread through a connection of
// their own, which costs half a millisecond and cannot be one to a file that has gone.

import History
import QueryAPI

/// What became of a client's mark.
enum MarkResult: Sendable {
    case written(HistoryMark, MarkOutcome)
    /// The file cannot be written now; why.
    case failed(String)

    var isWritten: Bool {
        switch self {
        case .written(_, .done), .written(_, .pinned): true
        case .written(_, .noSuchPin), .written(_, .tooManyPins), .failed: false
        }
    }

    var response: APIResponse {
        switch self {
        case .failed(let reason): return APIResponse(.unavailable, "not written: \(reason)")
        case .written(.unpin(let id), .noSuchPin):
            return APIResponse(.notFound, "no pin \(id); GET \(HistoryRoute.prefix)pins lists them")
        case .written(_, .tooManyPins):
            return APIResponse(
                .execution, "\(HistoryMark.pinsMax) windows are pinned already: unpin some first")
        case .written(let mark, let outcome):
            return HistoryPages.success { $0.object("data") { mark.write(outcome, to: &$0) } }
        }
    }
}

enum HistoryPages {
    private static let eventsDefault = 1000
    private static let eventsMax = 10_000

    /// A request that `HistoryRoute` calls `.read`.
    static func respond(to request: APIRequest, path: String?) -> APIResponse {
        guard let path else {
            return APIResponse(.unavailable, "no history: weir runs with --no-history")
        }
        do throws(APIFailure) {
            let given = HistoryParameters(request)
            let (from, to) = (try given.time("start"), try given.time("end"))
            let limit = try given.count("limit", default: eventsDefault, max: eventsMax)
            do throws(HistoryError) {
                let reader = try HistoryReader(path: path)
                if request.path == HistoryRoute.prefix + "pins" {
                    return pins(try reader.pins())
                }
                // One more than asked for tells whether there are more.
                let found = try reader.events(
                    from: from ?? .min, to: to ?? .max, newest: limit + 1)
                return events(found, limit)
            } catch {
                throw APIFailure(.unavailable, "no history: \(error)")
            }
        } catch {
            return APIResponse(error.kind, error.text)
        }
    }

    /// `{"status":"success",` and what `body` adds.
    fileprivate static func success(_ body: (inout JSONText) -> Void) -> APIResponse {
        var json = JSONText()
        json.object {
            $0.string("status", "success")
            body(&$0)
        }
        return APIResponse(status: 200, body: Array(json.text.utf8))
    }

    private static func pins(_ pins: [StoredPin]) -> APIResponse {
        success { json in
            json.array("data") { json in
                for pin in pins {
                    json.object {
                        let mark = HistoryMark.pin(
                            from: pin.fromMillis, to: pin.toMillis, reason: pin.reason)
                        mark.write(.pinned(pin.id), to: &$0)
                    }
                }
            }
        }
    }

    /// The newest `limit` of them, oldest first.
    private static func events(_ events: [StoredEvent], _ limit: Int) -> APIResponse {
        success { json in
            json.array("data") { json in
                for event in events.suffix(limit) {
                    json.object {
                        $0.seconds("time", event.timeMillis)
                        $0.string("kind", event.kind)
                        $0.string("subject", event.subject)
                        $0.string("text", event.text)
                    }
                }
            }
            if events.count > limit {
                json.array("warnings") { $0.string(nil, "results truncated due to limit") }
            }
        }
    }
}

extension HistoryMark {
    fileprivate func write(_ outcome: MarkOutcome, to json: inout JSONText) {
        switch self {
        case .annotation(let kind, let subject, let text, let time):
            json.seconds("time", time)
            json.string("kind", kind)
            json.string("subject", subject)
            json.string("text", text)
        case .pin(let from, let to, let reason):
            if case .pinned(let id) = outcome { json.number("pin", id) }
            json.seconds("start", from)
            json.seconds("end", to)
            json.string("reason", reason)
        case .unpin(let id): json.number("pin", id)
        }
    }
}
