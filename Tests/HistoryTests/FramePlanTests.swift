// Which frames make a block: the one rule, on groups as numbers; and blocks of a compactor whose
// columns may hold next to nothing, so that groups are cut in the middle.

import Foundation
import Stats
import Testing

@testable import History

@Suite struct FramePlanTests {
    /// Groups of 60 frames, a minute apart.
    private func groups(_ count: Int, series: Int64 = 10) -> [FramePlan.Group] {
        (0..<count).map {
            .init(
                id: Int64($0) * 60 + 1, timeMillis: Int64($0) * 60_000, boot: 1, series: series)
        }
    }

    private func end(_ groups: [FramePlan.Group]) -> Int64? {
        FramePlan.end(of: groups, samplesMax: 1 << 20)
    }

    @Test func aBlockIsAQuarterOfAnHour() {
        #expect(end([]) == nil)
        #expect(end(groups(15)) == nil)
        #expect(end(groups(16)) == 901)
        #expect(end(groups(100)) == 901)
    }

    @Test func anotherBootOrAnEarlierTimeEndsABlock() {
        var other = groups(3)
        other[2].boot = 2
        #expect(end(other) == 121)
        var back = groups(3)
        back[1].timeMillis = -5
        #expect(end(back) == 61)
    }

    @Test func whatWouldNotFitEndsABlock() {
        // 600,000 values a group: the second would be too many.
        #expect(end(groups(3, series: 10_000)) == 61)
        #expect(end(groups(1, series: 10_000)) == nil)
        #expect(end(groups(3, series: 8_000)) == 121)
        #expect(end(groups(3, series: .max)) == 61)
    }

    private func dump(_ path: String) throws -> [String] {
        let reader = try HistoryReader(path: path)
        var lines: [String] = []
        for family in try reader.families() {
            let window = try reader.window(
                family: family.id, seriesIDs: nil, from: .min, to: .max, tier: .exactly(.flush))
            for life in window.lives {
                lines.append("\(life.seriesID) \(life.bornMillis ?? 0) \(life.endedMillis ?? 0)")
                for piece in life.pieces {
                    let times = window.axes[piece.axis].times[piece.range]
                    for (time, value) in zip(times, window.samples(of: piece, life.layout)) {
                        lines.append("  \(time) \(value)")
                    }
                }
            }
        }
        return lines
    }

    @Test(arguments: [1, 40, 300, 1000])
    func fullColumnsCutAGroup(samplesMax: Int) throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let sink = source.registry.addSink("history")
        let counters = (0..<3).map { source.registry.counter(source.requests, ["c\($0)"]) }
        let time = source.registry.histogram(source.time, ["a"])
        for step in 0..<200 {
            source.shard.add(counters[step % 3], UInt64(step))
            if step % 3 == 0 { source.shard.record(time, UInt64(step) << 20) }
            if step % 23 == 7 {
                source.shard.add(source.registry.counter(source.requests, ["s\(step)"]), 5)
            }
            let snapshot = source.snapshot()
            _ = try writer.append(snapshot)
            source.registry.acknowledge(sink, sequence: snapshot.sequence)
            if step % 23 == 15 {
                let name = "s\(step - 8)"
                let retirement = source.registry.retire(label: "cluster", value: name)
                source.shard.release(label: "cluster", value: name)
                source.registry.release(retirement)
            }
        }
        let before = try dump(folder.file())
        writer.compactor.samplesMax = samplesMax
        writer.compactor.takesEverything = true
        while try writer.compact(budgetNanos: 1_000_000) {}
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.connection.integer("SELECT count(*) FROM frame", call: "test") == 0)
        let blocks = try BlockIndex.blocks(.flush, after: 0, reader.connection)
        #expect(blocks.count > 1 && blocks.last?.lastFrame == 200)
        for (block, next) in zip(blocks, blocks.dropFirst()) {
            #expect(block.lastFrame + 1 == next.firstFrame)
            #expect(block.endMillis == next.startMillis)
            // One frame may go beyond; a frame has 5 series and at most 40 cells here.
            #expect(block.samples <= Int64(samplesMax) + 100)
        }
        #expect(try dump(folder.file()) == before)
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func framesThatCannotBeReadHoldNobodyUp() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counter = source.registry.counter(source.requests, ["a"])
        for _ in 0..<2000 {
            source.shard.add(counter, 1)
            _ = try writer.append(source.snapshot())
        }
        try writer.connection.execute(
            "UPDATE frame SET data = zeroblob(9) WHERE id <= 900", call: "test")
        var rounds = 0
        while try writer.compact(budgetNanos: 1_000_000) {
            rounds += 1
            try #require(rounds < 10_000, "compaction reads the same frames for ever")
        }
        #expect(writer.compactor.framesLost == 900)
        let blocks = try BlockIndex.blocks(.flush, after: 0, writer.connection)
        #expect(blocks.map(\.firstFrame) == [901])
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.verify().framesLost == 900)
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    /// A restart leaves a short block behind, and what follows it is not held up by it.
    @Test func theFramesBeforeARestartAreABlockAtOnce() throws {
        let folder = try TemporaryFolder()
        var source = Source()
        var writer = try open(folder, source.nowMillis)
        for _ in 0..<200 { _ = try writer.append(source.snapshot()) }
        try writer.close(clean: true, wallMillis: source.nowMillis)
        source = Source(nowMillis: source.nowMillis + 5000)
        writer = try open(folder, source.nowMillis)
        _ = source.registry.counter(source.requests, ["a"])
        _ = try writer.append(source.snapshot())
        while try writer.compact(budgetNanos: 1_000_000) {}
        let reader = try HistoryReader(path: folder.file())
        let blocks = try BlockIndex.blocks(.flush, after: 0, reader.connection)
        #expect(blocks.map(\.lastFrame) == [200])
        #expect(try reader.connection.integer("SELECT count(*) FROM frame", call: "test") == 1)
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func livesWithoutANameAreCounted() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        for label in ["a", "b"] { _ = source.registry.counter(source.requests, [label]) }
        for _ in 0..<1000 { _ = try writer.append(source.snapshot()) }
        try writer.connection.execute(
            "DELETE FROM series WHERE labels = '[\"b\"]'", call: "test")
        #expect(try HistoryReader(path: folder.file()).verify().unnamedSeries == 1)
        var lost: UInt64 = 0
        for _ in 0..<200 { lost += try writer.maintain(nowMillis: source.nowMillis).livesLost }
        #expect(lost == 1 && writer.compactor.livesLost == 1)
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }
}
