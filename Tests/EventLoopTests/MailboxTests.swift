// The mailbox: order, exact counts under four producers, wake-ups, and messages freed once.
import Glibc
import Synchronization
import Testing

@testable import EventLoop

/// Counts its living instances.
private final class Counted: Sendable {
    static let live = Atomic<Int>(0)
    let number: Int

    init(_ number: Int) {
        self.number = number
        Self.live.add(1, ordering: .relaxed)
    }

    deinit { Self.live.subtract(1, ordering: .relaxed) }
}

extension Kernel {
    @Suite struct MailboxTests {
        private let wake = Token(kind: 9, generation: 1, index: 0)

        @Test func firstInFirstOut() throws {
            let mailbox = try Mailbox<Int>()
            #expect(mailbox.drain { _ in Issue.record("empty") } == 0)
            for number in 0..<100 { mailbox.post(number) }
            #expect(mailbox.depth == 100)
            var seen: [Int] = []
            #expect(mailbox.drain { seen.append($0) } == 100)
            #expect(seen == Array(0..<100))
            #expect(mailbox.depth == 0)
        }

        @Test func wakesOnceAndStaysQuietAfterTheDrain() throws {
            let poller = try Poller()
            let mailbox = try Mailbox<Int>()
            poller.add(mailbox.wakeDescriptor, wake, edgeTriggered: false, [.readable])
            #expect(turn(poller, timeoutMillis: 0) == [:])
            mailbox.post(1)
            mailbox.post(2)
            #expect(turn(poller) == [wake: .readable])
            // What a body posts comes with the next drain, and wakes for it.
            #expect(mailbox.drain { if $0 == 1 { mailbox.post(3) } } == 2)
            #expect(turn(poller) == [wake: .readable])
            var seen: [Int] = []
            mailbox.drain { seen.append($0) }
            #expect(seen == [3])
            #expect(turn(poller, timeoutMillis: 0) == [:])
        }

        @Test(arguments: 0..<3)
        func fourProducers(run: Int) throws {
            let each = 25_000
            let poller = try Poller()
            let mailbox = try Mailbox<(producer: Int, number: Int)>()
            poller.add(mailbox.wakeDescriptor, wake, edgeTriggered: false, [.readable])
            var threads: [EventLoop.Thread] = []
            for producer in 0..<4 {
                let thread = try EventLoop.Thread.spawn(name: "post:\(producer)", cpu: nil) {
                    for number in 0..<each { mailbox.post((producer, number)) }
                }
                threads.append(thread)
            }
            var next = [0, 0, 0, 0]
            var inOrder = true
            while next.reduce(0, +) < 4 * each {
                // Nothing but a wake-up ends this wait in time.
                guard poller.wait(timeoutMillis: 20_000) > 0 else {
                    Issue.record("lost wake-up at \(next), depth \(mailbox.depth)")
                    break
                }
                mailbox.drain {
                    inOrder = inOrder && $0.number == next[$0.producer]
                    next[$0.producer] += 1
                }
            }
            for thread in threads { thread.join() }
            #expect(inOrder)
            #expect(next == [each, each, each, each])
            #expect(mailbox.drain { _ in } == 0)
            #expect(mailbox.depth == 0)
        }

        @Test func messagesAreFreedOnce() throws {
            var mailbox: Mailbox<Counted>? = try Mailbox<Counted>()
            for number in 0..<1000 { mailbox?.post(Counted(number)) }
            #expect(Counted.live.load(ordering: .relaxed) == 1000)
            mailbox?.drain { #expect($0.number < 1000) }
            #expect(Counted.live.load(ordering: .relaxed) == 0)
            // Deep enough to overflow the stack if a list released itself recursively.
            for number in 0..<300_000 { mailbox?.post(Counted(number)) }
            mailbox = nil
            #expect(Counted.live.load(ordering: .relaxed) == 0)
        }
    }
}
