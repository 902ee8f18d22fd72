// Long bodies without copies: from socket to pipe to socket, inside the kernel (splice(2)). Only a
// body that needs no new framing goes this way, and only while its bytes come in bulk: two splices
// for few bytes cost more than one read and one send of a warm block. Figures of the choice are in
// docs/internals/performance.md. What a connection holds is then in the pipe instead of a block.

import EventLoop

extension Worker {
    /// What must come at once for a body to be spliced, and to go on being so.
    private static let bulkBytesMin = 16 << 10
    /// Rest of a body for which a pipe is worth while.
    private static let splicedBytesMin: UInt64 = 64 << 10

    /// Whether what follows a read of `count` bytes should go through a pipe.
    @inline(__always) func isBulk(_ count: Int, _ reader: BodyReader, _ encoding: BodyEncoding)
        -> Bool
    {
        count >= Self.bulkBytesMin && reader.unread >= Self.splicedBytesMin
            && encoding == .identity && reader.kind != .chunked
    }

    /// Fills the pipe, lent when there is none, with bytes of this body. No pipe to be had counts
    /// as progress: the caller goes on with blocks.
    func fillPipe(
        _ pipe: inout Pipe, from source: Int32, isReadable: inout Bool, _ reader: inout BodyReader
    ) -> FillResult {
        if pipe.isNone {
            guard let lent = pipes.value.lend() else {
                reader.isBulk = false
                return .bytes
            }
            pipe = lent
        }
        let wanted = Int(min(reader.unread, UInt64(PipePool.pipeBytes)))
        switch Syscall.splice(from: source, to: pipe.writeEnd, wanted) {
        case .bytes(let count):
            pipe.held = UInt32(count)
            if count < Self.bulkBytesMin { reader.isBulk = false }
            return .bytes
        case .wouldBlock:
            isReadable = false
            return .wouldBlock
        case .end:
            isReadable = false
            return .end
        case .failed:
            isReadable = false
            return .failed
        }
    }

    /// Sends what the pipe holds; an empty pipe that is not needed next is given back.
    func drainPipe(
        _ pipe: inout Pipe, _ reader: inout BodyReader, to sink: Int32
    ) -> FlushResult {
        while pipe.held > 0 {
            switch Syscall.splice(from: pipe.readEnd, to: sink, Int(pipe.held)) {
            case .bytes(let count):
                pipe.held -= UInt32(count)
                reader.advance(count)
            case .wouldBlock: return .blocked
            case .end, .failed: return .failed
            }
        }
        if reader.isFinished || !reader.isBulk { giveBack(&pipe) }
        return .done
    }

    /// A pipe that still holds bytes is closed.
    func giveBack(_ pipe: inout Pipe) {
        if pipe.isNone { return }
        pipes.value.giveBack(pipe)
        pipe = .none
    }
}
