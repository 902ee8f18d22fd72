// What the parser says about a response, and about a trailer section: offsets and framing. The
// framing depends on the request's method and on the status (RFC 9112 section 6.3).
// Offsets count from the first byte given to the parser; the caller keeps those bytes.

/// A parsed response head. Offsets are in bytes from the start of the bytes that were parsed.
public struct ResponseHead: Sendable, BitwiseCopyable {
    /// 100...599.
    public var status: UInt16 = 0
    public var version = Version.http11
    /// The connection can carry another request after this response.
    public var keepAlive = true
    /// Status 101 with an Upgrade field that Connection lists.
    public var upgrade = false
    /// First digit of the status.
    public var statusStart: UInt32 = 0
    /// After the CRLF of the status line: `statusStart..<statusLineEnd` is a whole rest of line.
    public var statusLineEnd: UInt32 = 0
    /// Bytes consumed, the empty line included.
    public var headEnd: UInt32 = 0
    public var framing = BodyFraming.none

    public init() {}
}

/// A parsed trailer section.
public struct TrailerSection: Sendable, BitwiseCopyable {
    /// Bytes consumed, the empty line included.
    public var end: UInt32 = 0

    public init(end: UInt32) { self.end = end }
}
