// Compaction: what frames said, blocks say too, in every tier, over births, deaths,
// restarts, clock steps and damage. Random traffic with a printed seed; the same questions
// before and after.

import Foundation
import Stats
import Testing

@testable import History

@Suite struct CompactionTests {
    /// Everything there is to say about every series, in words that compare.
    func dump(
        _ folder: TemporaryFolder, tier: HistoryTier = .flush, from: Int64 = .min,
        to: Int64 = .max
    ) throws -> [String] {
        let reader = try HistoryReader(path: folder.file())
        var lines: [String] = []
        for family in try reader.families() {
            let window = try reader.window(
                family: family.id, seriesIDs: nil, from: from, to: to, tier: .exactly(tier))
            #expect(window.report.blockFaults.isEmpty)
            for life in window.lives {
                lines.append(
                    "\(life.seriesID) born \(life.bornMillis ?? 0) end \(life.endedMillis ?? 0)")
                for piece in life.pieces {
                    let times = window.axes[piece.axis].times[piece.range]
                    let values = window.samples(of: piece, life.layout)
                    for (time, value) in zip(times, values) { lines.append("  \(time) \(value)") }
                }
            }
        }
        return lines
    }

    func compactAll(_ writer: HistoryWriter) throws {
        while try writer.compact(budgetNanos: 1_000_000) {}
    }

    /// Random traffic over several boots; the last writer, still open, and the end.
    func traffic(
        _ folder: TemporaryFolder, boots: Int, frames: Int, seed: UInt64, stepMillis: Int64 = 1000,
        clockSteps: Bool = false
    ) throws -> (writer: HistoryWriter, nowMillis: Int64, total: UInt64) {
        var random = SeededGenerator(seed: seed)
        var now: Int64 = 1_800_000_000_000
        var total: UInt64 = 0
        var writer: HistoryWriter?
        for boot in 0..<boots {
            let source = Source(nowMillis: now)
            let opened = try open(folder, now)
            writer = opened
            let sink = source.registry.addSink("history")
            var counters = (0..<5).map { source.registry.counter(source.requests, ["c\($0)"]) }
            let times = (0..<3).map { source.registry.histogram(source.time, ["c\($0)"]) }
            let active = source.registry.gauge(source.active)
            for frame in 0..<frames {
                for (index, counter) in counters.enumerated()
                where Int.random(in: 0...index, using: &random) == 0 {
                    let growth = UInt64.random(in: 0..<50, using: &random)
                    source.shard.add(counter, growth)
                    total += growth
                }
                source.shard.add(active, Int64.random(in: -3...3, using: &random))
                for time in times where Bool.random(using: &random) {
                    source.shard.record(
                        time, UInt64.random(in: 1..<5_000_000_000, using: &random))
                }
                let jitter = Int64.random(in: 0..<4, using: &random)
                let isBack = clockSteps && frame % 97 == 96
                let snapshot = source.snapshot(after: isBack ? -15_000 : stepMillis + jitter)
                _ = try opened.append(snapshot)
                source.registry.acknowledge(sink, sequence: snapshot.sequence)
                if frame % 41 == 40 {
                    let retirement = source.registry.retire(label: "cluster", value: "c4")
                    source.shard.release(label: "cluster", value: "c4")
                    source.registry.release(retirement)
                }
                if frame % 41 == 40 || frame % 53 == 52 {
                    counters[4] = source.registry.counter(source.requests, ["c4"])
                }
            }
            now = source.nowMillis + 12_345
            if boot + 1 < boots {
                try opened.close(clean: boot % 2 == 0, wallMillis: source.nowMillis + 500)
            }
        }
        return (try #require(writer), now, total)
    }

    func growth(
        _ folder: TemporaryFolder, tier: HistoryTier
    ) throws -> UInt64 {
        let reader = try HistoryReader(path: folder.file())
        let family = try #require(
            try reader.families().first { $0.template == "cluster.{cluster}.rq_total" })
        let window = try reader.window(
            family: family.id, seriesIDs: nil, from: .min, to: .max, tier: .exactly(tier))
        var total: UInt64 = 0
        for life in window.lives {
            var values: [UInt64] = []
            for piece in life.pieces { #expect(window.values(of: piece, into: &values)) }
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
            if let first = values.first, let last = values.last {
                total += last - (life.isFresh ? 0 : first)
            }
        }
        return total
    }

    @Test func blocksSayWhatFramesSaid() throws {
        let folder = try TemporaryFolder()
        let seed = UInt64.random(in: 0...UInt64.max)
        let (writer, end, total) = try traffic(folder, boots: 3, frames: 1100, seed: seed)
        let before = try dump(folder)
        let middle = (end + 1_800_000_000_000) / 2
        let partBefore = try dump(folder, from: middle - 200_000, to: middle + 100_000)
        let frames = try HistoryReader(path: folder.file()).info().frames
        #expect(try growth(folder, tier: .flush) == total, "seed \(seed)")
        try compactAll(writer)
        let info = try HistoryReader(path: folder.file()).info()
        #expect(info.blocks >= 5 && info.frames == frames, "seed \(seed)")
        #expect(try dump(folder) == before, "seed \(seed)")
        #expect(
            try dump(folder, from: middle - 200_000, to: middle + 100_000) == partBefore,
            "seed \(seed)")
        #expect(try growth(folder, tier: .flush) == total, "seed \(seed)")
        try writer.close(clean: true, wallMillis: end)
    }

