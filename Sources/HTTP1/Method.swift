// Request methods and protocol versions as values. Unknown methods are forwarded as they came
// (RFC 9110 section 9.1 leaves the list open), so `other` is a method like any other.
// Names are case-sensitive (RFC 9110 section 9.1); unknown ones are forwarded as they came.

/// A request method. The token itself stays in the head's bytes.
public enum Method: UInt8, Sendable, BitwiseCopyable {
    case get
    case head
    case post
    case put
    case delete
    case options
    case trace
    case patch
    case connect
    case other

    /// Sending the request twice has the effect of sending it once (RFC 9110 section 9.2.2).
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }
}

/// The version of a message. A minor version above 1 counts as 1 (RFC 9110 section 2.5).
public enum Version: UInt8, Sendable, BitwiseCopyable {
    case http10
    case http11
}
