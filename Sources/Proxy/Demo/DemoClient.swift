// The demo's traffic: a visitor with a few keep-alive connections, some tens of requests per
// second, one after the other with short pauses. It may wait and sleep, being a thread of its own;
// when the proxy is gone it tries again now and then. Thread demo:client.

import EventLoop
import Glibc
import HTTP1

struct DemoClient: ~Copyable {
    private static let connectionCount = 4
    private static let patienceMillis: Int32 = 20_000

    private let address: SocketAddress
    private var descriptors: [Int32?] = Array(repeating: nil, count: connectionCount)
    private var parser = HeadParser(limits: HeadLimits())
    private var random = Xoshiro256()

    private init(_ address: SocketAddress) {
        self.address = address
    }

    static func run(_ address: SocketAddress) {
        var client = DemoClient(address)
        while true {
            for slot in 0..<connectionCount {
                let isAnswered = client.visit(slot)
                let pauseMicros = UInt32.random(in: 4_000...24_000, using: &client.random)
                usleep(isAnswered ? pauseMicros : 250_000)
            }
        }
    }

    /// One request on one of the connections; false when there was no answer.
    private mutating func visit(_ slot: Int) -> Bool {
        guard let fd = descriptors[slot] ?? connect() else { return false }
        descriptors[slot] = fd
        let page = DemoPages.choose(&random)
        let request =
            "GET \(page.path) HTTP/1.1\r\nhost: demo.weir\r\nuser-agent: weir-demo\r\n\r\n"
        if send(fd, Array(request.utf8)), let keepAlive = receive(fd) {
            if keepAlive { return true }
            close(slot)
            return true
        }
        close(slot)
        return false
    }

    private func connect() -> Int32? {
        switch Sockets.startConnect(address) {
        case .connected(let fd): return fd
        case .failed: return nil
        case .inProgress(let fd):
            if wait(fd, POLLOUT) && Syscall.socketError(fd) == 0 { return fd }
            Syscall.close(fd)
            return nil
        }
    }

    /// A request is smaller than any send buffer: it goes out whole or the connection is broken.
    private func send(_ fd: Int32, _ bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBytes { unsafe Syscall.send(fd, $0) } == .bytes(bytes.count)
    }

    /// Reads one response; whether the connection may be used again, nil when it broke.
    private mutating func receive(_ fd: Int32) -> Bool? {
        var bytes: [UInt8] = []
        while true {
            guard bytes.count < 64 * 1024, let more = read(fd) else { return nil }
            bytes += more
            let result = unsafe bytes.withUnsafeBytes {
                unsafe parser.parseResponse($0, requestMethod: .get)
            }
            switch result {
            case .incomplete: continue
            case .refused: return nil
            case .complete(let head):
                var missing = -(bytes.count - Int(head.headEnd))
                if case .length(let length) = head.framing { missing += Int(length) }
                while missing > 0 {
                    guard let more = read(fd) else { return nil }
                    missing -= more.count
                }
                return missing == 0 && head.keepAlive
            }
        }
    }

    private func read(_ fd: Int32) -> [UInt8]? {
        guard wait(fd, POLLIN) else { return nil }
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        let result = unsafe block.withUnsafeMutableBytes { unsafe Syscall.receive(fd, into: $0) }
        guard case .bytes(let count) = result else { return nil }
        return Array(block[..<count])
    }

    private func wait(_ fd: Int32, _ events: Int32) -> Bool {
        var entry = pollfd(fd: fd, events: Int16(events), revents: 0)
        return unsafe poll(&entry, 1, Self.patienceMillis) > 0
    }

    private mutating func close(_ slot: Int) {
        if let fd = descriptors[slot] { Syscall.close(fd) }
        descriptors[slot] = nil
    }
}
