// Where a mark goes: to a running weir by its admin, or into a file at rest under the writer's
// lock. A file that a weir writes says where that weir's admin is, so `--db` works on both; the
// start of the boot goes along, so that no other weir at that address takes the mark.

import History
import QueryAPI

enum MarkTarget {
    /// Writes `mark`; the number of the pin it made.
    static func put(_ mark: HistoryMark, _ store: StoreOptions) throws -> Int64? {
        if let problem = mark.refusal(nowMillis: StoreOptions.nowMillis) {
            throw Failure.usage(problem)
        }
        if let url = store.url { return try ServerBackend(url: url).put(mark, bootStart: nil) }
        // A reader refuses what is missing, empty or of another program, and creates nothing.
        let reader = try HistoryReader(path: store.db)
        let outcome: MarkOutcome
        do throws(HistoryError) {
            let history = try OfflineHistory(
                path: store.db, wallMillis: StoreOptions.nowMillis, version: Statsctl.version)
            outcome = try history.put(mark)
            try history.finish()
        } catch {
            guard error.reason == .alreadyWriting else { throw error }
            return try putIntoOneInUse(mark, reader)
        }
        return try judged(outcome, mark, store.db).get()
    }

    private static func judged(
        _ outcome: MarkOutcome, _ mark: HistoryMark, _ name: String
    ) -> Result<Int64?, Failure> {
        switch outcome {
        case .done: return .success(nil)
        case .pinned(let id): return .success(id)
        case .noSuchPin:
            var words = ""
            if case .unpin(let id) = mark { words = " \(id)" }
            return .failure(.nothing("\(name): no pin\(words); `statsctl pin` lists them"))
        case .tooManyPins:
            return .failure(
                .trouble(
                    "\(name): \(HistoryMark.pinsMax) windows are pinned already; unpin some first"))
        }
    }

    private static func putIntoOneInUse(
        _ mark: HistoryMark, _ reader: HistoryReader
    ) throws -> Int64? {
        guard let admin = try reader.adminURL(), let boot = try reader.boots().last else {
            throw Failure.trouble(
                "\(reader.path): a running weir without an admin writes it, and a history has one"
                    + " writer: do this when it has stopped")
        }
        return try ServerBackend(url: admin).put(mark, bootStart: boot.startMillis)
    }
}

extension ServerBackend {
    private static let path = "/api/v1/history/"

    /// - Parameter bootStart: Unix milliseconds; another weir refuses.
    func put(_ mark: HistoryMark, bootStart: Int64?) throws -> Int64? {
        var form: [(String, String)]
        let name: String
        switch mark {
        case .annotation(let kind, let subject, let text, let time):
            name = "annotate"
            form = [("kind", kind), ("subject", subject), ("text", text)]
            form.append(("time", APIText.seconds(time)))
        case .pin(let from, let to, let reason):
            name = "pin"
            form = [("start", APIText.seconds(from)), ("end", APIText.seconds(to))]
            form.append(("reason", reason))
        case .unpin(let id):
            name = "unpin"
            form = [("pin", String(id))]
        }
        if let bootStart { form.append(("boot", String(bootStart))) }
        let reply = try records(client.post(Self.path + name, form: form))
        return reply.first?["pin"].flatMap { Int64($0) }
    }

    func pins() throws -> [StoredPin] {
        try records(client.get(Self.path + "pins")).compactMap { pin in
            guard let id = pin["pin"].flatMap({ Int64($0) }), let from = Self.millis(pin["start"]),
                let to = Self.millis(pin["end"])
            else { return nil }
            return StoredPin(id: id, fromMillis: from, toMillis: to, reason: pin["reason"] ?? "")
        }
    }

    /// Only a weir keeps events: nil from other servers, which do not know the page.
    func storedEvents(start: Int64, end: Int64) throws -> [EventMark]? {
        let form = [
            ("start", APIText.seconds(start)), ("end", APIText.seconds(end)),
            ("limit", "10000"),
        ]
        let reply = try client.get(Self.path + "events?" + HTTPClient.encoded(form))
        if [400, 404, 405].contains(reply.status) { return nil }
        return try records(reply).compactMap { event in
            Self.millis(event["time"]).map {
                EventMark(
                    time: $0, kind: event["kind"] ?? "", subject: event["subject"] ?? "",
                    text: event["text"] ?? "")
            }
        }
    }

    private static func millis(_ seconds: String?) -> Int64? { seconds.flatMap(APITime.millis) }

    private func records(_ reply: HTTPReply) throws(Failure) -> [[String: String]] {
        do throws(APIReadError) {
            return try APIReader.records(reply.body).value
        } catch {
            switch error {
            case .refused("not_found", let text) where text.hasPrefix("no pin"):
                throw .nothing("\(name): \(text)")
            case .refused("not_found", _):
                throw .usage("\(name) is no weir with a history: it keeps no marks")
            case .refused("bad_data", let text) where reply.status == 400:
                throw .usage("\(name): \(text)")
            case .refused(_, let text): throw .trouble("\(name): \(text)")
            case .malformed, .tooLarge:
                throw .trouble(
                    "\(name): HTTP status \(reply.status); this is no weir with a history")
            }
        }
    }
}
