// Listening and connecting on loopback and UNIX sockets, with the messages of what fails.
import Glibc
import Testing

@testable import EventLoop

extension Kernel {
    @Suite struct SocketsTests {
        /// Connects to a listener and returns both ends.
        private func connected(
            to listener: borrowing FileDescriptor
        ) throws -> (client: Int32, server: Int32, peer: SocketAddress) {
            let target = try #require(Sockets.localAddress(listener.rawValue))
            let client: Int32
            switch Sockets.startConnect(target) {
            case .connected(let fd): client = fd
            case .inProgress(let fd):
                let poller = try Poller()
                let token = Token(kind: 0, generation: 1, index: 0)
                poller.add(fd, token, edgeTriggered: true, [.writable])
                #expect(turn(poller)[token]?.contains(.writable) == true)
                #expect(Syscall.socketError(fd) == 0)
                client = fd
            case .failed(let errno): throw SystemError(call: "connect", errno: errno, subject: "")
            }
            guard case .accepted(let server, let peer) = Syscall.accept(listener.rawValue) else {
                throw SystemError(call: "accept", errno: 0, subject: "")
            }
            return (client, server, peer)
        }

        @Test(arguments: ["127.0.0.1:0", "[::1]:0"])
        func connectAcceptTalk(text: String) throws {
            let listener = try Sockets.listen(address(text), reusePort: true)
            #expect(Syscall.accept(listener.rawValue) == .wouldBlock)
            let ends = try connected(to: listener)
            #expect(ends.peer == Sockets.localAddress(ends.client))
            #expect(ends.peer.ipText == (try address(text)).ipText)
            for fd in [ends.client, ends.server] {
                var value: Int32 = 0
                var bytes = socklen_t(4)
                getsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &value, &bytes)
                #expect(value == 1, "Nagle is on")
                #expect(fcntl(fd, F_GETFL) & O_NONBLOCK != 0)
                #expect(fcntl(fd, F_GETFD) & FD_CLOEXEC != 0)
            }
            #expect(send(ends.client, "ping") == .bytes(4))
            let poller = try Poller()
            let token = Token(kind: 0, generation: 1, index: 0)
            poller.add(ends.server, token, edgeTriggered: true, [.readable])
            _ = turn(poller)
            #expect(receive(ends.server).text == "ping")
            Syscall.close(ends.client)
            #expect(turn(poller)[token]?.contains(.peerClosed) == true)
            #expect(receive(ends.server).result == .end)
            Syscall.close(ends.server)
        }

        @Test func closedPort() throws {
            let listener = try Sockets.listen(address("127.0.0.1:0"), reusePort: false)
            let target = try #require(Sockets.localAddress(listener.rawValue))
            Syscall.close(listener.release())
            switch Sockets.startConnect(target) {
            case .failed(let errno): #expect(errno == ECONNREFUSED)
            case .connected(let fd):
                Issue.record("somebody answered on \(target)")
                Syscall.close(fd)
            case .inProgress(let fd):
                let poller = try Poller()
                let token = Token(kind: 0, generation: 1, index: 0)
                poller.add(fd, token, edgeTriggered: true, [.readable, .writable])
                #expect(turn(poller)[token]?.contains(.error) == true)
                #expect(Syscall.socketError(fd) == ECONNREFUSED)
                Syscall.close(fd)
            }
        }

        @Test func portInUse() throws {
            let first = try Sockets.listen(address("127.0.0.1:0"), reusePort: false)
            let taken = try #require(Sockets.localAddress(first.rawValue))
            do {
                _ = try Sockets.listen(taken, reusePort: false)
                Issue.record("bound twice")
            } catch {
                #expect(error.errno == EADDRINUSE)
                #expect(error.description == "bind \(taken): Address already in use")
            }
        }

