// A temporary folder with a history in it, and a registry that feeds it: what the store's tests
// share. Time is a number the test chooses; nothing here sleeps.

import Foundation
import Stats

@testable import History

/// A folder that goes away with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/weir-history-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        chmod(path, 0o700)
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String = "weir.db") -> String { path + "/" + name }

    var names: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    /// Copies the file and, where there is one, its WAL: what a crash leaves behind.
    func copy(_ name: String, to other: String) throws {
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: file(name) + suffix)
        {
            try? FileManager.default.removeItem(atPath: file(other) + suffix)
            try FileManager.default.copyItem(
                atPath: file(name) + suffix, toPath: file(other) + suffix)
        }
    }
}

/// One shard, three families, a clock.
final class Source {
    let registry = Registry(cellCapacity: 1 << 16)
    let requests: FamilyID
    let active: FamilyID
    let time: FamilyID
    let shard: Shard
    var nowMillis: Int64

    init(nowMillis: Int64 = 1_800_000_000_000) {
        requests = registry.declare(
            MetricFamily("cluster.{cluster}.rq_total", .counter, help: "Requests."))
        active = registry.declare(MetricFamily("rq_active", .gauge, help: "Active."))
        time = registry.declare(
            MetricFamily(
                "cluster.{cluster}.rq_time", .histogram, unit: .nanoseconds, help: "Latency."))
        shard = registry.makeShard(name: "test")
        self.nowMillis = nowMillis
    }

    /// Cuts, merges and moves the clock by `stepMillis` first.
    func snapshot(after stepMillis: Int64 = 1000) -> Snapshot {
        nowMillis += stepMillis
        registry.apply(shard.cut())
        return registry.snapshot(
            wallMillis: nowMillis, monotonicNanos: UInt64(nowMillis) * 1_000_000)
    }
}

func open(
    _ folder: TemporaryFolder, _ nowMillis: Int64,
    _ change: (inout HistoryOptions) -> Void = { _ in }
) throws -> HistoryWriter {
    var options = HistoryOptions(path: folder.file(), version: "1.0-test", configHash: "abc")
    change(&options)
    return try HistoryWriter.open(options, wallMillis: nowMillis)
}

extension HistoryReader {
    /// The one series of a family with these label values.
    func seriesID(_ template: String, _ labels: [String] = []) throws -> Int64? {
        guard let family = try families().first(where: { $0.template == template }) else {
            return nil
        }
        return try series(of: family).first { $0.labelValues == labels }?.id
    }

    /// (time, value) of a counter in every frame that has it.
    func counterValues(_ template: String, _ labels: [String] = []) throws -> [UInt64] {
        guard let wanted = try seriesID(template, labels) else { return [] }
        var values: [UInt64] = []
        _ = try forEachFrame(from: .min, to: .max) { frame in
            frame.forEachValue { id, value in
                if id == wanted, case .counter(let count) = value { values.append(count) }
            }
            return true
        }
        return values
    }
}

/// Reproducible randomness; print the seed when a test fails.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
