// Parameters of a request as values, and what is said when they are none. The texts differ from
// endpoint to endpoint because Prometheus' do. Clients show them to people as they are, and people
// search for them. Values, any thread.

import PromQL

extension APIRequest {
    /// A time that may be missing, as most endpoints take it.
    func time(_ name: String, default fallback: Int64) throws(APIFailure) -> Int64 {
        guard let text = self[name] else { return fallback }
        guard let time = TimeText.time(text) else {
            throw .parameter(
                name, "invalid time value for '\(name)': \(Self.noTime(text))")
        }
        return time
    }

    /// A time that must be there: start and end of a range query.
    func requiredTime(_ name: String) throws(APIFailure) -> Int64 {
        let text = self[name] ?? ""
        guard let time = TimeText.time(text) else { throw .parameter(name, Self.noTime(text)) }
        return time
    }

    /// Milliseconds.
    func requiredLength(_ name: String) throws(APIFailure) -> Int64 {
        do throws(LengthProblem) {
            return try Self.length(self[name] ?? "")
        } catch {
            throw .parameter(name, error.text)
        }
    }

    func length(_ name: String) throws(APIFailure) -> Int64? {
        try self[name] == nil ? nil : requiredLength(name)
    }

    /// How long a sample counts; milliseconds.
    func lookback() throws(APIFailure) -> Int64? {
        guard let text = self["lookback_delta"] else { return nil }
        do throws(LengthProblem) {
            return try Self.length(text)
        } catch {
            throw APIFailure(.badData, "error parsing lookback delta duration: \(error.text)")
        }
    }

    /// Elements of an answer; 0: all.
    func limit() throws(APIFailure) -> Int {
        guard let text = self["limit"] else { return 0 }
        guard let limit = Int(text) else {
            throw .parameter(
                "limit", "strconv.Atoi: parsing \(Self.quoted(text)): invalid syntax")
        }
        guard limit >= 0 else { throw .parameter("limit", "limit must be non-negative") }
        return limit
    }

    func expression(_ name: String = "query") throws(APIFailure) -> Expression {
        let text = self[name] ?? ""
        do throws(QueryError) {
            return try Parser.expression(text)
        } catch {
            throw .parameter(name, Self.words(error, in: text))
        }
    }

    /// The selectors of `match[]`.
    func matchers() throws(APIFailure) -> [[LabelMatcher]] {
        var lists: [[LabelMatcher]] = []
        for text in all("match[]") {
            do throws(QueryError) {
                lists.append(try Parser.selector(text).allMatchers)
            } catch {
                throw .parameter("match[]", Self.words(error, in: text))
            }
        }
        return lists
    }

    // MARK: - Words

    /// Line, column and message of a query that cannot be parsed.
    static func words(_ error: QueryError, in text: String) -> String {
        text.isEmpty
            ? "unknown position: parse error: \(error.message)" : error.located(in: text)
    }

    private struct LengthProblem: Error {
        let text: String
    }

    private static func length(_ text: String) throws(LengthProblem) -> Int64 {
        switch TimeText.length(text) {
        case .millis(let value): return value
        case .malformed:
            throw LengthProblem(text: "cannot parse \(quoted(text)) to a valid duration")
        case .overflow:
            throw LengthProblem(
                text: "cannot parse \(quoted(text)) to a valid duration. It overflows int64")
        }
    }

    private static func noTime(_ text: String) -> String {
        "cannot parse \(quoted(text)) to a valid timestamp"
    }

    static func quoted(_ text: String) -> String {
        var json = JSONBuffer()
        json.string(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
