// The demo's origin: a small HTTP/1.1 server on one thread, good for as many connections as the
// proxy opens. Latency is a timer, never a sleep, so answers overlap. It is simple rather than
// fast: what is measured is the proxy. Thread demo:origin.

import EventLoop
import HTTP1

final class DemoOrigin {
    private enum Kind: UInt8 { case listener, connection }

    private struct Connection {
        let fd: Int32
        var input: [UInt8] = []
        var output: [UInt8] = []
        var sentBytes = 0
        var answer: DemoAnswer?
        var closesAfter = false
    }

    private static let connectionsMax = 4096
    private static let inputBytesMax = 64 * 1024

    private let listener: Int32
    private let poller: Poller
    private var timers: TimerWheel
    private var parser = HeadParser(limits: HeadLimits())
    private var connections: [UInt32: Connection] = [:]
    private var nextIndex: UInt32 = 0
    private var random = Xoshiro256()
    private let filler = [UInt8](repeating: UInt8(ascii: "w"), count: 256 * 1024)

    static func serve(listener: Int32) {
        do throws(SystemError) {
            try DemoOrigin(listener).run()
        } catch {
            Log.error("the demo's origin ends: \(error)")
        }
    }

    private init(_ listener: Int32) throws(SystemError) {
        self.listener = listener
        poller = try Poller()
        timers = TimerWheel(nowNanos: Clock.monotonicNanos())
    }

    private func run() {
        let token = Token(kind: Kind.listener.rawValue, generation: 0, index: 0)
        poller.add(listener, token, edgeTriggered: false, .readable)
        while true {
            let now = Clock.monotonicNanos()
            let count = poller.wait(
                timeoutMillis: timers.pollTimeoutMillis(nowNanos: now, cap: 1000))
            for index in 0..<count {
                let event = poller.event(index)
                if event.token.kind == Kind.listener.rawValue {
                    accept()
                } else {
                    ready(event.token.index)
                }
            }
            while let token = timers.nextExpired(nowNanos: Clock.monotonicNanos()) {
                respond(token.index)
            }
        }
    }

    private func accept() {
        while case .accepted(let fd, _) = Syscall.accept(listener) {
            if connections.count >= Self.connectionsMax {
                Syscall.close(fd)
                continue
            }
            connections[nextIndex] = Connection(fd: fd)
            let token = Token(kind: Kind.connection.rawValue, generation: 0, index: nextIndex)
            poller.add(fd, token, edgeTriggered: true, [.readable, .writable])
            nextIndex &+= 1
        }
    }

    /// Edge-triggered: sends what is left, reads all there is.
    private func ready(_ index: UInt32) {
        guard send(index) else { return }
        var block = [UInt8](repeating: 0, count: 16 * 1024)
        while let fd = connections[index]?.fd {
            switch unsafe block.withUnsafeMutableBytes({ unsafe Syscall.receive(fd, into: $0) }) {
            case .bytes(let count):
                connections[index]?.input += block[..<count]
                if connections[index]!.input.count > Self.inputBytesMax { return close(index) }
            case .wouldBlock: return parse(index)
            case .end, .failed: return close(index)
            }
        }
    }

    /// Takes the next request, unless one is being answered.
    private func parse(_ index: UInt32) {
        guard let connection = connections[index], connection.answer == nil,
            connection.output.isEmpty, !connection.input.isEmpty
        else { return }
        let input = connection.input
        let result = unsafe input.withUnsafeBytes { unsafe parser.parseRequest($0) }
        guard case .complete(let head) = result else {
            if case .refused = result { close(index) }
            return
        }
        let path = String(
            decoding: input[Int(head.pathStart)..<Int(head.targetEnd)], as: UTF8.self)
        let answer = DemoPages.answer(path: path, &random)
        connections[index]!.input.removeFirst(Int(head.headEnd))
        connections[index]!.answer = answer
        // Bodies are not read: the answer ends the connection.
        connections[index]!.closesAfter = !head.keepAlive || head.framing != .none
        let token = Token(kind: Kind.connection.rawValue, generation: 0, index: index)
        _ = timers.schedule(token, at: Clock.monotonicNanos() + answer.delayNanos)
    }

    private func respond(_ index: UInt32) {
        guard let connection = connections[index], let answer = connection.answer else { return }
        let close = connection.closesAfter ? "connection: close\r\n" : ""
        let head =
            "HTTP/1.1 \(answer.status) \(answer.status == 200 ? "OK" : "Error")\r\n"
            + "server: weir-demo\r\ncontent-type: text/plain\r\n"
            + "content-length: \(answer.bodyBytes)\r\n\(close)\r\n"
        connections[index]!.answer = nil
        connections[index]!.output = Array(head.utf8) + filler[..<answer.bodyBytes]
        connections[index]!.sentBytes = 0
        if send(index) { parse(index) }
    }

    /// False when the connection has gone.
    private func send(_ index: UInt32) -> Bool {
        guard var connection = connections[index] else { return false }
        while connection.sentBytes < connection.output.count {
            let sent = connection.sentBytes
            let result = unsafe connection.output.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[sent...])
                return unsafe Syscall.send(connection.fd, rest)
            }
            switch result {
            case .bytes(let count): connection.sentBytes += count
            case .wouldBlock:
                connections[index] = connection
                return true
            case .end, .failed:
                close(index)
                return false
            }
        }
        let isAnswered = !connection.output.isEmpty
        connection.output = []
        connection.sentBytes = 0
        connections[index] = connection
        if isAnswered && connection.closesAfter {
            close(index)
            return false
        }
        return true
    }

    private func close(_ index: UInt32) {
        guard let connection = connections.removeValue(forKey: index) else { return }
        Syscall.close(connection.fd)
    }
}
