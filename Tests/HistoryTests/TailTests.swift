// A reader that asks often keeps the newest frames as columns: it has to say what a fresh reader
// says, while frames come, become blocks and expire, series are born and end, weir restarts, and
// when there are bad frames or too many. And a reading in parts says what one at once says.

import Foundation
import Stats
import Testing

@testable import History

@Suite struct TailTests {
    private func words(_ reader: HistoryReader, from: Int64, to: Int64) throws -> [String] {
        var lines: [String] = []
        for family in try reader.families() {
            let window = try reader.window(
                family: family.id, seriesIDs: nil, from: from, to: to, tier: .exactly(.flush))
            lines += Self.words(window)
        }
        return lines
    }

    private static func words(_ window: SeriesWindow) -> [String] {
        window.lives.flatMap { life in
            ["\(life.seriesID) born \(life.bornMillis ?? 0) end \(life.endedMillis ?? 0)"]
                + life.pieces.flatMap { piece in
                    zip(
                        window.axes[piece.axis].times[piece.range],
                        window.samples(of: piece, life.layout)
                    ).map { "  \($0) \(text($1))" }
                }
        }
    }

    /// Reflection would take most of the test's time.
    private static func text(_ value: SampleValue) -> String {
        switch value {
        case .counter(let count): "\(count)"
        case .gauge(let number): "\(number)"
        case .float(let number): "\(number)"
        case .histogram(let histogram):
            "\(histogram.sum) \(histogram.count) "
                + histogram.cells.map { "\($0.cell):\($0.count)" }.joined(separator: " ")
        }
    }

    /// Two boots of random traffic with a clock that steps back in and between them; calls `body`
    /// now and then, and more often after a step, with the writer and the time.
    private func traffic(
        _ folder: TemporaryFolder, seed: UInt64, _ body: (HistoryWriter, Int64) throws -> Void
    ) throws {
        var random = SeededGenerator(seed: seed)
        var now: Int64 = 1_800_000_000_000
        for boot in 0..<2 {
            let source = Source(nowMillis: now)
            let writer = try open(folder, now) { $0.retentionMillis = 1_800_000 }
            var counters = (0..<4).map { source.registry.counter(source.requests, ["c\($0)"]) }
            let time = source.registry.histogram(source.time, ["t"])
            let steps = (0..<2).map { _ in Int.random(in: 1..<1200, using: &random) }
            for frame in 0..<1200 {
                source.shard.add(counters[frame % 4], UInt64.random(in: 0..<9, using: &random))
                if frame % 3 == 0 {
                    source.shard.record(
                        time, UInt64.random(in: 1..<1_000_000_000, using: &random))
                }
                let isBack = steps.contains(frame)
                let back = Int64.random(in: 1...100_000, using: &random)
                _ = try writer.append(source.snapshot(after: isBack ? -back : 1000))
                if frame % 97 == 90 {
                    let retirement = source.registry.retire(label: "cluster", value: "c3")
                    source.shard.release(label: "cluster", value: "c3")
                    source.registry.release(retirement)
                    counters[3] = source.registry.counter(source.requests, ["c3"])
                }
                _ = try writer.maintain(nowMillis: source.nowMillis)
                let isNear = steps.contains { $0 <= frame && frame < $0 + 120 }
                if Int.random(in: 0..<(isNear ? 30 : 120), using: &random) == 0 {
                    try body(writer, source.nowMillis)
                }
            }
            now = source.nowMillis + Int64.random(in: -60_000...30_000, using: &random)
            try writer.close(clean: boot == 0, wallMillis: source.nowMillis + 100)
        }
    }

