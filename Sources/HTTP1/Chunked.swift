// The chunked transfer coding (RFC 9112 section 7.1), strictly: one to sixteen hex digits, an
// optional extension that is checked, bounded and thrown away, exact line ends. A state of sixteen
// bytes survives any split of the input; payload is named by its range, never copied here.

/// What one step of decoding found. `consumed` counts from the start of the bytes given.
public enum ChunkEvent: Sendable {
    /// Payload bytes; `consumed` is their end.
    case data(consumed: Int, payload: Range<Int>)
    case needMore(consumed: Int)
    /// The zero chunk's line ended; the trailer section follows.
    case lastChunk(consumed: Int)
    case refused(BodyRefusal)
}

public struct ChunkedDecoder: Sendable, BitwiseCopyable {
    private enum State: UInt8 {
        case size, fileExtension, sizeEnd, data, dataEnd, dataLineFeed
    }

    /// Bytes of one chunk's extensions that are put up with.
    public static let extensionBytesMax = 4096

    private var remaining: UInt64 = 0
    private var digits: UInt8 = 0
    private var state = State.size
    private var extensionBytes: UInt16 = 0

    public init() {}

    /// Goes on with `bytes`, what followed the last step's `consumed`. O(consumed).
    public mutating func decode(_ bytes: UnsafeRawBufferPointer) -> ChunkEvent {
        guard let view = unsafe ByteView(bytes) else { return .needMore(consumed: 0) }
        var index = 0
        while index < view.count {
            if state == .data {
                let count = min(UInt64(view.count &- index), remaining)
                remaining &-= count
                if remaining == 0 { state = .dataEnd }
                let end = index &+ Int(count)
                return .data(consumed: end, payload: index..<end)
            }
            let wasSizeEnd = state == .sizeEnd
            if let refusal = step(view[index]) { return .refused(refusal) }
            index &+= 1
            if wasSizeEnd && state == .size { return .lastChunk(consumed: index) }
        }
        return .needMore(consumed: index)
    }

    /// One byte of framing.
    private mutating func step(_ byte: UInt8) -> BodyRefusal? {
        switch state {
        case .size: return stepSize(byte)
        case .fileExtension:
            if byte == 0x0D {
                state = .sizeEnd
                return nil
            }
            if (byte < 0x20 && byte != 0x09) || byte == 0x7F { return .chunkExtensionInvalid }
            extensionBytes &+= 1
            return extensionBytes > Self.extensionBytesMax ? .chunkLineTooLong : nil
        case .sizeEnd:
            if byte != 0x0A { return .chunkSizeInvalid }
            digits = 0
            extensionBytes = 0
            state = remaining == 0 ? .size : .data
            return nil
        case .dataEnd:
            if byte != 0x0D { return .chunkDataUnterminated }
            state = .dataLineFeed
            return nil
        case .dataLineFeed:
            if byte != 0x0A { return .chunkDataUnterminated }
            state = .size
            return nil
        case .data: preconditionFailure("BUG: payload is not framing")
        }
    }

    private mutating func stepSize(_ byte: UInt8) -> BodyRefusal? {
        if let value = Self.hex(byte) {
            if digits == 0 { remaining = 0 }
            if digits == 16 || remaining >> 59 != 0 { return .chunkSizeTooLarge }
            remaining = remaining << 4 | UInt64(value)
            digits &+= 1
            return nil
        }
        if digits == 0 { return .chunkSizeInvalid }
        switch byte {
        case 0x0D: state = .sizeEnd
        case UInt8(ascii: ";"): state = .fileExtension
        default: return .chunkSizeInvalid
        }
        return nil
    }

    @inline(__always) private static func hex(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 <= 9 { return byte &- 0x30 }
        let lower = (byte | 0x20) &- 0x61
        return lower <= 5 ? lower &+ 10 : nil
    }
}

public enum ChunkedEncoder {
    /// The line before `bytes` payload bytes; the caller appends them and then CRLF.
    public static func header(bytes: Int, to writer: inout ByteWriter) {
        writer.appendHex(UInt64(bytes))
        writer.append("\r\n")
    }
}
