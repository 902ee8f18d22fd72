// The poller and the data-path calls on real loopback sockets: edge-triggered echo, end of
// stream, flags, short reads, and what happens when descriptors run out.
import CLinux
import Glibc
import Testing

@testable import EventLoop

extension Kernel {
    @Suite struct PollerTests {
        let a = Token(kind: 1, generation: 7, index: 1)
        let b = Token(kind: 2, generation: 8, index: .max)

        @Test func eventStride() {
            #expect(MemoryLayout<epoll_event>.stride == clinux_epoll_event_bytes())
        }

        @Test func edgeTriggeredEcho() throws {
            let poller = try Poller()
            let pair = SocketPair()
            #expect(
                poller.add(pair.left.rawValue, a, edgeTriggered: true, [.readable, .writable])
                    == true)
            #expect(
                poller.add(pair.right.rawValue, b, edgeTriggered: true, [.readable, .writable])
                    == true)
            #expect(turn(poller) == [a: .writable, b: .writable])
            #expect(turn(poller, timeoutMillis: 0) == [:])
            for round in 0..<1000 {
                let text = "round \(round)"
                #expect(send(pair.left.rawValue, text) == .bytes(text.utf8.count))
                #expect(turn(poller)[b]?.contains(.readable) == true)
                #expect(receive(pair.right.rawValue).text == text)
                #expect(receive(pair.right.rawValue).result == .wouldBlock)
                #expect(send(pair.right.rawValue, text) == .bytes(text.utf8.count))
                #expect(turn(poller)[a]?.contains(.readable) == true)
                #expect(receive(pair.left.rawValue).text == text)
            }
        }

        @Test func shortReadsKeepOrder() throws {
            let pair = SocketPair()
            let first = Array("hello ".utf8)
            let second = Array("world".utf8)
            let sent = first.withUnsafeBytes { left in
                second.withUnsafeBytes { Syscall.send(pair.left.rawValue, left, $0) }
            }
            #expect(sent == .bytes(11))
            var text = ""
            while case (.bytes, let part) = receive(pair.right.rawValue, limit: 3) { text += part }
            #expect(text == "hello world")
        }

        @Test func endOfStream() throws {
            let poller = try Poller()
            let pair = SocketPair()
            #expect(
                poller.add(pair.left.rawValue, a, edgeTriggered: true, [.readable, .writable])
                    == true)
            _ = turn(poller)
            #expect(send(pair.right.rawValue, "last") == .bytes(4))
            Syscall.shutdownWrite(pair.right.rawValue)
            let readiness = turn(poller)[a] ?? []
            #expect(readiness.isSuperset(of: [.readable, .peerClosed]))
            #expect(!readiness.contains(.hangUp))
            #expect(receive(pair.left.rawValue).text == "last")
            #expect(receive(pair.left.rawValue).result == .end)
            #expect(send(pair.left.rawValue, "still open") == .bytes(10))
            Syscall.shutdownWrite(pair.left.rawValue)
            #expect(turn(poller)[a]?.contains(.hangUp) == true)
        }

        @Test func brokenPipeIsAResult() throws {
            let left = try survivingEnd()
            #expect(send(left.rawValue, "into the void") == .failed(EPIPE))
        }

        private func survivingEnd() throws -> FileDescriptor {
            let pair = SocketPair()
            return try pair.left.duplicate()
        }

        @Test func modifyReportsAgainRemoveIsSilent() throws {
            let poller = try Poller()
            let pair = SocketPair()
            #expect(poller.add(pair.left.rawValue, a, edgeTriggered: true, [.writable]) == true)
            #expect(turn(poller)[a] != nil)
            #expect(turn(poller, timeoutMillis: 0) == [:])
            #expect(poller.modify(pair.left.rawValue, b, edgeTriggered: true, [.writable]) == true)
            #expect(turn(poller)[b] != nil)
            poller.remove(pair.left.rawValue)
            #expect(send(pair.right.rawValue, "x") == .bytes(1))
            #expect(turn(poller, timeoutMillis: 0) == [:])
            #expect(poller.modify(pair.left.rawValue, a, edgeTriggered: true, [.readable]) == false)
        }

        @Test func plainFilesCannotBeWatched() throws {
            let poller = try Poller()
            let file = FileDescriptor(owning: open("/proc/self/exe", O_RDONLY | O_CLOEXEC))
            #expect(poller.add(file.rawValue, a, edgeTriggered: true, [.readable]) == false)
        }

        @Test func moreEventsThanABatch() throws {
            let poller = try Poller()
            var numbers: [Int32] = []
            for index in 0..<300 {
                let number = clinux_eventfd()
                let token = Token(kind: 3, generation: 1, index: UInt32(index))
                #expect(poller.add(number, token, edgeTriggered: true, [.writable]) == true)
                numbers.append(number)
            }
            let first = turn(poller)
            let second = turn(poller)
            #expect(first.count == Poller.batch)
            #expect(Set(first.keys).union(second.keys).count == 300)
            for number in numbers { Syscall.close(number) }
        }

        @Test func outOfDescriptors() throws {
            let listener = try Sockets.listen(address("127.0.0.1:0"), reusePort: false)
            let target = try #require(Sockets.localAddress(listener.rawValue))
            guard case .inProgress(let client) = Sockets.startConnect(target) else {
                Issue.record("connect did not start")
                return
            }
            defer { Syscall.close(client) }
            var saved = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &saved)
            let lowest = clinux_eventfd()
            Syscall.close(lowest)
            var tight = saved
            tight.rlim_cur = rlim_t(lowest)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &tight)
            let refused = Syscall.accept(listener.rawValue)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &saved)
            #expect(refused == .outOfDescriptors(EMFILE))
            guard case .accepted(let server, let peer) = Syscall.accept(listener.rawValue) else {
                Issue.record("the connection was lost")
                return
            }
            #expect(peer == Sockets.localAddress(client))
            Syscall.close(server)
        }
    }
}
