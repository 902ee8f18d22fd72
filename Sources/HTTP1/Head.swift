// What a parser says about a head: plain values and offsets into the bytes it was given. Nothing
// here points anywhere; the caller keeps the bytes and slices them with these offsets.

/// Bounds of a head. What goes beyond is refused with 431 or 414.
public struct HeadLimits: Sendable {
    /// Bytes from the first of the start line to the end of the empty line.
    public var headBytes = 65_536
    public var targetBytes = 8_192
    public var fields = 100

    public init() {}
}

/// Request methods that a proxy treats apart (RFC 9110 section 9, RFC 5789).
public enum Method: UInt8, Sendable, BitwiseCopyable {
    case get, head, post, put, delete, options, trace, patch, connect, other

    /// Sending it twice does what sending it once does (RFC 9110 section 9.2.2).
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete, .options, .trace: true
        case .post, .patch, .connect, .other: false
        }
    }
}

public enum Version: UInt8, Sendable, BitwiseCopyable {
    case http10, http11
}

/// Fields that framing, routing or forwarding depends on.
public enum KnownField: UInt8, Sendable, BitwiseCopyable {
    case other, host, connection, contentLength, transferEncoding, expect, upgrade, te, trailer
    case keepAlive, proxyConnection, xForwardedFor, xForwardedProto, xRequestId, via, date, server
    static let count = 17
}

/// One field line: `[lineStart, lineEnd)` with its CRLF; the value is trimmed of white space.
public struct Field: Sendable, BitwiseCopyable {
    public var lineStart: UInt32 = 0
    public var nameEnd: UInt32 = 0
    public var valueStart: UInt32 = 0
    public var valueEnd: UInt32 = 0
    public var lineEnd: UInt32 = 0
    public var known = KnownField.other
    /// Not to be forwarded: hop-by-hop, or replaced by a filter.
    public var dropped = false
}

/// How a body ends (RFC 9112 section 6.3).
public enum BodyFraming: Sendable, Equatable {
    case none
    /// Exactly this many bytes.
    case length(UInt64)
    case chunked
    /// Responses only.
    case untilClose
}

/// A whole, accepted request head. Offsets are into the parsed bytes.
public struct RequestHead: Sendable {
    public var method = Method.get
    public var version = Version.http11
    public var framing = BodyFraming.none
    /// The client will take another response on this connection.
    public var keepAlive = true
    public var expectContinue = false
    /// `Connection: upgrade` with an `Upgrade` field, HTTP/1.1 only.
    public var upgrade = false
    /// `TE: trailers`.
    public var wantsTrailers = false
    public var methodStart: UInt32 = 0
    public var methodEnd: UInt32 = 0
    public var targetStart: UInt32 = 0
    public var targetEnd: UInt32 = 0
    /// Start of the path and query; `targetEnd` when an absolute-form target has neither.
    public var pathStart: UInt32 = 0
    /// Authority of an absolute-form target, which replaces Host; else empty.
    public var authorityStart: UInt32 = 0
    public var authorityEnd: UInt32 = 0
    /// Bytes of the head, empty lines before it included.
    public var headEnd: UInt32 = 0

    public init() {}
}

/// A whole, accepted response head.
public struct ResponseHead: Sendable {
    public var status: UInt16 = 0
    public var version = Version.http11
    public var framing = BodyFraming.none
    /// The server will take another request on this connection.
    public var keepAlive = true
    public var upgrade = false
    /// Start of the three status digits; the line ends, CRLF included, at `statusLineEnd`.
    public var statusStart: UInt32 = 0
    public var statusLineEnd: UInt32 = 0
    public var headEnd: UInt32 = 0

    public init() {}
}

/// The fields after a last chunk; `end` bytes with the empty line.
public struct TrailerSection: Sendable {
    public var end: UInt32
}

public enum ParseResult<Head: Sendable>: Sendable {
    case complete(Head)
    case incomplete
    case refused(HeadRefusal)
}