    @Test func coarserTiersLoseNoCount() throws {
        let folder = try TemporaryFolder()
        let seed = UInt64.random(in: 0...UInt64.max)
        let (writer, end, total) = try traffic(folder, boots: 3, frames: 4200, seed: seed)
        try compactAll(writer)
        let reader = try HistoryReader(path: folder.file())
        let tiers = try reader.connection.integer(
            "SELECT count(DISTINCT tier) FROM block", call: "test")
        #expect(tiers == 4, "seed \(seed)")
        for tier in HistoryTier.allCases {
            #expect(try growth(folder, tier: tier) == total, "\(tier) seed \(seed)")
        }
        try writer.close(clean: true, wallMillis: end)
    }

    @Test func gaugesKeepTheirExtremes() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let active = source.registry.gauge(source.active)
        for frame in 0..<4000 {
            source.shard.set(active, frame == 1234 ? 1_000_000 : frame == 2345 ? -77 : 5)
            _ = try writer.append(source.snapshot())
        }
        try compactAll(writer)
        let reader = try HistoryReader(path: folder.file())
        let family = try #require(try reader.families().first { $0.kind == .gauge })
        let window = try reader.window(
            family: family.id, seriesIDs: nil, from: .min, to: .max, tier: .exactly(.tenSeconds))
        var columns: [[Double]] = [[], [], []]
        for piece in window.lives[0].pieces {
            #expect(window.gauge(piece, .least, into: &columns[0]))
            #expect(window.gauge(piece, .greatest, into: &columns[1]))
            #expect(window.gauge(piece, .mean, into: &columns[2]))
        }
        #expect(columns[0].min() == -77 && columns[1].max() == 1_000_000)
        #expect(columns[2].contains { $0 > 100_000 && $0 < 200_000 })
        let id = window.lives[0].seriesID
        let row = try reader.steps(
            of: [id], from: 0, to: source.nowMillis, stepMillis: source.nowMillis
        ).rows[0][0]
        #expect(row.least == -77 && row.greatest == 1_000_000)
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func clockStepsLoseNothing() throws {
        let folder = try TemporaryFolder()
        let seed = UInt64.random(in: 0...UInt64.max)
        let (writer, end, total) = try traffic(
            folder, boots: 2, frames: 500, seed: seed, clockSteps: true)
        let before = try dump(folder)
        try compactAll(writer)
        #expect(try dump(folder) == before, "seed \(seed)")
        #expect(try growth(folder, tier: .hour) == total, "seed \(seed)")
        try writer.close(clean: true, wallMillis: end)
    }