    @Test(arguments: [16_428_891_090_837_329_616, 18_245_822_492_120_819_678] as [UInt64])
    func whatIsKeptSaysWhatIsReadAnew(seed: UInt64) throws {
        let folder = try TemporaryFolder()
        var kept: HistoryReader?
        var asked = 0
        try traffic(folder, seed: seed) { _, now in
            let reader = try kept ?? HistoryReader(path: folder.file())
            kept = reader
            for from in [now - 10_000, now - 60_000, now - 400_000, now - 1_500_000] {
                let fresh = try words(
                    HistoryReader(path: folder.file()), from: from, to: now - 2000)
                #expect(
                    try words(reader, from: from, to: now - 2000) == fresh,
                    "seed \(seed) at \(now) from \(from)")
            }
            asked += 1
        }
        #expect(asked > 5)
    }

    /// Frames a second apart; the clock steps by so much before the frame of that number.
    @Test(arguments: [
        [100: -20_000], [61: -20_000], [60: -59_000], [60: -1], [119: -90_000], [200: -300_000],
        [100: -3_600_000, 130: 3_590_000], [100: 900_000, 130: -930_000],
        [100: -20_000, 110: -20_000, 125: -20_000],
    ])
    func noFrameIsLostBesideAStepOfTheClock(_ steps: [Int: Int64]) throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counter = source.registry.counter(source.requests, ["a"])
        var frames: [String] = []
        var times: [Int64] = []
        for frame in 0..<260 {
            source.shard.add(counter)
            _ = try writer.append(source.snapshot(after: 1000 + (steps[frame] ?? 0)))
            times.append(source.nowMillis)
            frames.append("  \(source.nowMillis) \(frame + 1)")
        }
        for from in times where from % 7 == 0 {
            for to in [from + 12_000, .max] {
                let reader = try HistoryReader(path: folder.file())
                let family = try #require(
                    try reader.families().first { $0.template == "cluster.{cluster}.rq_total" })
                let window = try reader.window(
                    family: family.id, seriesIDs: nil, from: from, to: to, tier: .exactly(.flush))
                let wanted = frames.indices.filter { from < times[$0] && times[$0] <= to }
                #expect(
                    Self.words(window).filter { $0.hasPrefix(" ") } == wanted.map { frames[$0] },
                    "\(from) \(to)")
                var walked: [Int64] = []
                _ = try reader.forEachFrame(from: from, to: to) { frame in
                    walked.append(frame.timeMillis)
                    return true
                }
                #expect(walked == times.filter { from <= $0 && $0 <= to }, "\(from) \(to)")
            }
        }
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func aBadFrameIsWalkedAround() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counter = source.registry.counter(source.requests, ["a"])
        let reader = try HistoryReader(path: folder.file())
        for frame in 1...240 {
            source.shard.add(counter)
            _ = try writer.append(source.snapshot())
            if frame == 100 {
                for _ in 0..<5 { _ = try words(reader, from: 0, to: .max) }
                try writer.connection.execute(
                    "UPDATE frame SET data = zeroblob(20) WHERE id = 110; "
                        + "UPDATE frame SET data = zeroblob(20) WHERE id = 90", call: "test")
            }
        }
        try writer.connection.execute(
            "UPDATE frame SET data = zeroblob(20) WHERE id = 130", call: "test")
        let fresh = try words(HistoryReader(path: folder.file()), from: 0, to: .max)
        // Frame 130 and the rest of its group are lost to both.
        for _ in 0..<3 { #expect(try words(reader, from: 0, to: .max).count >= fresh.count) }
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func partsSayWhatTheWholeSays() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counters = (0..<150).map { source.registry.counter(source.requests, ["s\($0)"]) }
        for frame in 0..<1100 {
            source.shard.add(counters[frame % 150], UInt64(frame))
            _ = try writer.append(source.snapshot())
        }
        while try writer.compact(budgetNanos: 10_000_000) {}
        let reader = try HistoryReader(path: folder.file())
        let family = try #require(
            try reader.families().first { $0.template == "cluster.{cluster}.rq_total" })
        let ids = Set(try reader.seriesIDs(family: family.id))
        var question = SeriesReading.Question(
            family: family.id, seriesIDs: ids, from: 0, to: .max, tier: .exactly(.flush))
        let reading = try reader.reading(question)
        let parts = reading.parts
        #expect(parts.count == 3 && parts.reduce(into: Set()) { $0.formUnion($1) } == ids)
        #expect(parts.allSatisfy { $0.count <= ChunkKey.seriesPerPart })
        let whole = try Self.words(reading.window(nil))
        let joined = try parts.flatMap { try Self.words(reading.window($0)) }
        #expect(joined.count == whole.count && Set(joined) == Set(whole))
        // A reading that may not go on says so, and holds no more than what it was asked about.
        for limit in [Int.max, 20_000, 1] {
            var asked = 0
            question.goesOn = { bytes in
                asked += 1
                return bytes < limit
            }
            let stopped = try reader.reading(question)
            _ = try stopped.window(nil)
            #expect(stopped.isStopped == (limit < .max), "\(limit)")
            #expect(limit > 1 || asked == 1, "\(asked)")
        }
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }
}
