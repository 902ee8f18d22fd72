// What a power loss leaves: a WAL that ends anywhere, with anything behind the place, or database
// pages that a checkpoint had half written. What is read is what was committed before the place,
// frame by frame, and a writer goes on from there.

import Foundation
import Stats
import Testing

@testable import History

@Suite struct PowerLossTests {
    private static let headerBytes = 32
    private static let frameBytes = 24 + HistorySchema.pageBytes

    /// A database, its WAL, and where in the WAL each commit ends.
    private struct Wreck {
        let folder: TemporaryFolder
        var wal: [UInt8] = []
        /// The same bytes before the WAL began anew.
        var olderWAL: [UInt8] = []
        var commits: [Int] = []
        /// Values of the counter in the frames that lie in the database.
        var checkpointed: [UInt64] = []
        var values: [UInt64] = []

        /// Those of the commits that `torn` has whole: an older sector may hold the same bytes.
        func values(in torn: [UInt8]) -> [UInt64] {
            let same = zip(torn, wal).enumerated().first { $0.element.0 != $0.element.1 }
            let place = same?.offset ?? min(torn.count, wal.count)
            return checkpointed + values.prefix(commits.count { $0 <= place })
        }
    }

    private func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func wreck() throws -> Wreck {
        var wreck = Wreck(folder: try TemporaryFolder())
        let folder = wreck.folder
        let source = Source()
        let writer = try open(folder, source.nowMillis)
        let counters = (0..<40).map { source.registry.counter(source.requests, ["c\($0)"]) }
        var total: UInt64 = 0
        func flush(_ step: Int) throws {
            total += UInt64(step % 5 + 1)
            for (index, counter) in counters.enumerated() {
                source.shard.add(counter, index == 0 ? UInt64(step % 5 + 1) : UInt64(step) << 30)
            }
            _ = try writer.append(source.snapshot())
        }
        for step in 0..<150 {
            try flush(step)
            wreck.checkpointed.append(total)
        }
        wreck.olderWAL = try bytes(folder.file("weir.db-wal"))
        #expect(try writer.connection.checkpoint(.passive))
        for step in 150..<230 {
            try flush(step)
            wreck.values.append(total)
            wreck.commits.append(Self.headerBytes + writer.connection.walPages * Self.frameBytes)
        }
        try folder.copy("weir.db", to: "whole.db")
        wreck.wal = Array(
            try bytes(folder.file("whole.db-wal")).prefix(try #require(wreck.commits.last)))
        try writer.close(clean: true, wallMillis: source.nowMillis)
        return wreck
    }

    /// One place of each kind around each commit.
    private func places(_ wreck: Wreck, _ random: inout SeededGenerator) -> [Int] {
        var places = [0, 1, 16, 31, 32, 33]
        for commit in wreck.commits {
            places += [commit - 1, commit, commit + 1, commit + 23, commit + 24]
            places.append(commit + 24 + Int.random(in: 1..<HistorySchema.pageBytes, using: &random))
        }
        let frames = (wreck.wal.count - Self.headerBytes) / Self.frameBytes
        for frame in 0...frames { places.append(Self.headerBytes + frame * Self.frameBytes) }
        // All of them take a minute; each kind is among those of any run.
        return places.filter { $0 <= 33 }
            + places.filter { $0 > 33 && $0 <= wreck.wal.count }
            .shuffled(using: &random).prefix(160)
    }

    enum Tear: CaseIterable { case end, zeroes, noise, older, lostSector }

    private func torn(
        _ wreck: Wreck, at place: Int, _ tear: Tear, _ random: inout SeededGenerator
    ) -> [UInt8] {
        var bytes = Array(wreck.wal.prefix(place))
        let rest = wreck.wal.count - place
        switch tear {
        case .end: break
        case .zeroes: bytes += [UInt8](repeating: 0, count: rest)
        case .noise: for _ in 0..<rest { bytes.append(UInt8.random(in: 0...255, using: &random)) }
        case .older: bytes += wreck.olderWAL.dropFirst(place)
        case .lostSector:
            // What follows was written; one sector of 512 bytes was not.
            bytes += wreck.olderWAL.dropFirst(place).prefix(512)
            bytes += wreck.wal.dropFirst(bytes.count)
        }
        return bytes
    }

    private func put(_ wal: [UInt8], _ wreck: Wreck) throws -> String {
        let path = wreck.folder.file("torn.db")
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: path + "-shm")
        try FileManager.default.copyItem(atPath: wreck.folder.file("whole.db"), toPath: path)
        try Data(wal).write(to: URL(fileURLWithPath: path + "-wal"))
        return path
    }

    @Test func whatWasCommittedBeforeThePlaceIsRead() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let wreck = try wreck()
        #expect(wreck.olderWAL.count >= wreck.wal.count, "nothing older lies behind")
        #expect(wreck.commits.count == 80 && wreck.wal.count > 80 * Self.frameBytes)
        let places = places(wreck, &random)
        // Each way of tearing in turn: all pairs would take minutes.
        for (index, place) in places.enumerated() {
            let tear = Tear.allCases[index % Tear.allCases.count]
            let torn = torn(wreck, at: place, tear, &random)
            let path = try put(torn, wreck)
            let reader = try HistoryReader(path: path)
            let found = try reader.counterValues("cluster.{cluster}.rq_total", ["c0"])
            #expect(found == wreck.values(in: torn), "\(tear) at \(place), seed \(seed)")
            #expect(try reader.verify().isSound, "\(tear) at \(place), seed \(seed)")
        }
    }

