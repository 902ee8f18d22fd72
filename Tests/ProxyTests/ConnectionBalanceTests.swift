import EventLoop
import Glibc
import Synchronization
import Testing

@testable import Proxy

/// Counts, places and descriptors of exact balance, without a worker.
@Suite struct ConnectionBalanceTests {
    private func balance(_ counts: [Int?]) throws -> ConnectionBalance {
        let boxes = try counts.map { _ in try Mailbox<WorkerMessage>() }
        let made = ConnectionBalance(mailboxes: boxes)
        for (worker, count) in counts.enumerated() {
            for _ in 0..<(count ?? 0) { made.keep(worker) }
            if count != nil { made.open(worker) }
        }
        return made
    }

    /// Counts by worker (nil: closed), who accepts, who must get it.
    @Test(
        arguments: [
            ([0, 0, 0], 0, 0), ([0, 0, 0], 2, 2), ([3, 2, 1], 0, 2), ([1, 1, 2], 2, 0),
            ([2, 1, 1], 2, 2), ([5, nil, 6], 2, 0), ([nil, nil, 9], 2, 2), ([nil, nil, nil], 1, 1),
            ([7], 0, 0),
        ] as [([Int?], Int, Int)])
    func theFewestGetsIt(_ counts: [Int?], _ from: Int, _ expected: Int) throws {
        let made = try balance(counts)
        #expect(made.reserve(from: from) == expected)
        for worker in counts.indices {
            #expect(made.count(worker) == (counts[worker] ?? 0) + (worker == expected ? 1 : 0))
        }
    }

    @Test func closingKeepsWhatIsUnderWay() throws {
        let made = try balance([4, 0])
        #expect(made.reserve(from: 0) == 1)
        made.close(1)
        #expect(made.count(1) == 1)
        #expect(made.reserve(from: 0) == 0)
        #expect(made.least(from: 0) == 5)
        made.release(1)
        #expect(made.count(1) == 0)
        made.close(0)
        #expect(made.least(from: 0) >= ConnectionBalance.closedBit)
        #expect(made.reserve(from: 0) == 0)
        #expect(made.count(0) == 6)
    }

    /// Four threads take places at once: nothing is lost, and all counts end within one another by
    /// what may be lost in races.
    @Test func placesTakenAtOnceAreEven() throws {
        let made = try balance([0, 0, 0, 0])
        let threads = try (0..<4).map { worker in
            try Thread.spawn(name: "place:\(worker)", cpu: nil) {
                for _ in 0..<25_000 { _ = made.reserve(from: worker) }
            }
        }
        for thread in threads { thread.join() }
        let counts = (0..<4).map { made.count($0) }
        #expect(counts.reduce(0, +) == 100_000)
        #expect(counts.allSatisfy { abs($0 - 25_000) <= 250 }, "\(counts)")
    }

    @Test func aConnectionNobodyTakesIsClosed() throws {
        let boxes = [try Mailbox<WorkerMessage>(), try Mailbox<WorkerMessage>()]
        var made: ConnectionBalance? = ConnectionBalance(mailboxes: boxes)
        let (here, there) = try pair()
        made?.hand(connection(here), to: 1)
        #expect(isOpen(there))
        var taken: Int32 = -1
        boxes[1].drain { message in
            if case .adopt(let connection) = message {
                taken = connection.take()
                #expect(connection.take() == -1)
            }
        }
        #expect(taken == here && isOpen(there))
        made?.hand(connection(taken), to: 0)
        boxes[0].drain { _ in }
        #expect(!isOpen(there), "a message thrown away leaks its descriptor")
        close(there)
        made = nil
    }

    @Test func aMailboxThatEndsClosesWhatIsInIt() throws {
        let (here, there) = try pair()
        do {
            let made = ConnectionBalance(mailboxes: [try Mailbox<WorkerMessage>()])
            made.hand(connection(here), to: 0)
            #expect(isOpen(there))
        }
        #expect(!isOpen(there))
        close(there)
    }

    @Test(
        arguments: [
            ([], 0), ([0, 0], 0), ([5], 0), ([5, 5, 5], 0), ([1, 0, 0, 0], 300), ([11, 10, 9], 10),
            ([2500, 2500, 2500, 2501], 0), ([2750, 2500, 2500, 2250], 10),
        ] as [([Int64], Int64)])
    func imbalanceIsTheLargestOverTheMean(_ loads: [Int64], _ percent: Int64) {
        #expect(Imbalance.percent(loads) == percent)
    }

    private func connection(_ fd: Int32) -> HandedConnection {
        HandedConnection(
            owning: fd, peer: SocketAddress(unixPath: ""), listener: 0, acceptedNanos: 1)
    }

    private func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let result = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
        try #require(result == 0)
        return (ends[0], ends[1])
    }

    /// Whether the other end has not been closed.
    private func isOpen(_ fd: Int32) -> Bool {
        var byte: UInt8 = 0
        let count = recv(fd, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK))
        return count < 0 && errno == EAGAIN
    }
}
