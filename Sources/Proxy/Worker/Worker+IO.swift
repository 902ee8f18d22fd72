// Bytes in and out of sockets, through lent blocks and the scratch. This is where the worker
// touches raw memory; the state machines above it only see counts and results. Edge-triggered
// reading: a receive that returns less than asked has emptied the socket, so no second call is
// made to hear EAGAIN - unless the peer has closed, when the end is still to be read.

import EventLoop
import HTTP1

enum FillResult {
    case bytes
    case wouldBlock
    case end
    case failed
    /// The block has no room left; nothing was read.
    case full
    /// The block pool is at its bound.
    case noBlock
}

enum FlushResult {
    case done
    case blocked
    case failed
}

extension Worker {
    /// Appends what the socket has to `input`, lending a block when there is none.
    func fill(
        _ fd: Int32, _ input: inout Buffer, isReadable: inout Bool, isPeerClosed: Bool,
        large: Bool = false
    ) -> FillResult {
        if !input.isLent {
            guard let block = blocks.lend(large: large) else { return .noBlock }
            input = Buffer(block: block)
        }
        let memory = unsafe blocks.bytes(input.block)
        if Int(input.end) == memory.count && input.start > 0 { compact(&input) }
        let space = memory.count - Int(input.end)
        if space == 0 { return .full }
        let free = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[Int(input.end)...])
        switch unsafe Syscall.receive(fd, into: free) {
        case .bytes(let count):
            input.end &+= UInt32(truncatingIfNeeded: count)
            if count < space && !isPeerClosed { isReadable = false }
            return .bytes
        case .wouldBlock:
            isReadable = false
            giveBackIfEmpty(&input)
            return .wouldBlock
        case .end:
            isReadable = false
            giveBackIfEmpty(&input)
            return .end
        case .failed:
            isReadable = false
            giveBackIfEmpty(&input)
            return .failed
        }
    }

    @inline(__always) func giveBackIfEmpty(_ buffer: inout Buffer) {
        if buffer.isEmpty && buffer.isLent { giveBack(&buffer) }
    }

    private func compact(_ buffer: inout Buffer) {
        let memory = unsafe blocks.bytes(buffer.block)
        let held = unsafe UnsafeRawBufferPointer(
            rebasing: memory[Int(buffer.start)..<Int(buffer.end)])
        unsafe memory.copyMemory(from: held)
        buffer.end -= buffer.start
        buffer.start = 0
    }

    /// Moves a small block's bytes into a large one; false when that is impossible.
    func grow(_ buffer: inout Buffer) -> Bool {
        if buffer.block.isLarge { return false }
        guard let block = blocks.lend(large: true) else { return false }
        let held = unsafe bytes(of: buffer)
        unsafe blocks.bytes(block).copyMemory(from: held)
        let count = UInt32(buffer.count)
        giveBack(&buffer)
        buffer = Buffer(block: block, start: 0, end: count)
        return true
    }

    /// Whether a fill would find room.
    func isFull(_ buffer: Buffer) -> Bool {
        guard buffer.isLent && buffer.start == 0 else { return false }
        return unsafe Int(buffer.end) == blocks.bytes(buffer.block).count
    }

    @inline(__always) func bytes(of buffer: Buffer) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            rebasing: blocks.bytes(buffer.block)[Int(buffer.start)..<Int(buffer.end)])
    }

    @inline(__always) func firstBytes(_ count: Int, of buffer: Buffer) -> UnsafeRawBufferPointer {
        let start = Int(buffer.start)
        return unsafe UnsafeRawBufferPointer(
            rebasing: blocks.bytes(buffer.block)[start..<start + count])
    }

    /// Sends what a connection owes. With `keep` the bytes stay in the block after they are sent.
    func flush(_ fd: Int32, _ output: inout Buffer, keep: Bool = false) -> FlushResult {
        while !output.isEmpty {
            let owed = unsafe bytes(of: output)
            switch unsafe Syscall.send(fd, owed) {
            case .bytes(let count):
                if keep {
                    output.start &+= UInt32(truncatingIfNeeded: count)
                } else {
                    output.consume(count)
                }
                if count < owed.count { return .blocked }
            case .wouldBlock: return .blocked
            case .end, .failed: return .failed
            }
        }
        if !keep && output.isLent { giveBack(&output) }
        return .done
    }

    @inline(__always) func scratchWriter() -> ByteWriter {
        unsafe ByteWriter(scratch.bytes)
    }

    /// Sends the scratch's first `count` bytes, after what is owed already; the rest is owed.
    func sendScratch(_ count: Int, to fd: Int32, owing output: inout Buffer) -> FlushResult {
        if !output.isEmpty {
            switch flush(fd, &output) {
            case .done: break
            case .blocked: return owe(from: 0, upTo: count, &output) ? .blocked : .failed
            case .failed: return .failed
            }
        }
        let all = unsafe UnsafeRawBufferPointer(rebasing: scratch.bytes[0..<count])
        switch unsafe Syscall.send(fd, all) {
        case .bytes(let sent):
            if sent == count { return .done }
            return owe(from: sent, upTo: count, &output) ? .blocked : .failed
        case .wouldBlock: return owe(from: 0, upTo: count, &output) ? .blocked : .failed
        case .end, .failed: return .failed
        }
    }

    /// Sends the scratch's first `count` bytes and then `body` from a buffer, in one call.
    func sendScratch(
        _ count: Int, with body: inout Buffer, _ bodyCount: Int, to fd: Int32,
        owing output: inout Buffer
    ) -> (FlushResult, bodySent: Int) {
        let head = unsafe UnsafeRawBufferPointer(rebasing: scratch.bytes[0..<count])
        switch unsafe Syscall.send(fd, head, firstBytes(bodyCount, of: body)) {
        case .bytes(let sent):
            let bodySent = max(0, sent - count)
            body.consume(bodySent)
            if sent >= count { return (bodySent == bodyCount ? .done : .blocked, bodySent) }
            return (owe(from: sent, upTo: count, &output) ? .blocked : .failed, 0)
        case .wouldBlock:
            return (owe(from: 0, upTo: count, &output) ? .blocked : .failed, 0)
        case .end, .failed: return (.failed, 0)
        }
    }

    /// Keeps unsent scratch bytes for later; false when there is no block for them.
    private func owe(from start: Int, upTo end: Int, _ output: inout Buffer) -> Bool {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: scratch.bytes[start..<end])
        if !output.isLent {
            let isLarge = rest.count > BlockPool.smallBytes
            guard let block = blocks.lend(large: isLarge) else { return false }
            output = Buffer(block: block)
        }
        if unsafe blocks.bytes(output.block).count - Int(output.end) < rest.count {
            if output.block.isLarge {
                compact(&output)
            } else if !grow(&output) {
                return false
            }
        }
        let memory = unsafe blocks.bytes(output.block)
        if memory.count - Int(output.end) < rest.count { return false }
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[Int(output.end)...])
            .copyMemory(from: rest)
        output.end += UInt32(rest.count)
        return true
    }
}
