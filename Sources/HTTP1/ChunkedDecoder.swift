// Chunked framing on the way in (RFC 9112 section 7.1), strict: hex digits, extensions validated
// and thrown away, exact CRLF. A state machine over bytes in any split; it keeps 16 bytes and no
// data. The trailer section behind the last chunk is for `HeadParser.parseTrailers`.

/// What the decoder found at the start of the bytes it was given. Consumed bytes are done with.
public enum ChunkEvent: Sendable, Equatable {
    /// `payload` is body data, at offsets into the same bytes; `consumed >= payload.upperBound`.
    case data(consumed: Int, payload: Range<Int>)
    /// No data yet: all given bytes are consumed.
    case needMore(consumed: Int)
    /// The line of the last chunk ends at `consumed`; a trailer section follows.
    case lastChunk(consumed: Int)
    case refused(BodyRefusal)
}

/// The position inside one chunked body. Once refused it stays refused, whatever is shown to it.
public struct ChunkedDecoder: Sendable, BitwiseCopyable {
    private enum Phase: UInt8 {
        case size, beforeSemicolon, extensionStart, extensionName, afterName, valueStart
        case token, quoted, quotedPair, afterQuoted, lineFeed
        case data, dataCarriageReturn, dataLineFeed, done, refused
    }

    /// The size read so far, then the data bytes that are still to come.
    private var remaining: UInt64 = 0
    private var lineBytes: UInt16 = 0
    private var digits: UInt8 = 0
    private var phase = Phase.size
    private var refusal = BodyRefusal.chunkSizeInvalid

    /// Bytes of a size line with its extensions, CRLF included.
    public static var lineBytesMax: Int { 4_096 }
    /// Sixteen digits are 2^64-1 at most.
    public static var digitsMax: Int { 16 }

    public init() {}

    /// Decodes from the first byte not yet consumed; empty input gives `needMore(consumed: 0)`.
    public mutating func decode(_ bytes: UnsafeRawBufferPointer) -> ChunkEvent {
        let cursor = unsafe ByteCursor(bytes, limit: Int.max)
        var position = 0
        while position < cursor.end {
            let byte = cursor[position]
            switch phase {
            case .data: return takeData(cursor, position)
            case .refused: return .refused(refusal)
            case .dataCarriageReturn:
                if byte != 0x0D { return refuse(.chunkDataEndInvalid) }
                phase = .dataLineFeed
            case .dataLineFeed:
                if byte != 0x0A { return refuse(.chunkDataEndInvalid) }
                beginLine()
            case .done: return .lastChunk(consumed: position)
            case .size, .beforeSemicolon, .extensionStart, .extensionName, .afterName, .valueStart,
                .token, .quoted, .quotedPair, .afterQuoted, .lineFeed:
                lineBytes &+= 1
                if lineBytes > Self.lineBytesMax { return refuse(.chunkLineTooLong) }
                if let reason = takeLineByte(byte) { return refuse(reason) }
                if phase == .done { return .lastChunk(consumed: position + 1) }
            }
            position &+= 1
        }
        return .needMore(consumed: position)
    }

    private mutating func refuse(_ reason: BodyRefusal) -> ChunkEvent {
        phase = .refused
        refusal = reason
        return .refused(reason)
    }

    private mutating func beginLine() {
        phase = .size
        remaining = 0
        lineBytes = 0
        digits = 0
    }

    /// At least one byte is there. A chunk that ends here takes its CRLF along.
    private mutating func takeData(_ cursor: ByteCursor, _ start: Int) -> ChunkEvent {
        let count = Int(min(remaining, UInt64(cursor.end &- start)))
        remaining -= UInt64(count)
        let end = start + count
        if remaining > 0 { return .data(consumed: end, payload: start..<end) }
        if cursor[end] == 0x0D && cursor[end + 1] == 0x0A {
            beginLine()
            return .data(consumed: end + 2, payload: start..<end)
        }
        phase = .dataCarriageReturn
        return .data(consumed: end, payload: start..<end)
    }

    /// One byte of a size line.
    private mutating func takeLineByte(_ byte: UInt8) -> BodyRefusal? {
        switch phase {
        case .size:
            if ByteClass.of(byte) & ByteClass.hex != 0 {
                if digits == Self.digitsMax { return .chunkSizeInvalid }
                digits &+= 1
                remaining = remaining << 4 | UInt64(ByteClass.hexValue(byte))
                return nil
            }
            if digits == 0 { return .chunkSizeInvalid }
            return leave(byte, to: .beforeSemicolon, otherwise: .chunkSizeInvalid)
        case .lineFeed:
            if byte != 0x0A { return .chunkLineEndInvalid }
            phase = remaining == 0 ? .done : .data
            return nil
        case .beforeSemicolon, .extensionStart, .extensionName, .afterName, .valueStart, .token,
            .quoted, .quotedPair, .afterQuoted, .data, .dataCarriageReturn, .dataLineFeed, .done,
            .refused:
            return takeExtensionByte(byte)
        }
    }

    /// chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )
    private mutating func takeExtensionByte(_ byte: UInt8) -> BodyRefusal? {
        let isBlank = ByteClass.isBlank(byte)
        let isToken = ByteClass.isToken(byte)
        switch phase {
        case .beforeSemicolon:
            if isBlank { return nil }
            if byte == UInt8(ascii: ";") { return enter(.extensionStart) }
        case .extensionStart:
            if isBlank { return nil }
            if isToken { return enter(.extensionName) }
        case .extensionName:
            if isToken { return nil }
            if byte == UInt8(ascii: "=") { return enter(.valueStart) }
            return leave(byte, to: .afterName, otherwise: .chunkExtensionInvalid)
        case .afterName:
            if isBlank { return nil }
            if byte == UInt8(ascii: "=") { return enter(.valueStart) }
            if byte == UInt8(ascii: ";") { return enter(.extensionStart) }
        case .valueStart:
            if isBlank { return nil }
            if byte == UInt8(ascii: "\"") { return enter(.quoted) }
            if isToken { return enter(.token) }
        case .token:
            if isToken { return nil }
            return leave(byte, to: .beforeSemicolon, otherwise: .chunkExtensionInvalid)
        case .quoted:
            if byte == UInt8(ascii: "\"") { return enter(.afterQuoted) }
            if byte == UInt8(ascii: "\\") { return enter(.quotedPair) }
            if Self.isText(byte) { return nil }
        case .quotedPair:
            if Self.isText(byte) { return enter(.quoted) }
        case .afterQuoted:
            return leave(byte, to: .beforeSemicolon, otherwise: .chunkExtensionInvalid)
        case .size, .lineFeed, .data, .dataCarriageReturn, .dataLineFeed, .done, .refused:
            preconditionFailure("BUG: not inside a chunk extension")
        }
        return .chunkExtensionInvalid
    }

    private mutating func enter(_ next: Phase) -> BodyRefusal? {
        phase = next
        return nil
    }

    /// What may follow a size, a name or a value: a semicolon, blanks, the end of the line.
    private mutating func leave(
        _ byte: UInt8, to blank: Phase, otherwise reason: BodyRefusal
    ) -> BodyRefusal? {
        switch byte {
        case UInt8(ascii: ";"): return enter(.extensionStart)
        case 0x20, 0x09: return enter(blank)
        case 0x0D: return enter(.lineFeed)
        case 0x0A: return .chunkLineEndInvalid
        default: return reason
        }
    }

    /// HTAB, space, visible bytes and those above 0x7F.
    private static func isText(_ byte: UInt8) -> Bool {
        byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
    }
}