        @Test func reusePortShares() throws {
            let first = try Sockets.listen(address("127.0.0.1:0"), reusePort: true)
            let shared = try #require(Sockets.localAddress(first.rawValue))
            let second = try Sockets.listen(shared, reusePort: true)
            #expect(Sockets.localAddress(second.rawValue) == shared)
        }

        @Test func bothFamiliesOnOnePort() throws {
            let v6 = try Sockets.listen(address("[::]:0"), reusePort: false)
            let port = try #require(Sockets.localAddress(v6.rawValue)?.port)
            _ = try Sockets.listen(address("0.0.0.0:\(port)"), reusePort: false)
        }

        @Test func unixSocket() throws {
            let folder = TemporaryFolder()
            let place = try address("unix:\(folder.path)/s")
            let listener = try Sockets.listen(place, reusePort: false)
            var info = stat()
            #expect(lstat("\(folder.path)/s", &info) == 0)
            #expect(info.st_mode & 0o777 == 0o600)
            #expect(Sockets.localAddress(listener.rawValue) == place)
            let ends = try connected(to: listener)
            #expect(ends.peer.path == "")
            #expect(ends.peer.port == nil)
            #expect(send(ends.client, "ping") == .bytes(4))
            #expect(receive(ends.server).text == "ping")
            Syscall.close(ends.client)
            Syscall.close(ends.server)
            // Somebody listens: the file stays and bind says so.
            do {
                _ = try Sockets.listen(place, reusePort: false)
                Issue.record("a living socket was taken over")
            } catch {
                #expect(error.errno == EADDRINUSE)
            }
            guard case .accepted(let probe, _) = Syscall.accept(listener.rawValue) else {
                Issue.record("the probe did not reach the listener")
                return
            }
            Syscall.close(probe)
        }

        @Test func staleUnixFileIsReplacedOthersAreNot() throws {
            let folder = TemporaryFolder()
            let place = try address("unix:\(folder.path)/s")
            Syscall.close(try Sockets.listen(place, reusePort: false).release())
            #expect(Sockets.startConnect(place) == .failed(ECONNREFUSED))
            _ = try Sockets.listen(place, reusePort: false)
            let plain = try address("unix:\(folder.path)/plain")
            close(creat("\(folder.path)/plain", 0o600))
            #expect(throws: SystemError.self) {
                _ = try Sockets.listen(plain, reusePort: false)
            }
            #expect(access("\(folder.path)/plain", F_OK) == 0)
            #expect(
                Sockets.startConnect(try address("unix:\(folder.path)/none")) == .failed(ENOENT))
        }

        @Test func udpReportsRefusalAndPathMTU() throws {
            let receiver = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let bound = withUnsafePointer(to: &name) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(receiver, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            #expect(bound == 0)
            let target = try #require(Sockets.localAddress(receiver))
            let sender = try Sockets.udpConnected(target)
            #expect(send(sender.rawValue, "a:1|c") == .bytes(5))
            #expect(receive(receiver).text == "a:1|c")
            #expect((Sockets.pathMTU(sender.rawValue) ?? 0) >= 1280)
            Syscall.close(receiver)
            #expect(send(sender.rawValue, "a:1|c") == .bytes(5))
            #expect(send(sender.rawValue, "a:1|c") == .failed(ECONNREFUSED))
        }

        @Test func nothingLeaks() throws {
            try connectAcceptTalk(text: "127.0.0.1:0")
            let before = Machine.openDescriptors()
            let rounds = 200
            for _ in 0..<rounds {
                try connectAcceptTalk(text: "127.0.0.1:0")
                try closedPort()
                try portInUse()
                try unixSocket()
                try staleUnixFileIsReplacedOthersAreNot()
                try udpReportsRefusalAndPathMTU()
                _ = try Mailbox<Int>()
                _ = try Signals.descriptor([SIGUSR2])
            }
            // Other suites of this process open some meanwhile; a leak would be one a round.
            #expect(Machine.openDescriptors() < before + rounds)
        }
    }
}
