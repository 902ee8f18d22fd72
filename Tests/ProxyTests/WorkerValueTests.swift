import EventLoop
import HTTP1
import Stats
import Testing

@testable import Proxy

/// Values of the data plane that need no socket: outcomes, round robin, ids, dates, sizes.
@Suite struct WorkerValueTests {
    @Test func outcomesAreClosedAndDistinct() {
        #expect(Set(Outcome.allCases.map(\.label)).count == Outcome.allCases.count)
        for outcome in Outcome.allCases {
            #expect((400...599).contains(outcome.status), "\(outcome)")
            #expect(outcome.side != .client || !outcome.isRetryable, "\(outcome)")
            #expect((outcome.side == .client) == (outcome.status < 500), "\(outcome)")
        }
        #expect(Outcome.connectFailed.status == 503)
        #expect(Outcome.responseTimeout.status == 504)
        #expect(Outcome.upstreamReset.status == 502)
    }

    @Test func roundRobinVisitsEachEndpoint() {
        let addresses = (1...3).map { SocketAddress(IPEndpoint(v4: 0x7F00_0001, port: $0)) }
        let config = ProxyConfig(
            listeners: [], clusters: [ClusterConfig(name: "c", endpoints: addresses)])
        var cluster = Cluster.all(of: config, startingAt: 4)[0]
        #expect((0..<6).map { _ in cluster.nextEndpoint() } == [1, 2, 0, 1, 2, 0])
    }

    @Test func requestIDsAreVersionFourAndDiffer() {
        var filter = RequestIDFilter(random: Xoshiro256())
        var ids: Set<String> = []
        for _ in 0..<1000 {
            var context = RequestContext(limits: HeadLimits())
            let head = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
            let line = head.withUnsafeBytes { bytes in
                guard case .complete(let parsed) = context.parser.parseRequest(bytes) else {
                    return ""
                }
                context.begin(parsed, in: bytes, peer: PeerText())
                _ = filter.apply(to: &context)
                return String(decoding: context.addedBytes, as: UTF8.self)
            }
            let parts = line.split(whereSeparator: { $0 == " " || $0 == "\r\n" })
            guard parts.count == 2, parts[0] == "x-request-id:" else {
                Issue.record("\(line.debugDescription)")
                return
            }
            let id = Array(parts[1].utf8)
            #expect(id.count == 36 && id[14] == UInt8(ascii: "4"))
            #expect("89ab".utf8.contains(id[19]))
            ids.insert(String(parts[1]))
        }
        #expect(ids.count == 1000)
    }

    @Test(arguments: [
        (0, 1970, 1, 1), (59, 1970, 3, 1), (11_016, 2000, 2, 29), (20_780, 2026, 11, 23),
        (47_540, 2100, 2, 28), (47_541, 2100, 3, 1),
    ])
    func civilDates(days: Int64, year: Int, month: Int, day: Int) {
        let date = DateText.civil(fromDays: days)
        #expect(date.year == year && date.month == month && date.day == day)
    }

    @Test func bodyReadersEndWhereTheirFramingSays() {
        #expect(BodyReader(.none).isFinished)
        #expect(BodyReader(.length(0)).isFinished)
        var reader = BodyReader(.length(10))
        #expect(!reader.isFinished && !reader.isLong)
        reader.advance(4)
        #expect(!reader.isFinished && reader.remaining == 6)
        reader.advance(6)
        #expect(reader.isFinished && reader.relayed == 10)
        #expect(BodyReader(.length(1 << 20)).isLong)
        #expect(!BodyReader(.chunked).isFinished)
    }

    @Test func slotsStaySmall() {
        #expect(MemoryLayout<Downstream>.size <= 320)
        #expect(MemoryLayout<Upstream>.size <= 160)
        #expect(MemoryLayout<Buffer>.size == 12)
        #expect(MemoryLayout<Counter>.size <= 8)
    }
}
