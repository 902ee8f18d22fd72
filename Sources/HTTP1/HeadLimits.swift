// The bounds of a head. They are checked while bytes are scanned, so that a head never costs more
// than its limit, however it is split. Values, shared by the parser and by `HeadScan`.
// One place for the numbers; what exceeds them is refused with 414 or 431 and counted.

/// How large a head may be. Each limit is inclusive: a head of exactly `headBytes` is accepted.
public struct HeadLimits: Sendable, BitwiseCopyable {
    /// Bytes of a head from its first byte (skipped empty lines too) through its empty line.
    /// 1...2^31-1; above it 431.
    public var headBytes: Int
    /// Bytes of a request target; above it 414.
    public var targetBytes: Int
    /// Field lines of a head or of a trailer section; above it 431.
    public var fields: Int

    public init(headBytes: Int = 65_536, targetBytes: Int = 8_192, fields: Int = 100) {
        self.headBytes = headBytes
        self.targetBytes = targetBytes
        self.fields = fields
    }
}