    @Test func aBadChunkCostsItsOwnWindow() throws {
        let folder = try TemporaryFolder()
        let (writer, end, _) = try traffic(folder, boots: 1, frames: 3000, seed: 5)
        try compactAll(writer)
        let reader = try HistoryReader(path: folder.file())
        let family = try #require(
            try reader.families().first { $0.template == "cluster.{cluster}.rq_total" })
        let block = try #require(
            try BlockIndex.blocks(from: .min, to: .max, reader.connection).first {
                $0.tier == .flush && $0.firstFrame > 1
            })
        let whole = try reader.window(
            family: family.id, seriesIDs: nil, from: .min, to: .max, tier: .exactly(.flush))
        let chunk = ChunkKey.id(block: block.id, family: family.id, part: 0)
        try writer.connection.execute(
            "UPDATE chunk SET data = zeroblob(length(data)) WHERE id = \(chunk)", call: "test")
        let damaged = try reader.window(
            family: family.id, seriesIDs: nil, from: .min, to: .max, tier: .exactly(.flush))
        #expect(damaged.report.blockFaults.map(\.fault) == [.unknownFormat])
        #expect(damaged.lives.map(\.seriesID).contains(whole.lives[0].seriesID))
        func samples(_ window: SeriesWindow) -> Int {
            window.lives.filter { $0.seriesID == whole.lives[0].seriesID }
                .reduce(0) { $0 + $1.sampleCount }
        }
        let lost = samples(whole) - samples(damaged)
        #expect(lost > 800 && lost < 1000)
        #expect(damaged.lives[0].bornMillis == whole.lives[0].bornMillis)
        // Other families have all of theirs.
        let gauge = try #require(try reader.families().first { $0.kind == .gauge })
        let other = try reader.window(
            family: gauge.id, seriesIDs: nil, from: .min, to: .max, tier: .exactly(.flush))
        #expect(other.report.blockFaults.isEmpty && other.lives[0].sampleCount == 3000)
        try writer.close(clean: true, wallMillis: end)
    }

    /// Not a blob but a page of the b-tree: SQLite itself cannot get at what lies behind it.
    @Test func aBadPageCostsWhatLiesBehindIt() throws {
        let folder = try TemporaryFolder()
        let (writer, end, _) = try traffic(folder, boots: 1, frames: 6000, seed: 15)
        try compactAll(writer)
        let root = try #require(
            try writer.connection.integer(
                "SELECT rootpage FROM sqlite_schema WHERE name = 'chunk'", call: "test"))
        try writer.close(clean: true, wallMillis: end)
        let file = URL(fileURLWithPath: folder.file())
        let whole = try Data(contentsOf: file)
        let page = Int(root - 1) * HistorySchema.pageBytes
        try #require(whole[page] == 5, "the chunks have more than one page")
        // The first cell of the interior page: its left child.
        let cell = page + Int(whole[page + 12]) << 8 + Int(whole[page + 13])
        let child = whole[cell..<cell + 4].reduce(0) { $0 << 8 | Int($1) }
        var damaged = whole
        for place in (child - 1) * HistorySchema.pageBytes..<child * HistorySchema.pageBytes {
            damaged[place] = 0xa5
        }
        try damaged.write(to: file)
        let reader = try HistoryReader(path: folder.file())
        var faults = 0
        var samples = 0
        for family in try reader.families() {
            let window = try reader.window(
                family: family.id, seriesIDs: nil, from: .min, to: .max, tier: .exactly(.flush))
            faults += window.report.blockFaults.count { $0.fault == .unreadable }
            samples += window.lives.reduce(0) { $0 + $1.sampleCount }
        }
        #expect(faults > 0 && samples > 20_000, "\(faults) faults, \(samples) samples")
        #expect(try !reader.verify().isSound)
        // Without its last page the file is opened by who wants to know what is left.
        try whole.dropLast(HistorySchema.pageBytes).write(to: file)
        let refused = #expect(throws: HistoryError.self) {
            _ = try HistoryReader(path: folder.file())
        }
        #expect(refused?.isDamage == true)
        let left = try HistoryReader(path: folder.file(), salvages: true).verify()
        #expect(!left.isSound && left.chunks - left.blockFaults.count > 5)
    }

    /// The index of groups lies on other pages than the frames.
    @Test func aDamagedIndexCostsNoFrame() throws {
        let folder = try TemporaryFolder()
        let (writer, end, _) = try traffic(folder, boots: 1, frames: 300, seed: 16)
        let root = try #require(
            try writer.connection.integer(
                "SELECT rootpage FROM sqlite_schema WHERE name = 'frame_group'", call: "test"))
        try writer.close(clean: true, wallMillis: end)
        let file = URL(fileURLWithPath: folder.file())
        var damaged = try Data(contentsOf: file)
        let page = Int(root - 1) * HistorySchema.pageBytes
        for place in page..<page + HistorySchema.pageBytes { damaged[place] = 0xa5 }
        try damaged.write(to: file)
        let report = try HistoryReader(path: folder.file(), salvages: true).verify()
        #expect(report.frames == 300 && report.framesLost == 0)
        #expect(!report.isSound)
    }

    @Test func damagedFramesDoNotStopCompaction() throws {
        let folder = try TemporaryFolder()
        let (writer, end, _) = try traffic(folder, boots: 1, frames: 2000, seed: 6)
        try writer.connection.execute(
            "UPDATE frame SET data = zeroblob(length(data)) WHERE id = 130", call: "test")
        let before = try dump(folder)
        try compactAll(writer)
        #expect(writer.compactor.framesLost == 51)
        #expect(try dump(folder) == before)
        try writer.close(clean: true, wallMillis: end)
    }

    // MARK: versions and crashes

    @Test func filesOfVersionOneAreReadAndMigrated() throws {
        let folder = try TemporaryFolder()
        let (writer, end, total) = try traffic(folder, boots: 1, frames: 1500, seed: 11)
        try writer.connection.execute(
            """
            DROP TABLE block; DROP TABLE chunk; DROP TABLE pin; PRAGMA user_version = 1
            """, call: "test")
        try writer.close(clean: true, wallMillis: end)
        let before = try dump(folder)
        #expect(!before.isEmpty)
        let opened = try open(folder, end)
        #expect(opened.notices.isEmpty)
        try compactAll(opened)
        #expect(
            try dump(folder).filter { $0.hasPrefix(" ") } == before.filter { $0.hasPrefix(" ") })
        #expect(try growth(folder, tier: .minute) == total)
        try opened.close(clean: true, wallMillis: end)
    }

    /// Power loss: the WAL ends anywhere, and what it holds last is torn.
    @Test func tornWALsHoldEitherFramesOrBlocks() throws {
        let folder = try TemporaryFolder()
        let (writer, end, _) = try traffic(folder, boots: 1, frames: 2000, seed: 12)
        _ = try writer.connection.checkpoint(.truncate)
        let before = try dump(folder)
        try compactAll(writer)
        try folder.copy("weir.db", to: "whole.db")
        let wal = try Data(contentsOf: URL(fileURLWithPath: folder.file("whole.db-wal")))
        try writer.close(clean: true, wallMillis: end)
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<12 {
            let intact = Int.random(in: 0...wal.count, using: &random)
            var torn = wal.prefix(min(wal.count, intact + 9000))
            for place in intact..<torn.count { torn[place] ^= 0x33 }
            try folder.copy("whole.db", to: "weir.db")
            try? FileManager.default.removeItem(atPath: folder.file("weir.db-shm"))
            try torn.write(to: URL(fileURLWithPath: folder.file("weir.db-wal")))
            #expect(try dump(folder) == before, "seed \(seed)")
        }
    }

    @Test func readersSeeOneStateWhileCompactionRuns() throws {
        let folder = try TemporaryFolder()
        let (writer, end, _) = try traffic(folder, boots: 2, frames: 1000, seed: 13)
        let before = try dump(folder)
        var steps = 0
        while try writer.compact(budgetNanos: 100) {
            steps += 1
            if steps % 25 == 0 { #expect(try dump(folder) == before, "step \(steps)") }
        }
        #expect(try dump(folder) == before)
        try writer.close(clean: true, wallMillis: end)
    }
}
