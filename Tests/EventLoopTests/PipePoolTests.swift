// Pipes are lent empty, bounded, and closed instead of kept when bytes are left in them.

import Glibc
import Testing

@testable import EventLoop

struct PipePoolTests {
    @Test func idleOnesAreLentAgain() {
        var pool = PipePool(lentMax: 2)
        let first = pool.lend()!
        let second = pool.lend()!
        #expect(pool.lend() == nil, "two at most")
        #expect(pool.lent == 2)
        pool.giveBack(first)
        let again = pool.lend()!
        #expect(again.readEnd == first.readEnd && again.writeEnd == first.writeEnd)
        pool.giveBack(again)
        pool.giveBack(second)
        #expect(pool.lent == 0)
    }

    @Test func oneWithBytesInItIsClosed() {
        var pool = PipePool(lentMax: 1)
        var pipe = pool.lend()!
        var byte: UInt8 = 7
        #expect(write(pipe.writeEnd, &byte, 1) == 1)
        pipe.held = 1
        let other = dup(pipe.writeEnd)
        defer { close(other) }
        pool.giveBack(pipe)
        #expect(isWithoutReader(other))
        let fresh = pool.lend()!
        #expect(read(fresh.readEnd, &byte, 1) == -1 && errno == EAGAIN, "empty, and not blocking")
        pool.giveBack(fresh)
    }

    @Test func allAreClosedWithThePool() {
        var others: [Int32] = []
        do {
            var pool = PipePool(lentMax: 40)
            let pipes = (0..<40).map { _ in pool.lend()! }
            others = pipes.map { dup($0.writeEnd) }
            for pipe in pipes { pool.giveBack(pipe) }
            #expect(others.count { !isWithoutReader($0) } == PipePool.idleMax)
        }
        #expect(others.allSatisfy { isWithoutReader($0) })
        for other in others { close(other) }
    }

    /// Asked through a descriptor of our own: numbers are used again at once by other tests.
    private func isWithoutReader(_ writeEnd: Int32) -> Bool {
        signal(SIGPIPE, SIG_IGN)
        var byte: UInt8 = 0
        return write(writeEnd, &byte, 1) == -1 && errno == EPIPE
    }
}
