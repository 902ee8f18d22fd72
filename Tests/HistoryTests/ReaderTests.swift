// Reading while somebody writes, after a crash, from copies, from a folder that cannot be
// written, and from files with damage in the middle: always an answer, never a change, never
// a trap.

import Foundation
import Stats
import Testing

@testable import History

@Suite struct ReaderTests {
    /// Frames whose one counter counts the frames.
    private func counted(_ folder: TemporaryFolder, frames: Int) throws -> (HistoryWriter, Source) {
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counter = source.registry.counter(source.requests, ["a"])
        for _ in 0..<frames {
            source.shard.add(counter)
            _ = try writer.append(source.snapshot())
        }
        return (writer, source)
    }

    @Test func crashedCopiesReadUpToTheirLastFrame() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counter = source.registry.counter(source.requests, ["a"])
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var acknowledged: [UInt64] = []
        for step in 1...400 {
            source.shard.add(counter)
            _ = try writer.append(source.snapshot())
            acknowledged.append(UInt64(step))
            if step % 90 == 0 { _ = try writer.connection.checkpoint(.passive) }
            guard Int.random(in: 0..<16, using: &random) == 0 else { continue }
            try folder.copy("weir.db", to: "copy.db")
            let reader = try HistoryReader(path: folder.file("copy.db"))
            let values = try reader.counterValues("cluster.{cluster}.rq_total", ["a"])
            #expect(values == acknowledged, "seed \(seed) step \(step)")
        }
    }

    @Test func tornWALsCostTheirEndOnly() throws {
        let folder = try TemporaryFolder()
        let (writer, _) = try counted(folder, frames: 100)
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        try folder.copy("weir.db", to: "whole.db")
        let wal = folder.file("whole.db-wal")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: wal))
        for _ in 0..<25 {
            let intact = Int.random(in: 0...bytes.count, using: &random)
            var torn = bytes.prefix(min(bytes.count, intact + 5000))
            for place in intact..<torn.count { torn[place] ^= 0x55 }
            try folder.copy("whole.db", to: "torn.db")
            try? FileManager.default.removeItem(atPath: folder.file("torn.db-shm"))
            try torn.write(to: URL(fileURLWithPath: folder.file("torn.db-wal")))
            let reader = try HistoryReader(path: folder.file("torn.db"))
            let values = try reader.counterValues("cluster.{cluster}.rq_total", ["a"])
            #expect(values == (0..<values.count).map { UInt64($0 + 1) }, "seed \(seed)")
            // A frame takes at most five pages of the WAL, and so does the boot before them.
            #expect(values.count >= min(100, intact / (5 * 4120) - 3), "seed \(seed)")
        }
        try writer.close(clean: true, wallMillis: 0)
    }

    @Test func namesAreAsNewAsTheFile() throws {
        let folder = try TemporaryFolder()
        let (writer, source) = try counted(folder, frames: 3)
        let reader = try HistoryReader(path: folder.file())
        func labels() throws -> [String] {
            let family = try #require(
                try reader.families().first { $0.template == "cluster.{cluster}.rq_total" })
            return try reader.series(of: family).map {
                $0.labelValues[0] + ($0.lastMillis == nil ? "" : " ended")
            }
        }
        for _ in 0..<2 { #expect(try labels() == ["a"]) }
        #expect(reader.names.families != nil)
        _ = source.registry.counter(source.requests, ["b"])
        _ = try writer.append(source.snapshot())
        for _ in 0..<2 { #expect(try labels() == ["a", "b"]) }
        let retirement = source.registry.retire(label: "cluster", value: "a")
        source.shard.release(label: "cluster", value: "a")
        // The first snapshot still has it, with its last increments.
        for _ in 0..<2 { _ = try writer.append(source.snapshot()) }
        source.registry.release(retirement)
        _ = try writer.append(source.snapshot())
        for _ in 0..<2 { #expect(try labels() == ["a ended", "b"]) }
        // More than may be kept are read each time.
        let family = try #require(
            try reader.families().first { $0.template == "cluster.{cluster}.rq_total" })
        let one = try reader.series(of: family)[0]
        let cache = try NameCache(reader.connection)
        cache.keep([StoredSeries](repeating: one, count: NameCache.seriesMax + 1), of: family)
        #expect(cache.series(of: family) == nil)
        cache.keep([one], of: family)
        #expect(cache.series(of: family) == [one])
        try writer.close(clean: true, wallMillis: source.nowMillis)
    }

    @Test func aReaderLeavesTheFileAsItWas() throws {
        let folder = try TemporaryFolder()
        let (writer, _) = try counted(folder, frames: 30)
        try folder.copy("weir.db", to: "copy.db")
        let before = try ["", "-wal"].map {
            try Data(contentsOf: URL(fileURLWithPath: folder.file("copy.db" + $0)))
        }
        #expect(!before[1].isEmpty)
        do {
            let reader = try HistoryReader(path: folder.file("copy.db"))
            #expect(try reader.info().frames == 30)
            let refused = #expect(throws: HistoryError.self) {
                try reader.connection.execute("DELETE FROM frame", call: "test")
            }
            #expect(refused?.reason == .denied)
        }
        let after = try ["", "-wal"].map {
            try Data(contentsOf: URL(fileURLWithPath: folder.file("copy.db" + $0)))
        }
        #expect(before == after)
        try writer.close(clean: true, wallMillis: 0)
    }

    @Test func aReadOnlyFolderIsReadAsImmutable() throws {
        let folder = try TemporaryFolder()
        let (writer, source) = try counted(folder, frames: 10)
        try writer.close(clean: true, wallMillis: source.nowMillis)
        chmod(folder.path, 0o500)
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.counterValues("cluster.{cluster}.rq_total", ["a"]).count == 10)
    }

    @Test func aBadFrameCostsItsGroupOnly() throws {
        let folder = try TemporaryFolder()
        let (writer, _) = try counted(folder, frames: 180)
        let damage = [
            "UPDATE frame SET data = zeroblob(length(data)) WHERE id = 70",
            "UPDATE frame SET time_ms = time_ms + 1 WHERE id = 70",
            "DELETE FROM frame WHERE id = 70",
            "UPDATE frame SET data = substr(data, 1, 3) WHERE id = 70",
        ]
        for sql in damage {
            try writer.connection.execute("SAVEPOINT s; \(sql); COMMIT", call: "test")
            let reader = try HistoryReader(path: folder.file())
            var seen: [Int64] = []
            let report = try reader.forEachFrame(from: .min, to: .max) { frame in
                seen.append(frame.id)
                return true
            }
            #expect(report.faults.count == 1, "\(sql)")
            #expect(seen == Array(1...69) + Array(121...180), "\(sql)")
            let id = try #require(try reader.seriesID("cluster.{cluster}.rq_total", ["a"]))
            let end = try #require(try reader.timeRange()).upperBound
            let (rows, _) = try reader.steps(of: [id], from: 0, to: end, stepMillis: end)
            #expect(rows[0][0].increase == 180, "\(sql)")
        }
        try writer.close(clean: true, wallMillis: 0)
    }

    @Test func randomlyDamagedFilesNeverTrap() throws {
        let folder = try TemporaryFolder()
        let (writer, source) = try counted(folder, frames: 130)
        try writer.close(clean: true, wallMillis: source.nowMillis)
        let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file()))
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var opened = 0
        for _ in 0..<150 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...40, using: &random) {
                bytes[Int.random(in: 100..<bytes.count, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))
            }
            try bytes.write(to: URL(fileURLWithPath: folder.file("bad.db")))
            do {
                let reader = try HistoryReader(path: folder.file("bad.db"))
                let ids = try reader.families().flatMap { try reader.series(of: $0).map(\.id) }
                _ = try reader.info()
                _ = try reader.steps(
                    of: ids, from: 0, to: source.nowMillis, stepMillis: source.nowMillis)
                opened += 1
            } catch let error as HistoryError {
                #expect(!error.description.isEmpty, "seed \(seed)")
            }
        }
        #expect(opened > 0, "seed \(seed)")
    }

    @Test func retentionDropsWholeGroupsOldestFirst() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let writer = try open(folder, source.nowMillis) {
            $0.retention = [120_000, 120_000, 120_000, 120_000]
        }
        let counter = source.registry.counter(source.requests, ["a"])
        for _ in 0..<600 {
            source.shard.add(counter)
            _ = try writer.append(source.snapshot())
        }
        var dropped = 0
        while true {
            let step = try writer.maintain(nowMillis: source.nowMillis)
            dropped += step.framesDropped
            if !step.hasMore { break }
        }
        #expect(dropped == 420)
        let reader = try HistoryReader(path: folder.file())
        #expect(try reader.info().frames == 180)
        let id = try #require(try reader.seriesID("cluster.{cluster}.rq_total", ["a"]))
        let (rows, _) = try reader.steps(
            of: [id], from: 0, to: source.nowMillis, stepMillis: source.nowMillis)
        // The first frame left is a base line: what came before it is not invented.
        #expect(rows[0][0].increase == 179)
    }

    @Test func theSizeCapHoldsAndPagesGoBack() throws {
        let folder = try TemporaryFolder()
        let source = Source()
        let cap: Int64 = 3 << 20
        let writer = try open(folder, source.nowMillis) {
            $0.sizeCapBytes = cap
            $0.walBytesMax = 256 << 10
        }
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let series = (0..<400).map { source.registry.counter(source.requests, ["s\($0)"]) }
        var largest: Int64 = 0
        for _ in 0..<2400 {
            for counter in series {
                source.shard.add(counter, UInt64.random(in: 1...1 << 40, using: &random))
            }
            _ = try writer.append(source.snapshot())
            while try writer.maintain(nowMillis: source.nowMillis).hasMore {}
            largest = max(largest, writer.fileBytes + writer.walBytes)
        }
        #expect(largest < cap + cap / 2, "seed \(seed) \(largest)")
        #expect(try HistoryReader(path: folder.file()).info().frames > 60)
    }
}
