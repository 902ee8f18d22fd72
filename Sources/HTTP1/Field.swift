// One field line as the parser found it: offsets into the caller's bytes, 24 bytes in the parser's
// table. `dropped` and `isClipped` are what `HeadWriter` acts upon.
// A value without pointers: it is only good together with the bytes that were parsed.

/// A field line. Offsets are in bytes from the start of the bytes that were parsed.
public struct Field: Sendable, BitwiseCopyable {
    public var lineStart: UInt32
    /// The colon's offset.
    public var nameEnd: UInt32
    /// The value without the whitespace around it; `valueStart == valueEnd` when it is empty.
    public var valueStart: UInt32
    public var valueEnd: UInt32
    /// After the CRLF.
    public var lineEnd: UInt32
    public var known: KnownField
    /// Not to be forwarded.
    public var dropped: Bool
    /// Forwarded only up to `valueEnd`: a list of identical lengths is sent on as one.
    public var isClipped: Bool

    @inlinable
    init(
        lineStart: UInt32, nameEnd: UInt32, valueStart: UInt32, valueEnd: UInt32, lineEnd: UInt32,
        known: KnownField
    ) {
        self.lineStart = lineStart
        self.nameEnd = nameEnd
        self.valueStart = valueStart
        self.valueEnd = valueEnd
        self.lineEnd = lineEnd
        self.known = known
        dropped = false
        isClipped = false
    }
}