    @Test(arguments: Tear.allCases)
    func aWriterGoesOnFromThere(tear: Tear) throws {
        var random = SeededGenerator(seed: 7)
        let wreck = try wreck()
        for place in [0, 40, wreck.commits[9] + 100, wreck.commits[33]] {
            let torn = torn(wreck, at: place, tear, &random)
            let path = try put(torn, wreck)
            let source = Source(nowMillis: 1_800_001_000_000)
            let writer = try HistoryWriter.open(
                HistoryOptions(path: path), wallMillis: source.nowMillis)
            #expect(writer.notices.allSatisfy { if case .uncleanEnd = $0 { true } else { false } })
            let counter = source.registry.counter(source.requests, ["c0"])
            source.shard.add(counter, 3)
            _ = try writer.append(source.snapshot())
            try writer.close(clean: true, wallMillis: source.nowMillis)
            let found = try HistoryReader(path: path)
                .counterValues("cluster.{cluster}.rq_total", ["c0"])
            #expect(found == wreck.values(in: torn) + [3], "\(tear) at \(place)")
        }
    }

    /// The WAL was synced before the checkpoint began: it has every page that may be half written.
    @Test func pagesThatACheckpointToreComeBackFromTheWAL() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let wreck = try wreck()
        var pages: Set<Int> = []
        for start in stride(
            from: Self.headerBytes, to: wreck.wal.count, by: Self.frameBytes)
        {
            pages.insert((0..<4).reduce(0) { $0 << 8 | Int(wreck.wal[start + $1]) })
        }
        for round in 0..<10 {
            let path = try put(wreck.wal, wreck)
            var database = try bytes(path)
            for page in pages where Bool.random(using: &random) {
                let start = (page - 1) * HistorySchema.pageBytes
                while database.count < start + HistorySchema.pageBytes { database.append(0) }
                let torn = Int.random(in: 0..<HistorySchema.pageBytes, using: &random)
                for place in start + torn..<start + HistorySchema.pageBytes {
                    database[place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            try Data(database).write(to: URL(fileURLWithPath: path))
            let reader = try HistoryReader(path: path)
            let found = try reader.counterValues("cluster.{cluster}.rq_total", ["c0"])
            #expect(found == wreck.checkpointed + wreck.values, "round \(round) seed \(seed)")
            #expect(try reader.verify().isSound, "round \(round) seed \(seed)")
        }
    }
}
