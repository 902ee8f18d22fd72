// What the parser says about a request: offsets into the bytes it was given, and the decisions
// that framing and connection handling need. Nothing is copied; the bytes stay the caller's.
// Offsets count from the first byte given to the parser; the caller keeps those bytes.

/// How the end of a body is found (RFC 9112 section 6.3).
public enum BodyFraming: Sendable, Equatable, BitwiseCopyable {
    /// There is no body.
    case none
    /// Exactly this many bytes, 0...2^63-1.
    case length(UInt64)
    case chunked
    /// Responses only: everything until the connection closes.
    case untilClose
}

/// What became of the bytes given to the parser.
public enum ParseResult<Head: BitwiseCopyable & Sendable>: BitwiseCopyable, Sendable {
    case complete(Head)
    /// Nothing wrong so far; more bytes are needed.
    case incomplete
    /// These bytes can never become a head that may be forwarded.
    case refused(HeadRefusal)
}

/// A parsed request head. Offsets are in bytes from the start of the bytes that were parsed.
public struct RequestHead: Sendable, BitwiseCopyable {
    /// After the empty lines that may come before a request line (RFC 9112 section 2.2).
    public var methodStart: UInt32 = 0
    public var methodEnd: UInt32 = 0
    public var targetStart: UInt32 = 0
    public var targetEnd: UInt32 = 0
    /// Start of the origin-form inside the target. `targetEnd` for an absolute-form without path
    /// (send `/`, or `*` for OPTIONS); it may point at `?` (send `/` before it).
    public var pathStart: UInt32 = 0
    /// The authority of an absolute-form target; both 0 for every other form. It replaces Host,
    /// whose field is marked dropped then.
    public var authorityStart: UInt32 = 0
    public var authorityEnd: UInt32 = 0
    /// After the CRLF of the request line.
    public var requestLineEnd: UInt32 = 0
    /// Bytes consumed, empty lines before and after included.
    public var headEnd: UInt32 = 0
    public var method = Method.get
    public var version = Version.http11
    /// The client wants the connection to stay (RFC 9112 section 9.3).
    public var keepAlive = true
    /// The client waits for 100 before it sends the body. HTTP/1.1 requests with a body only.
    public var expectContinue = false
    /// HTTP/1.1, Connection lists `upgrade`, an Upgrade field is there, and there is no body.
    public var upgrade = false
    /// TE lists `trailers`: the client takes trailer fields.
    public var acceptsTrailers = false
    /// Field index of Host, -1 when there is none (HTTP/1.0 only).
    public var hostField: Int16 = -1
    public var framing = BodyFraming.none

    public init() {}
}
