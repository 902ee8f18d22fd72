// Kernel pipes that a long body is moved through without being copied (splice(2)). Lent like
// blocks, only while bytes are in flight. A pipe that still holds bytes is closed, never lent
// again: one connection's bytes must not reach another. Over the bound, or out of descriptors,
// `lend` says nil and the caller copies. Owner thread only.

import CLinux

/// One lent pipe and what is in it; 12 bytes, owned by whoever borrowed it.
public struct Pipe: BitwiseCopyable, Sendable {
    public let readEnd: Int32
    public let writeEnd: Int32
    /// Bytes that went in and did not come out yet.
    public var held: UInt32 = 0

    /// No pipe.
    public static var none: Pipe { Pipe(readEnd: -1, writeEnd: -1) }
    public var isNone: Bool { readEnd < 0 }
}

/// Lends pipes and closes them.
public struct PipePool: ~Copyable {
    /// 256 KiB when the kernel allows it, else its default of 64 KiB.
    public static var pipeBytes: Int { 256 << 10 }
    static var usefulBytesMin: Int32 { 64 << 10 }
    /// Idle pipes kept open; each is two descriptors.
    static var idleMax: Int { 16 }

    private let lentMax: Int
    public private(set) var lent = 0
    private var idle: [Pipe] = []

    /// At most `lentMax` pipes at a time, two descriptors each.
    public init(lentMax: Int) {
        self.lentMax = lentMax
        idle.reserveCapacity(Self.idleMax)
    }

    deinit {
        for pipe in idle { Self.close(pipe) }
    }

    /// An empty pipe; nil over the bound or when the process is out of descriptors.
    public mutating func lend() -> Pipe? {
        if lent >= lentMax { return nil }
        if let pipe = idle.popLast() {
            lent += 1
            return pipe
        }
        var ends: (Int32, Int32) = (-1, -1)
        let result = unsafe withUnsafeMutablePointer(to: &ends) { pair in
            unsafe pair.withMemoryRebound(to: Int32.self, capacity: 2) {
                unsafe clinux_pipe($0, Int32(Self.pipeBytes))
            }
        }
        if result < 0 { return nil }
        let pipe = Pipe(readEnd: ends.0, writeEnd: ends.1)
        if result < Self.usefulBytesMin {
            // A user above the kernel's limit for all its pipes gets tiny ones: copying is cheaper.
            Self.close(pipe)
            return nil
        }
        lent += 1
        return pipe
    }

    /// Ends the loan.
    public mutating func giveBack(_ pipe: Pipe) {
        precondition(!pipe.isNone, "BUG: giving back no pipe")
        lent -= 1
        if pipe.held == 0 && idle.count < Self.idleMax {
            idle.append(pipe)
        } else {
            Self.close(pipe)
        }
    }

    private static func close(_ pipe: Pipe) {
        Syscall.close(pipe.readEnd)
        Syscall.close(pipe.writeEnd)
    }
}
