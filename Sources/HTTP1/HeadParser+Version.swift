// The protocol version of either start line (RFC 9112 section 2.3): the slow way, for everything
// that is not plain HTTP/1.1. Byte by byte, so that a wrong version is refused as soon as its
// first wrong byte is there.

extension HeadParser {
    /// `HTTP/d.d` and a CRLF (`lineEnds`) or a space. Complete with the offset after that.
    @inline(never)
    func parseVersion(
        _ cursor: ByteCursor, _ start: Int, lineEnds: Bool, _ version: inout Version
    ) -> ParseResult<Int> {
        // "HTTP/" as a little-endian word.
        var expected: UInt64 = 0x2F_5054_5448
        var position = start
        while expected != 0 {
            if cursor[position] != UInt8(truncatingIfNeeded: expected) {
                return Self.stopped(cursor, position, otherwise: .versionInvalid)
            }
            expected >>= 8
            position += 1
        }
        for offset in 0..<3 {
            let byte = cursor[position + offset]
            let isRight =
                offset == 1
                ? byte == UInt8(ascii: ".") : ByteClass.of(byte) & ByteClass.digit != 0
            if !isRight {
                return Self.stopped(cursor, position + offset, otherwise: .versionInvalid)
            }
        }
        let end = position + 3
        if cursor[end] != (lineEnds ? 0x0D : 0x20) {
            return Self.stopped(cursor, end, otherwise: .versionInvalid)
        }
        if lineEnds && cursor[end + 1] != 0x0A {
            return Self.stopped(cursor, end, otherwise: .versionInvalid)
        }
        if cursor[position] != UInt8(ascii: "1") { return .refused(.versionUnsupported) }
        version = cursor[position + 2] == UInt8(ascii: "0") ? .http10 : .http11
        return .complete(end + (lineEnds ? 2 : 1))
    }
}
