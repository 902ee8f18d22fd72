import Stats
import Testing

@testable import Exposition

@Suite struct StatsdTests {
    private func lines(_ flush: StatsdFlush) -> [String] {
        flush.datagrams.flatMap {
            String(decoding: $0.payload, as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    @Test func golden() {
        let maker = SnapshotMaker()
        let count = maker.declare("c.{x}.rq", .counter)
        let cpu = maker.declare("cpu", .counter, unit: .nanoseconds)
        let level = maker.declare("level", .gauge)
        let time = maker.declare("time", .histogram, unit: .nanoseconds, bounds: [])
        let size = maker.declare("size", .histogram, unit: .bytes, bounds: [])
        maker.add(count, ["a.b:c"], 12)
        _ = maker.registry.counter(count, ["idle"])
        maker.add(cpu, 2_999_999)
        maker.set(level, -5)
        maker.record(time, [1_000_000, 1_000_000, 1_000_000, 1_000_000])
        maker.record(size, [0, 1, 2, 2])
        let first = maker.snapshot()
        let encoder = StatsdEncoder(payloadLimit: 1432)
        var state = StatsdState()
        let flush = encoder.encode(first, since: state)
        let wanted = [
            "weir.c.a_b_c.rq:12|c", "weir.cpu:2|c", "weir.level:0|g", "weir.level:-5|g",
            "weir.time:0.98|ms|@0.25", "weir.size:0|ms", "weir.size:1|ms", "weir.size:2|ms|@0.5",
        ]
        #expect(lines(flush) == wanted)
        #expect(flush.datagrams.count == 1 && flush.isWhole && flush.droppedLines == 0)
        for datagram in flush.datagrams { state.acknowledge(datagram) }
        // The gauge again; of the counters only the 999,999 ns that were not a millisecond yet.
        #expect(lines(encoder.encode(first, since: state)) == Array(wanted[2...3]))
        maker.add(cpu, 1)
        #expect(lines(encoder.encode(maker.snapshot(), since: state)).first == "weir.cpu:1|c")
        for datagram in flush.datagrams { state.revoke(datagram) }
        #expect(lines(encoder.encode(first, since: state)) == wanted)
    }

    @Test(arguments: [
        ("", true), ("weir", true), ("a.b-c_D9", true), ("a:b", false), ("a b", false),
        ("a|b", false), ("a\n", false), ("é", false), ("@", false),
    ])
    func prefixes(_ text: String, _ isGood: Bool) {
        #expect(StatsdEncoder.isPrefix(text) == isGood)
    }

    @Test func emptyPrefix() {
        let maker = SnapshotMaker()
        maker.add(maker.declare("rq", .counter), 1)
        let encoder = StatsdEncoder(prefix: "", payloadLimit: 100)
        #expect(lines(encoder.encode(maker.snapshot(), since: StatsdState())) == ["rq:1|c"])
    }

    @Test(
        arguments: [
            (1, "1"), (2, "0.5"), (4, "0.25"), (5, "0.2"), (10, "0.1"), (100, "0.01"),
            (8, "0.125"), (1_000_000, "0.000001"), (3, "0.333333333"),
        ] as [(UInt64, String)])
    func shortRates(_ count: UInt64, _ text: String) {
        let rate = StatsdSample.rate(restoring: count)
        var output = ByteOutput()
        output.append(decimal: rate.numerator, places: rate.places)
        #expect(output.text == text)
    }

    @Test func ratesRestoreCounts() {
        let seed = UInt64.random(in: 0 ... .max)
        var numbers = SeededNumbers(state: seed)
        let limit = StatsdEncoder.bucketCountMax
        let random = (0..<50_000).map { _ in
            1 + numbers.next() % (UInt64(10) << (numbers.next() % 24)) % limit
        }
        for count in Array(1...20_000) + random + [limit - 1, limit] {
            let rate = StatsdSample.rate(restoring: count)
            var output = ByteOutput()
            output.append(decimal: rate.numerator, places: rate.places)
            let text = output.text
            guard let read = Double(text) else {
                Issue.record("\(text) is not a number")
                continue
            }
            let restored = 1 / read
            let isExact =
                UInt64(restored.rounded()) == count
                && (restored - Double(count)).magnitude <= 1e-9 * Double(count)
            let isPlain = text.utf8.allSatisfy { $0 == 46 || (48...57).contains($0) }
            if !isExact || !isPlain { Issue.record("\(count) as \(text), seed \(seed)") }
        }
    }

    @Test(
        arguments: [
            (0, 0, 0), (0, 1, 1), (1, 2, 2), (2, 4, 3), (957_600, 1_000_000, 980_000),
            (99, 101, 100), (1_000_000, 1_044_273, 1_020_000),
        ] as [(UInt64, UInt64, UInt64)])
    func representatives(_ lower: UInt64, _ upper: UInt64, _ wanted: UInt64) {
        let value = StatsdSample.representative(lowerExclusive: lower, upperInclusive: upper)
        #expect(value == wanted)
    }

    @Test(arguments: [[], [1, 999, 1000, 1001, 123_456_789, 1 << 62, .max - 1]] as [[UInt64]])
    func representativesLieInTheirCell(_ bounds: [UInt64]) {
        let layout = HistogramLayout(classicBounds: bounds)
        for cell in 1..<layout.cellCount {
            let (lower, upper) = (layout.lowerExclusive(cell), layout.upperInclusive(cell))
            if lower == upper { continue }
            let value = StatsdSample.representative(lowerExclusive: lower, upperInclusive: upper)
            #expect(layout.cell(of: value) == cell)
        }
    }

    @Test(arguments: [20, 40, 64, 128, 512, 1432])
    func packing(_ limit: Int) {
        let maker = SnapshotMaker()
        let count = maker.declare("cluster.{x}.rq", .counter)
        let level = maker.declare("level.{x}", .gauge)
        let time = maker.declare("time", .histogram, unit: .nanoseconds)
        var numbers = SeededNumbers(state: UInt64(limit))
        for index in 0..<50 {
            let label = String(repeating: "x", count: index)
            maker.add(count, [label], numbers.next() >> (numbers.next() % 60))
            maker.set(level, [label], Int64(bitPattern: numbers.next()) >> 40)
            maker.record(time, [UInt64](repeating: numbers.next() >> 20, count: index))
        }
        let snapshot = maker.snapshot()
        let flush = StatsdEncoder(payloadLimit: limit).encode(snapshot, since: StatsdState())
        let whole = StatsdEncoder(payloadLimit: 1 << 20).encode(snapshot, since: StatsdState())
        #expect(whole.datagrams.count == 1 && whole.droppedLines == 0)
        #expect(flush.datagrams.allSatisfy { !$0.payload.isEmpty && $0.payload.count <= limit })
        #expect(flush.datagrams.allSatisfy { $0.payload.last != UInt8(ascii: "\n") })
        let kept = flush.datagrams.reduce(0) { $0 + $1.lineCount }
        #expect(kept + flush.droppedLines == whole.datagrams[0].lineCount)
        #expect(limit < 512 || flush.droppedLines == 0)
        let all = lines(whole)
        #expect(lines(flush).allSatisfy { all.contains($0) })
        for (left, right) in zip(flush.datagrams, flush.datagrams.dropFirst()) {
            #expect(left.payload.count + 1 + firstUnit(right) > limit, "room was left")
        }
    }

    /// Bytes of the first line of a datagram, or of the first two when they set a negative gauge.
    private func firstUnit(_ datagram: StatsdDatagram) -> Int {
        let lines = datagram.payload.split(separator: UInt8(ascii: "\n"))
        let isPair =
            lines.count > 1 && lines[0].suffix(4).elementsEqual(":0|g".utf8)
            && lines[1].starts(with: lines[0].dropLast(3) + [UInt8(ascii: "-")])
        return lines[0].count + (isPair ? 1 + lines[1].count : 0)
    }

    @Test func hugeDeltasGoOutInParts() {
        let maker = SnapshotMaker()
        let count = maker.declare("rq", .counter)
        maker.add(count, UInt64.max)
        let snapshot = maker.snapshot()
        let encoder = StatsdEncoder(payloadLimit: 1432)
        var state = StatsdState()
        var total: UInt64 = 0
        var flushes = 0
        while true {
            let flush = encoder.encode(snapshot, since: state)
            for datagram in flush.datagrams {
                for delta in datagram.deltas {
                    if case .counter(let amount) = delta.amount { total += amount }
                }
                state.acknowledge(datagram)
            }
            flushes += 1
            if flush.isWhole { break }
        }
        #expect(total == .max && flushes == 2049)
    }
}
