// One direction of one message body: bytes of an input buffer, understood by a `BodyReader`,
// encoded for the other side and handed to its socket. Requests and responses use the same code.
// Back-pressure is by construction: nothing more is read while the sink owes bytes, so a
// connection never holds more than one block each way. Length-framed bodies are sent from the
// block they were read into; chunked ones are decoded and framed anew (RFC 9112 section 7.1), so
// that what leaves is well formed whatever came in.

import EventLoop
import HTTP1

enum EncodeResult {
    case progress
    /// No room left in the writer: send, then go on.
    case full
    case needsInput
    case tooLarge
    case refused(BodyRefusal)
}

extension Worker {
    /// Events handled for one connection before others get their turn.
    static let turnBudget = 16
    /// Room that chunk framing of one piece can need: 16 digits, two line ends, the last chunk.
    private static let framingBytes = 64

    /// Passes on what is owed and what `input` holds; nil: all of it is gone, the body goes on.
    func relay(
        _ input: inout Buffer, _ reader: inout BodyReader, _ encoding: BodyEncoding,
        to fd: Int32, owing output: inout Buffer, _ counts: inout FlowCounts
    ) -> FlowResult? {
        while true {
            if !output.isEmpty {
                switch flush(fd, &output) {
                case .done: break
                case .blocked: return .blocked
                case .failed: return .sinkFailed
                }
            }
            if reader.isFinished { return .finished }
            if input.isEmpty { return nil }
            if encoding == .identity && reader.kind != .chunked {
                switch relayDirectly(&input, &reader, to: fd, &counts) {
                case .done: continue
                case .blocked: return .blocked
                case .failed: return .sinkFailed
                }
            }
            var writer = scratchWriter()
            let encoded = encode(&input, &reader, encoding, into: &writer)
            counts.sent &+= UInt64(writer.count)
            if writer.count > 0 {
                switch sendScratch(writer.count, to: fd, owing: &output) {
                case .done: break
                case .blocked:
                    if case .refused(let reason) = encoded { return .refused(reason) }
                    if case .tooLarge = encoded { return .tooLarge }
                    return .blocked
                case .failed: return .sinkFailed
                }
            }
            switch encoded {
            case .progress, .full: continue
            case .needsInput: return nil
            case .tooLarge: return .tooLarge
            case .refused(let reason): return .refused(reason)
            }
        }
    }

    private func relayDirectly(
        _ input: inout Buffer, _ reader: inout BodyReader, to fd: Int32,
        _ counts: inout FlowCounts
    ) -> FlushResult {
        let count = reader.available(in: input)
        switch unsafe Syscall.send(fd, firstBytes(count, of: input)) {
        case .bytes(let sent):
            input.consume(sent)
            reader.advance(sent)
            counts.sent &+= UInt64(sent)
            return sent == count ? .done : .blocked
        case .wouldBlock: return .blocked
        case .end, .failed: return .failed
        }
    }

    /// Moves body bytes from `input` to `writer`, as many as fit.
    func encode(
        _ input: inout Buffer, _ reader: inout BodyReader, _ encoding: BodyEncoding,
        into writer: inout ByteWriter
    ) -> EncodeResult {
        while !reader.isFinished && !input.isEmpty {
            let room = writer.remaining - Self.framingBytes
            if room <= 0 { return .full }
            if reader.kind != .chunked {
                let count = min(reader.available(in: input), room)
                append(count, of: input, encoding, to: &writer)
                input.consume(count)
                reader.advance(count)
                continue
            }
            let step =
                reader.isInTrailers
                ? encodeTrailers(&input, &reader, encoding, into: &writer)
                : encodeChunk(&input, &reader, encoding, room, into: &writer)
            switch step {
            case .progress: continue
            case .full, .needsInput, .tooLarge, .refused: return step
            }
        }
        return reader.isFinished ? .progress : .needsInput
    }

    private func append(
        _ count: Int, of input: Buffer, _ encoding: BodyEncoding, to writer: inout ByteWriter
    ) {
        let payload = unsafe firstBytes(count, of: input)
        if encoding == .chunked {
            ChunkedEncoder.header(bytes: count, to: &writer)
            unsafe writer.append(payload)
            writer.append("\r\n")
        } else {
            unsafe writer.append(payload)
        }
    }

    private func encodeChunk(
        _ input: inout Buffer, _ reader: inout BodyReader, _ encoding: BodyEncoding, _ room: Int,
        into writer: inout ByteWriter
    ) -> EncodeResult {
        let slice = unsafe firstBytes(min(input.count, room), of: input)
        switch unsafe reader.chunks.decode(slice) {
        case .data(let consumed, let payload):
            if reader.relayed &+ UInt64(payload.count) > reader.bytesMax { return .tooLarge }
            let skipped = payload.lowerBound
            input.consume(skipped)
            append(payload.count, of: input, encoding, to: &writer)
            input.consume(consumed - skipped)
            reader.relayed &+= UInt64(payload.count)
            return .progress
        case .needMore(let consumed):
            input.consume(consumed)
            return input.isEmpty || consumed == 0 ? .needsInput : .progress
        case .lastChunk(let consumed):
            input.consume(consumed)
            reader.isInTrailers = true
            return .progress
        case .refused(let reason):
            return .refused(reason)
        }
    }

    private func encodeTrailers(
        _ input: inout Buffer, _ reader: inout BodyReader, _ encoding: BodyEncoding,
        into writer: inout ByteWriter
    ) -> EncodeResult {
        let section = unsafe bytes(of: input)
        switch unsafe responseParser.value.parseTrailers(section) {
        case .complete(let trailers):
            if encoding == .chunked {
                if writer.remaining < Int(trailers.end) + Self.framingBytes { return .full }
                writer.append("0\r\n")
                unsafe HeadWriter.copyFields(
                    from: section, responseParser.value, to: &writer)
                writer.append("\r\n")
            }
            input.consume(Int(trailers.end))
            reader.isFinished = true
            return .progress
        case .incomplete:
            if isFull(input) { return .refused(.trailersTooLarge) }
            return .needsInput
        case .refused:
            return .refused(.trailerInvalid)
        }
    }

    /// The end of a body that lasts until its connection closes.
    func finishUntilClose(
        _ reader: inout BodyReader, _ encoding: BodyEncoding, to fd: Int32,
        owing output: inout Buffer, _ counts: inout FlowCounts
    ) -> FlushResult {
        reader.isFinished = true
        if encoding == .identity { return .done }
        var writer = scratchWriter()
        writer.append("0\r\n\r\n")
        counts.sent &+= UInt64(writer.count)
        return sendScratch(writer.count, to: fd, owing: &output)
    }
}

extension BodyReader {
    /// Bytes of this body at the front of `input`, framing none.
    @inline(__always) func available(in input: Buffer) -> Int {
        if isFinished { return 0 }
        return kind == .length ? Int(min(UInt64(input.count), remaining)) : input.count
    }

    /// `count` bytes were passed on; an exact length ends by itself.
    @inline(__always) mutating func advance(_ count: Int) {
        relayed &+= UInt64(count)
        if kind == .length {
            remaining -= UInt64(count)
            if remaining == 0 { isFinished = true }
        }
    }
}
