// A file system that is really full: what is too old leaves all the same, and its room takes what
// comes next. On small tmpfs mounts, which need root; elsewhere the suite does not run.

import Foundation
import Stats
import Testing

@testable import History

/// A file system of its own that goes away with the test.
final class SmallDisk {
    let path: String

    /// nil when this process may not mount.
    init?(kibibytes: Int) {
        path = NSTemporaryDirectory() + "/weir-disk-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let isMounted = Self.run(
            "mount", ["-t", "tmpfs", "-o", "size=\(kibibytes)k", "weir-test", path])
        if !isMounted {
            rmdir(path)
            return nil
        }
    }

    deinit {
        _ = Self.run("umount", ["-l", path])
        rmdir(path)
    }

    /// Takes every byte that is left.
    func fill() {
        let descriptor = open(path + "/filler", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 7, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
    }

    static var isPossible: Bool { SmallDisk(kibibytes: 64) != nil }

    private static func run(_ program: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

@Suite(.enabled(if: SmallDisk.isPossible)) struct FullDiskTests {
    /// A history on a small disk, and what it counted.
    private final class Run {
        let disk: SmallDisk
        let source = Source()
        let writer: HistoryWriter
        let counters: [Counter]
        var random: SeededGenerator
        var total: UInt64 = 0
        static let retention: Int64 = 86_400_000

        init(_ random: SeededGenerator) throws {
            self.random = random
            disk = try #require(SmallDisk(kibibytes: 24 << 10))
            var options = HistoryOptions(path: disk.path + "/weir.db")
            options.retention = [Int64](repeating: Self.retention, count: 4)
            writer = try HistoryWriter.open(options, wallMillis: source.nowMillis)
            let source = source
            counters = (0..<300).map { source.registry.counter(source.requests, ["c\($0)"]) }
        }

        func flush(_ step: Int) throws(HistoryError) {
            for (index, counter) in counters.enumerated() {
                let growth = UInt64.random(in: 0..<1 << 40, using: &random)
                source.shard.add(counter, growth)
                if index == 0 { total += growth }
            }
            _ = try writer.append(source.snapshot())
            if step % 10 == 0 { _ = try writer.maintain(nowMillis: source.nowMillis) }
        }

        /// Fills the disk and goes on until a frame is refused; why it was.
        func fill() -> HistoryError? {
            disk.fill()
            for step in 0..<6000 {
                do throws(HistoryError) { try flush(step) } catch { return error }
            }
            return nil
        }

        /// Upkeep at a time at which all but the newest group is too old; what was dropped.
        func expire(_ words: String) -> Int {
            let later = source.nowMillis + Self.retention + 700_000
            var dropped = 0
            for _ in 0..<200 {
                do throws(HistoryError) {
                    let done = try writer.maintain(nowMillis: later)
                    dropped += done.framesDropped + done.blocksDropped
                    if let failure = done.compactionFailure {
                        #expect(failure.reason == .full, "\(words): \(failure)")
                    }
                    if !done.hasMore { break }
                } catch {
                    Issue.record("\(words): after \(dropped) drops: \(error)")
                }
            }
            return dropped
        }
    }

    @Test func whatIsTooOldLeavesAFullDisk() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for round in 0..<12 {
            let words = "round \(round) seed \(seed)"
            let run = try Run(SeededGenerator(seed: random.next()))
            for step in 0..<Int.random(in: 120...1500, using: &random) { try run.flush(step) }
            let full = try #require(run.fill(), "\(words): the disk never became full")
            #expect(full.reason == .full, "\(words): \(full)")
            #expect(run.expire(words) > 0, "\(words): nothing left")
            for step in 1...60 {
                do throws(HistoryError) {
                    try run.flush(step)
                } catch {
                    Issue.record("\(words): frame \(step): \(error)")
                }
            }
            let reader = try HistoryReader(path: run.writer.options.path)
            let last = try reader.counterValues("cluster.{cluster}.rq_total", ["c0"]).last
            #expect(last == run.total, "\(words)")
            #expect(try reader.verify().isSound, "\(words)")
            try run.writer.close(clean: true, wallMillis: run.source.nowMillis)
        }
    }
}
