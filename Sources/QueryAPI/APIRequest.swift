// What goes into the API and what comes out of it: a path, a method and parameters; a status and
// bytes. No socket, no percent-encoding: the caller has taken the form and the query string apart.
// Values, any thread.

/// One request to `/api/v1/...`.
public struct APIRequest: Sendable {
    public enum Method: Sendable {
        case get, post, other
    }

    /// Without the query string.
    public var path: String
    public var method: Method
    /// Decoded, those of a form body before those of the query string.
    public var parameters: [(name: String, value: String)]

    public init(
        path: String, method: Method = .get, parameters: [(name: String, value: String)] = []
    ) {
        self.path = path
        self.method = method
        self.parameters = parameters
    }

    /// The first value of that name; nil when it is missing or empty, as Prometheus sees it.
    subscript(_ name: String) -> String? {
        for parameter in parameters where parameter.name == name {
            return parameter.value.isEmpty ? nil : parameter.value
        }
        return nil
    }

    func all(_ name: String) -> [String] {
        parameters.compactMap { $0.name == name ? $0.value : nil }
    }
}

/// What is sent back, as `contentType`.
public struct APIResponse: Sendable {
    /// Of every body of the API; health pages are plain text.
    public var contentType: StaticString = "application/json"
    public var status: Int
    public var body: [UInt8]
    /// Set on failures; metrics count by it.
    public var failure: APIErrorKind?
    /// For the Allow field of a 405.
    public var allow: String?

    public init(status: Int, body: [UInt8], failure: APIErrorKind? = nil) {
        self.status = status
        self.body = body
        self.failure = failure
    }

    /// An error in the API's envelope.
    public init(_ kind: APIErrorKind, _ text: String) {
        var json = JSONBuffer()
        json.append(#"{"status":"error","errorType":"#)
        json.string(kind.rawValue)
        json.append(#","error":"#)
        json.string(text)
        json.append("}")
        self.init(status: kind.status, body: json.bytes, failure: kind)
    }
}
