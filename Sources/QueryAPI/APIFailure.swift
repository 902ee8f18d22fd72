// Why a request has no result: the error types of Prometheus' HTTP API and their status codes.
// Texts are Prometheus' own, since people search for them. Values, any thread.
// Source: https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview

public import PromQL

/// The `errorType` of an error.
public enum APIErrorKind: String, Sendable, CaseIterable {
    case badData = "bad_data"
    case execution
    case canceled
    case timeout
    case `internal`
    case notFound = "not_found"
    case notAcceptable = "not_acceptable"
    /// Nothing to ask: no history, or too many queries wait.
    case unavailable

    /// The HTTP status.
    public var status: Int {
        switch self {
        case .badData: 400
        case .execution: 422
        case .canceled: 499
        case .timeout, .unavailable: 503
        case .internal: 500
        case .notFound: 404
        case .notAcceptable: 406
        }
    }
}

/// An error on its way into the envelope.
public struct APIFailure: Error, Sendable, Equatable {
    public let kind: APIErrorKind
    public let text: String

    public init(_ kind: APIErrorKind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    /// `invalid parameter "step": ...`
    static func parameter(_ name: String, _ text: String) -> APIFailure {
        APIFailure(.badData, "invalid parameter \"\(name)\": \(text)")
    }

    public init(_ failure: QueryFailure) {
        let kind: APIErrorKind =
            switch failure {
            case .tooManySamples, .execution: .execution
            case .timedOut: .timeout
            case .cancelled: .canceled
            case .badData: .badData
            case .source: .internal
            }
        self.init(kind, failure.message)
    }
}
