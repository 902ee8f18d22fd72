// What compaction and retention owe each other: ages, sizes, pins and a full disk, over the traffic
// of CompactionTests.

import Foundation
import Testing

@testable import History

extension CompactionTests {
    @Test func eachTierHasItsAge() throws {
        let folder = try TemporaryFolder()
        let (first, end, total) = try traffic(folder, boots: 2, frames: 4200, seed: 8)
        try compactAll(first)
        try first.close(clean: true, wallMillis: end)
        let writer = try open(folder, end) {
            $0.retention = [1_800_000, 6_000_000, 1 << 40, 1 << 40]
        }
        while try writer.maintain(nowMillis: end).hasMore {}
        let reader = try HistoryReader(path: folder.file())
        let oldest = try HistoryTier.allCases.map { tier in
            try reader.connection.integer(
                "SELECT min(end_ms) FROM block WHERE tier = \(tier.rawValue)", call: "test") ?? 0
        }
        #expect(oldest[0] >= end - 1_800_000 && oldest[1] >= end - 6_000_000)
        #expect(oldest[2] < end - 4_000_000)
        #expect(try growth(folder, tier: .flush) == total)
        #expect(try growth(folder, tier: .minute) == total)
        try writer.close(clean: true, wallMillis: end)
    }

    /// A weir that was off for days: frames and blocks that are too old for their tier are in none
    /// of the coarser ones yet.
    @Test(arguments: [false, true])
    func whatIsTooOldIsRolledUpFirst(compacted: Bool) throws {
        let folder = try TemporaryFolder()
        let (first, end, total) = try traffic(folder, boots: 2, frames: 4200, seed: 12)
        if compacted {
            // Blocks of the finest tier only, and frames.
            while try first.compact(budgetNanos: 1) {
                let blocks = try first.connection.integer(
                    "SELECT count(*) FROM block", call: "test")
                if blocks ?? 0 >= 3 { break }
            }
        }
        try first.close(clean: true, wallMillis: end)
        let later = end + 3 * 86_400_000
        let writer = try open(folder, later)
        while try writer.maintain(nowMillis: later).hasMore {}
        let flushes = try writer.connection.integer(
            "SELECT count(*) FROM block WHERE tier = 0", call: "test")
        #expect(flushes == 0)
        #expect(try growth(folder, tier: .flush) == total)
        try writer.close(clean: true, wallMillis: later)
    }

    @Test func sizeGoesBeforeAgeAndPinsStay() throws {
        let folder = try TemporaryFolder()
        let (first, end, _) = try traffic(folder, boots: 1, frames: 6000, seed: 9)
        try compactAll(first)
        let pinned = 1_800_000_000_000 + 1_000_000
        _ = try first.put(
            .pin(from: Int64(pinned), to: Int64(pinned) + 1000, reason: "incident"))
        try first.close(clean: true, wallMillis: end)
        let writer = try open(folder, end) { $0.sizeCapBytes = 1 }
        while try writer.maintain(nowMillis: end).hasMore {}
        let reader = try HistoryReader(path: folder.file())
        let blocks = try BlockIndex.blocks(from: .min, to: .max, reader.connection)
        #expect(!blocks.isEmpty)
        for block in blocks {
            #expect(block.startMillis <= Int64(pinned) + 1000 && block.endMillis >= Int64(pinned))
        }
        try writer.close(clean: true, wallMillis: end)
    }

    @Test func aFullDiskStopsCompactionOnly() throws {
        let folder = try TemporaryFolder()
        let (writer, end, _) = try traffic(folder, boots: 1, frames: 2000, seed: 10)
        let before = try dump(folder)
        let pages = try writer.connection.integer("PRAGMA page_count", call: "test") ?? 0
        try writer.connection.execute("PRAGMA max_page_count = \(pages)", call: "test")
        var failures = 0
        for _ in 0..<20_000 where failures == 0 {
            do {
                if try !writer.compact(budgetNanos: 1000) { break }
            } catch {
                #expect(error.reason == .full)
                failures += 1
            }
        }
        #expect(failures == 1, "the disk never became full")
        #expect(try dump(folder) == before)
        try writer.connection.execute("PRAGMA max_page_count = 1000000", call: "test")
        try compactAll(writer)
        #expect(try dump(folder) == before)
        try writer.close(clean: true, wallMillis: end)
    }
}
