// The statsd sink against a fake link: what is lost, refused or late is sent again, exactly once.

import EventLoop
import Glibc
import Stats
import Testing

@testable import Proxy

/// A server that adds up counters, and fails on command.
private final class FakeServer {
    /// Errno per coming datagram; 0 takes it.
    var script: [Int32] = []
    var pending: Int32 = 0
    var opens = 0
    var refusesToOpen = false
    var received = 0
    var total: UInt64 = 0
    var limit = 1432
    var isLocal = true

    func open() -> Result<StatsdLink, SystemError> {
        opens += 1
        if refusesToOpen {
            return .failure(SystemError(call: "connect", errno: ENETUNREACH, subject: "x"))
        }
        return .success(
            StatsdLink(
                payloadLimit: limit, refusesAtOnce: isLocal,
                send: { payload in
                    let error = self.script.isEmpty ? 0 : self.script.removeFirst()
                    if error == 0 { self.take(payload) }
                    return error
                },
                pendingError: {
                    defer { self.pending = 0 }
                    return self.pending
                }))
    }

    private func take(_ payload: [UInt8]) {
        received += 1
        for line in String(decoding: payload, as: UTF8.self).split(separator: "\n") {
            guard line.hasPrefix("t.work."), line.hasSuffix("|c") else { continue }
            total += UInt64(line.split(separator: ":")[1].dropLast(2)) ?? 0
        }
    }
}

struct ControlStatsdTests {
    private final class Bench {
        let server = FakeServer()
        let registry = Registry()
        let catalogue: Catalogue
        let shard: Shard
        let work: [Counter]
        let sink: StatsdSink
        let sinkID: SinkID
        let metrics: StatsdMetrics

        init(names: Int = 1) {
            catalogue = Catalogue(registry)
            shard = registry.makeShard(name: "main")
            let scope = catalogue.scope("work.{name}", [])
            work = (0..<names).map { scope.counter("done", "Work.", labels: ["name\($0)"]) }
            metrics = StatsdMetrics(catalogue)
            sinkID = registry.addSink("statsd")
            let target = StatsdTarget(
                address: SocketAddress(IPEndpoint(v4: 0x7F00_0001, port: 8125)), prefix: "t")
            sink = StatsdSink(target, metrics: metrics, sink: sinkID, openLink: server.open)
        }

        func count(_ n: UInt64 = 1) {
            for counter in work { shard.add(counter, n) }
        }

        func snapshot() -> Snapshot {
            registry.apply(shard.cut())
            return registry.snapshot(
                wallMillis: 0, monotonicNanos: Clock.monotonicNanos())
        }

        func flush() {
            sink.flush(snapshot(), registry: registry, shard: shard)
        }

        func value(_ name: String) -> UInt64 {
            let now = snapshot()
            guard let family = now.familyID(named: "statsd.\(name)") else { return 0 }
            return now.series(of: family).reduce(0) { $0 + now.value($1) }
        }
    }

    @Test func incrementsAreSentOnce() {
        let bench = Bench()
        bench.count(5)
        bench.flush()
        bench.flush()
        bench.count(2)
        bench.flush()
        #expect(bench.server.total == 7)
        #expect(bench.value("errors") == 0)
        #expect(bench.value("flushes") == 3)
    }

    @Test func aRefusedDatagramIsKeptAndTheFlushStops() {
        let bench = Bench(names: 200)
        bench.server.limit = 512
        bench.count()
        bench.server.script = [0, 0, ECONNREFUSED]
        bench.flush()
        let before = bench.server.received
        #expect(before == 2)
        #expect(bench.value("refused") == 1)
        bench.server.script = [ECONNREFUSED]
        bench.flush()
        #expect(bench.server.received == before, "a probe only")
        bench.count()
        bench.flush()
        #expect(bench.server.total == 400)
        #expect(bench.value("deferred") == 2)
    }

    @Test func aLateRefusalTakesTheFlushBack() {
        let bench = Bench()
        bench.server.isLocal = false
        bench.count(3)
        bench.flush()
        #expect(bench.server.total == 3)
        bench.server.total = 0  // it never arrived
        bench.server.pending = ECONNREFUSED
        bench.count(1)
        bench.flush()
        #expect(bench.server.total == 4)
        #expect(bench.value("refused") == 1)
    }

    @Test func aRefusalFromAfarInTheMiddleTakesTheWholeFlushBack() {
        let bench = Bench(names: 200)
        bench.server.limit = 512
        bench.server.isLocal = false
        bench.count()
        bench.server.script = [0, 0, ECONNREFUSED]
        bench.flush()
        bench.server.total = 0
        bench.flush()
        #expect(bench.server.total == 200)
    }

    static let busy: [Int32] = [EAGAIN, ENOBUFS]

    @Test(arguments: busy) func aFullBufferIsNoError(_ error: Int32) {
        let bench = Bench()
        bench.count()
        bench.server.script = [error]
        bench.flush()
        #expect(bench.server.total == 0)
        bench.flush()
        #expect(bench.server.total == 1)
        #expect(bench.value("errors") == 0)
        #expect(bench.value("deferred") == 1)
        #expect(bench.server.opens == 1)
    }

    @Test func anUnreachableServerIsTriedAgain() {
        let bench = Bench()
        bench.server.refusesToOpen = true
        bench.count(4)
        bench.flush()
        bench.flush()
        #expect(bench.value("errors") == 2)
        bench.server.refusesToOpen = false
        bench.flush()
        #expect(bench.server.total == 4)
        #expect(bench.server.opens == 3)
    }

    @Test func otherErrorsMakeANewSocketAndTooLargeSmallerDatagrams() {
        let bench = Bench(names: 100)
        bench.count()
        bench.server.script = [ENETUNREACH]
        bench.flush()
        bench.server.script = [EMSGSIZE]
        bench.flush()
        #expect(bench.server.opens == 2)
        bench.flush()
        #expect(bench.server.total == 100)
        #expect(bench.server.received > 100 * 17 / 1432 + 1)
    }

    @Test func theFinalFlushTriesAFewTimes() {
        let bench = Bench()
        bench.count(9)
        bench.server.script = [EAGAIN, EAGAIN]
        bench.sink.finalFlush(bench.snapshot(), registry: bench.registry, shard: bench.shard)
        #expect(bench.server.total == 9)
    }

    static let limits: [(Int?, Bool, Bool, Int)] = [
        (65_536, true, false, 8_932), (65_536, true, true, 8_932), (1_500, false, false, 1_432),
        (9_000, false, false, 1_432), (1_280, false, true, 1_232), (1_400, false, false, 1_372),
        (300, false, false, 512), (nil, false, false, 1_432), (nil, true, false, 8_932),
    ]

    @Test(arguments: limits)
    func payload(_ mtu: Int?, _ isLoopback: Bool, _ isV6: Bool, _ expected: Int) {
        let limit = StatsdLink.payloadLimit(pathMTU: mtu, isLoopback: isLoopback, isV6: isV6)
        #expect(limit == expected)
    }
}
