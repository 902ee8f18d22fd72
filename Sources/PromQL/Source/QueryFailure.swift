// The ways in which a query that was parsed ends without a result, with the texts that users of
// Prometheus know: people search for them. What a text cannot be parsed for is QueryError's matter.
// Values, any thread.

/// Why a query that was parsed has no result; the HTTP API maps each case to a status.
public enum QueryFailure: Error, Sendable, Equatable {
    /// 422 execution: "query processing would load too many samples into memory ...".
    case tooManySamples(limit: Int)
    /// 503 timeout: "query timed out in expression evaluation".
    case timedOut
    /// 499 canceled.
    case cancelled
    /// 422 execution, with the engine's own words, as Prometheus says them.
    case execution(String)
    /// 400 bad_data: what only shows when types and parameters are put together.
    case badData(String)
    /// 500 internal: the source could not be read.
    case source(String)

    /// The text that users of Prometheus know.
    public var message: String {
        switch self {
        case .tooManySamples:
            "query processing would load too many samples into memory in query execution"
        case .timedOut: "query timed out in expression evaluation"
        case .cancelled: "query was canceled in query execution"
        case .execution(let text), .badData(let text), .source(let text): text
        }
    }
}
