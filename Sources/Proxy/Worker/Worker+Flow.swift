// One body on its way from one socket to another: what is at hand is relayed, then more is read or
// spliced, until one side has had enough or the turn is over. Responses, requests and both halves
// of a tunnel flow through here; what an end or a failure means is the caller's to say.
// Back-pressure is by construction: nothing is read while the sink owes bytes.

import EventLoop
import HTTP1

enum FlowResult {
    /// The whole body was handed to the sink's socket.
    case finished
    /// The sink's socket is full.
    case blocked
    /// The source has nothing now.
    case waits
    /// The turn is over, there may be more.
    case more
    case sinkFailed
    case sourceEnded
    case sourceFailed
    /// The block pool is at its bound.
    case noBlock
    /// A block's worth of framing that does not end.
    case full
    /// More than `BodyReader.bytesMax`; what is above it was not passed on.
    case tooLarge
    case refused(BodyRefusal)
}

/// Bytes of one flow in one turn.
struct FlowCounts {
    var received: UInt64 = 0
    /// Bytes written or owed to the sink, chunk framing of our own included.
    var sent: UInt64 = 0
    /// Body bytes handed to the sink's socket.
    var relayed: UInt64 = 0
}

extension Worker {
    /// What one flow reads before others get their turn, give or take one read.
    private static let turnBytesMax: UInt64 = 512 << 10

    func flow(
        from source: Int32, isReadable: inout Bool, isPeerClosed: Bool, _ input: inout Buffer,
        _ reader: inout BodyReader, _ encoding: BodyEncoding, _ pipe: inout Pipe,
        to sink: Int32, owing output: inout Buffer, _ counts: inout FlowCounts
    ) -> FlowResult {
        let relayed = reader.relayed
        var result = FlowResult.more
        for _ in 0..<Self.turnBudget where counts.received < Self.turnBytesMax {
            if let end = passOn(&input, &reader, encoding, &pipe, to: sink, owing: &output, &counts)
            {
                result = end
                break
            }
            let end = take(
                from: source, isReadable: &isReadable, isPeerClosed: isPeerClosed, &input,
                &reader, encoding, &pipe, &counts)
            if let end {
                result = end
                break
            }
        }
        if case .finished = result, isReadable && input.isEmpty && !isPeerClosed {
            // A read that took exactly the rest of the body has not seen the socket empty.
            isReadable = Syscall.hasInput(source)
        }
        counts.relayed = reader.relayed &- relayed
        return result
    }

    /// Sends what is owed, what the pipe holds and what the block holds; nil: all of it is gone.
    private func passOn(
        _ input: inout Buffer, _ reader: inout BodyReader, _ encoding: BodyEncoding,
        _ pipe: inout Pipe, to sink: Int32, owing output: inout Buffer,
        _ counts: inout FlowCounts
    ) -> FlowResult? {
        if pipe.held > 0 {
            let held = pipe.held
            let result = drainPipe(&pipe, &reader, to: sink)
            counts.sent &+= UInt64(held &- pipe.held)
            switch result {
            case .done: break
            case .blocked: return .blocked
            case .failed: return .sinkFailed
            }
        }
        return relay(&input, &reader, encoding, to: sink, owing: &output, &counts)
    }

    /// Reads more, into the pipe or into a block; nil: there is something to pass on.
    private func take(
        from source: Int32, isReadable: inout Bool, isPeerClosed: Bool, _ input: inout Buffer,
        _ reader: inout BodyReader, _ encoding: BodyEncoding, _ pipe: inout Pipe,
        _ counts: inout FlowCounts
    ) -> FlowResult? {
        var result = FillResult.wouldBlock
        if isReadable && reader.isBulk && input.isEmpty {
            giveBackIfEmpty(&input)
            result = fillPipe(&pipe, from: source, isReadable: &isReadable, &reader)
            counts.received &+= UInt64(pipe.held)
        } else if isReadable {
            let before = input.count
            result = fill(
                source, &input, isReadable: &isReadable, isPeerClosed: isPeerClosed,
                large: reader.isLong)
            let count = input.count - before
            counts.received &+= UInt64(count)
            reader.isBulk = isBulk(count, reader, encoding)
        }
        if result == .bytes { return nil }
        // An idle connection holds neither block nor pipe.
        giveBackIfEmpty(&input)
        giveBack(&pipe)
        switch result {
        case .bytes: return nil
        case .wouldBlock: return .waits
        case .end: return .sourceEnded
        case .failed: return .sourceFailed
        case .noBlock: return .noBlock
        case .full: return .full
        }
    }
}
