// Threads, their clocks, signals as events, heartbeat, and what the machine says about itself.
import Glibc
import Synchronization
import Testing

@testable import EventLoop

extension Kernel {
    @Suite struct ThreadTests {
        @Test func nameAffinityAndEnd() throws {
            let cpu = try #require(Machine.affinityCPUs().last)
            let seen = Mutex<(name: String, cpus: [Int])>(("", []))
            let thread = try EventLoop.Thread.spawn(name: "fifteen-bytes:9", cpu: cpu) {
                let name = Machine.text("/proc/thread-self/comm") ?? ""
                let cpus = Machine.affinityCPUs()
                seen.withLock { $0 = (name, cpus) }
            }
            thread.join()
            #expect(seen.withLock { $0.name } == "fifteen-bytes:9\n")
            #expect(seen.withLock { $0.cpus } == [cpu])
        }

        @Test func impossibleCPU() {
            do {
                let thread = try EventLoop.Thread.spawn(name: "wrk:0", cpu: 1023) {}
                thread.join()
                Issue.record("there is no CPU 1023 here")
            } catch {
                #expect(error.errno == EINVAL)
                #expect(error.description.contains("wrk:0 on CPU 1023"))
            }
        }

        @Test func cpuClockOfAnotherThread() throws {
            let wanted: UInt64 = 20_000_000
            let stop = Atomic<Bool>(false)
            let mailbox = try Mailbox<UInt64>()
            let thread = try EventLoop.Thread.spawn(name: "burn", cpu: nil) {
                while EventLoop.Thread.cpuNanosCurrent() < wanted {}
                mailbox.post(EventLoop.Thread.cpuNanosCurrent())
                while !stop.load(ordering: .acquiring) { sched_yield() }
            }
            let poller = try Poller()
            let token = Token(kind: 0, generation: 1, index: 0)
            poller.add(mailbox.wakeDescriptor, token, edgeTriggered: false, [.readable])
            #expect(turn(poller)[token] != nil)
            var own: UInt64 = 0
            mailbox.drain { own = $0 }
            let read = try #require(thread.cpuClock.nanos())
            #expect(read >= own && own >= wanted)
            stop.store(true, ordering: .releasing)
            thread.join()
            // The kernel lets go of the thread just after the join.
            let patience = Clock.monotonicNanos() + 10_000_000_000
            while thread.cpuClock.nanos() != nil && Clock.monotonicNanos() < patience {
                sched_yield()
            }
            #expect(thread.cpuClock.nanos() == nil)
            #expect((ThreadCPUClock.current.nanos() ?? 0) > 0)
        }

        @Test func signalsArriveAsEvents() throws {
            let result = Mutex<[Int32?]>([])
            // On a thread of its own: a mask is a thread's, and the test runner keeps its own.
            let thread = try EventLoop.Thread.spawn(name: "signals", cpu: nil) {
                Signals.block([SIGUSR1, SIGUSR2])
                guard let file = try? Signals.descriptor([SIGUSR1, SIGUSR2]),
                    let poller = try? Poller()
                else { return }
                let none = Signals.readSignal(file.rawValue)
                let token = Token(kind: 0, generation: 1, index: 0)
                poller.add(file.rawValue, token, edgeTriggered: false, [.readable])
                pthread_kill(pthread_self(), SIGUSR2)
                let ready = poller.wait(timeoutMillis: 10_000)
                let found = Signals.readSignal(file.rawValue)
                let rest = Signals.readSignal(file.rawValue)
                result.withLock { $0 = [none, Int32(ready), found, rest] }
            }
            thread.join()
            #expect(result.withLock { $0 } == [nil, 1, SIGUSR2, nil])
        }

        @Test func heartbeat() {
            let heart = Heartbeat()
            #expect(heart.busySinceNanos == 0 && heart.busyNanos(nowNanos: 5) == 0)
            heart.beat(100)
            #expect(heart.busyNanos(nowNanos: 350) == 250)
            #expect(heart.busyNanos(nowNanos: 50) == 0)
            heart.rest()
            #expect(heart.busyNanos(nowNanos: 900) == 0)
            #expect(heart.turns == 1)
            #expect(MemoryLayout<Padding>.size == 128)
        }

        @Test func machine() throws {
            #expect((1...1024).contains(Machine.usableCPUs()))
            #expect(Machine.usableCPUs() <= Machine.affinityCPUs().count)
            #expect(Machine.residentBytes() > 1 << 20)
            #expect(Machine.virtualBytes() > Machine.residentBytes())
            let before = Machine.openDescriptors()
            // Other suites of this process open and close some meanwhile.
            do {
                var pairs: [[Int32]] = []
                for _ in 0..<100 {
                    var pair: [Int32] = [-1, -1]
                    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
                    pairs.append(pair)
                }
                #expect(Machine.openDescriptors() > before + 100)
                for descriptor in pairs.joined() { close(descriptor) }
            }
            #expect(Machine.openDescriptors() < before + 100)
            #expect(Machine.descriptorLimit() >= before)
            #expect(Machine.raiseDescriptorLimit() == Machine.descriptorLimit())
        }

        @Test func clocks() {
            let first = Clock.monotonicNanos()
            #expect(Clock.monotonicNanos() >= first)
            #expect(Clock.wallMillis() > 1_700_000_000_000)
        }

        @Test func errorsReadWell() {
            let error = SystemError(call: "bind", errno: EACCES, subject: "127.0.0.1:80")
            #expect(error.description == "bind 127.0.0.1:80: Permission denied")
            #expect(
                SystemError(call: "eventfd", errno: 4711, subject: "").description
                    == "eventfd: error 4711")
        }
    }
}
