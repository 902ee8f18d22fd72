// A statsd server in miniature against the encoder, over flushes of which many are lost.

import Stats
import Testing

@testable import Exposition

/// Adds up what plain statsd lines say, with the arithmetic of etsy statsd.
private struct StatsdServer {
    var counters: [String: UInt64] = [:]
    var gauges: [String: Int64] = [:]
    /// Observations by name and value text.
    var timings: [String: [String: UInt64]] = [:]
    /// The unrounded sum of 1/rate, as servers keep it.
    var timingCounts: [String: Double] = [:]

    mutating func receive(_ payload: [UInt8]) {
        for line in String(decoding: payload, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "|")
            let pair = parts[0].split(separator: ":")
            let (name, text) = (String(pair[0]), String(pair[1]))
            switch parts[1] {
            case "c": counters[name, default: 0] += UInt64(text) ?? 0
            case "g":
                let isRelative = text.hasPrefix("-") || text.hasPrefix("+")
                gauges[name] = (isRelative ? gauges[name, default: 0] : 0) + (Int64(text) ?? 0)
            case "ms":
                let rate = parts.count > 2 ? Double(parts[2].dropFirst()) ?? 0 : 1
                timings[name, default: [:]][text, default: 0] += UInt64((1 / rate).rounded())
                timingCounts[name, default: 0] += 1 / rate
            default: Issue.record("unknown line \(line)")
            }
        }
    }
}

@Suite struct StatsdRoundTripTests {
    /// What a test recorded, by the name the server sees.
    private struct Truth {
        var counters: [String: UInt64] = [:]
        var gauges: [String: Int64] = [:]
        var timings: [String: UInt64] = [:]
        var cells: [String: [Int: UInt64]] = [:]
    }

    @Test(arguments: [120, 512, 1432])
    func everyIncrementOnceDespiteLoss(_ limit: Int) {
        let seed = UInt64.random(in: 0 ... .max)
        var numbers = SeededNumbers(state: seed)
        let maker = SnapshotMaker()
        let sink = maker.registry.addSink("statsd")
        let count = maker.declare("c.{c}.rq", .counter)
        let level = maker.declare("c.{c}.level", .gauge)
        let time = maker.declare("c.{c}.time", .histogram, unit: .none, bounds: [10, 1000])
        let layout = HistogramLayout(classicBounds: [10, 1000])
        let encoder = StatsdEncoder(payloadLimit: limit)
        var (state, server, truth) = (StatsdState(), StatsdServer(), Truth())

        for round in 0..<300 {
            for _ in 0..<20 {
                let label = "c\(numbers.next() % 12)"
                let amount = numbers.next() % 1000
                maker.add(count, [label], amount)
                truth.counters["weir.c.\(label).rq", default: 0] += amount
                let value = Int64(numbers.next() % 100) - 50
                maker.set(level, [label], value)
                truth.gauges["weir.c.\(label).level"] = value
                let times = [UInt64](
                    repeating: numbers.next() % 5000, count: 1 + Int(numbers.next() % 9))
                maker.record(time, [label], times)
                let name = "weir.c.\(label).time"
                truth.timings[name, default: 0] += UInt64(times.count)
                truth.cells[name, default: [:]][layout.cell(of: times[0]), default: 0] +=
                    UInt64(times.count)
            }
            let isLast = round == 299
            if !isLast, numbers.next() % 20 == 0 {
                let label = "c\(numbers.next() % 12)"
                maker.registry.release(maker.registry.retire(label: "c", value: label))
            }
            let isDown = !isLast && (round / 30) % 2 == 1
            let snapshot = maker.snapshot()
            let flush = encoder.encode(snapshot, since: state)
            var delivered = 0
            for datagram in flush.datagrams {
                let fate = isLast ? 9 : isDown ? 0 : numbers.next() % 10
                if fate < 3 { continue }
                state.acknowledge(datagram)
                if fate == 3 {
                    // Reported as refused by the send after it.
                    state.revoke(datagram)
                    continue
                }
                server.receive(datagram.payload)
                delivered += 1
            }
            #expect(flush.droppedLines == 0 && flush.isWhole)
            if delivered == flush.datagrams.count {
                maker.registry.acknowledge(sink, sequence: snapshot.sequence)
            }
        }
        check(server, truth, layout, "seed \(seed)")
    }

    private func check(
        _ server: StatsdServer, _ truth: Truth, _ layout: HistogramLayout, _ note: Comment
    ) {
        #expect(server.counters == truth.counters.filter { $0.value != 0 }, note)
        for (name, value) in server.gauges { #expect(value == truth.gauges[name], note) }
        for (name, count) in truth.timings {
            let sum = server.timingCounts[name] ?? 0
            #expect(UInt64(sum.rounded()) == count, note)
            var cells: [Int: UInt64] = [:]
            for (text, count) in server.timings[name] ?? [:] {
                cells[layout.cell(of: UInt64(text) ?? .max), default: 0] += count
            }
            #expect(cells == truth.cells[name], note)
        }
    }

    @Test func aReusedNumberStartsAtZero() {
        let maker = SnapshotMaker()
        let sink = maker.registry.addSink("statsd")
        let count = maker.declare("c.{c}.rq", .counter)
        let encoder = StatsdEncoder(payloadLimit: 1432)
        var (state, server) = (StatsdState(), StatsdServer())
        var numbers: Set<Int> = []
        for round in 0..<30 {
            maker.add(count, ["c\(round)"], 1000 - UInt64(round))
            for _ in 0..<4 {
                let snapshot = maker.snapshot()
                for id in snapshot.series(of: count) { numbers.insert(id.index) }
                for datagram in encoder.encode(snapshot, since: state).datagrams {
                    server.receive(datagram.payload)
                    state.acknowledge(datagram)
                }
                maker.registry.acknowledge(sink, sequence: snapshot.sequence)
            }
            maker.registry.release(maker.registry.retire(label: "c", value: "c\(round)"))
        }
        for round in 0..<30 {
            #expect(server.counters["weir.c.c\(round).rq"] == 1000 - UInt64(round))
        }
        #expect(numbers.count < 30, "numbers are reused, or this shows nothing")
    }

    @Test func aLateWordOfAnOldSeriesIsIgnored() {
        let id = SeriesID(index: 3)
        func datagram(_ generation: UInt32, _ amount: UInt64) -> StatsdDatagram {
            StatsdDatagram(
                payload: [],
                deltas: [
                    StatsdDelta(series: id, generation: generation, amount: .counter(amount))
                ], lineCount: 1)
        }
        var state = StatsdState()
        state.acknowledge(datagram(4, 10))
        state.acknowledge(datagram(5, 7))
        state.acknowledge(datagram(4, 100))
        state.revoke(datagram(4, 100))
        #expect(state.counter(id, 5) == 7)
        #expect(state.counter(id, 4) == 0)
    }
}
