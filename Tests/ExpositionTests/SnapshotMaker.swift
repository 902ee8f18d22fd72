// One registry with one shard, for tests: declare, add, take a snapshot.

import Stats

final class SnapshotMaker {
    let registry = Registry()
    let shard: Shard

    init() { shard = registry.makeShard(name: "test") }

    func declare(
        _ template: String, _ kind: MetricKind, unit: MetricUnit = .none, help: String = "Help.",
        prometheus: String? = nil, bounds: [UInt64]? = nil
    ) -> FamilyID {
        registry.declare(
            MetricFamily(
                template, kind, unit: unit, help: help, prometheus: prometheus,
                classicBounds: bounds))
    }

    func add(_ family: FamilyID, _ labels: [String], _ amount: UInt64) {
        shard.add(registry.counter(family, labels), amount)
    }

    func set(_ family: FamilyID, _ labels: [String], _ value: Int64) {
        shard.set(registry.gauge(family, labels), value)
    }

    func record(_ family: FamilyID, _ labels: [String], _ values: [UInt64]) {
        let histogram = registry.histogram(family, labels)
        for value in values { shard.record(histogram, value) }
    }

    func add(_ family: FamilyID, _ amount: UInt64) { add(family, [], amount) }
    func set(_ family: FamilyID, _ value: Int64) { set(family, [], value) }
    func record(_ family: FamilyID, _ values: [UInt64]) { record(family, [], values) }

    func snapshot() -> Snapshot {
        registry.apply(shard.cut())
        return registry.snapshot(wallMillis: 1, monotonicNanos: 2)
    }
}

/// SplitMix64: the seed of a test makes its whole run.
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
