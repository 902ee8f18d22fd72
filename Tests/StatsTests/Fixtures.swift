// Shared pieces of the Stats tests: a seeded generator whose seed is printed with every failure,
// a registry with the usual families, and a tick that cuts every shard into one snapshot.
// Everything runs on the test's thread; the seed of a random test is its argument.

@testable import Stats

/// xorshift64*: small, fast, the same on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }

    /// A value whose magnitude is spread over all octaves.
    mutating func nextSpread() -> UInt64 { next() >> UInt64.random(in: 0...63, using: &self) }
}

/// One registry with a counter, a gauge and a histogram family of one label each.
final class Bench {
    let registry: Registry
    let requests: FamilyID
    let active: FamilyID
    let time: FamilyID
    var shards: [Shard] = []
    private var now: UInt64 = 0

    init(shards count: Int = 1, seriesLimit: Int = 1000) {
        registry = Registry()
        requests = registry.declare(
            MetricFamily("c.{cluster}.rq", .counter, help: "Requests.", seriesLimit: seriesLimit))
        active = registry.declare(
            MetricFamily("c.{cluster}.active", .gauge, help: "Open.", seriesLimit: seriesLimit))
        time = registry.declare(
            MetricFamily(
                "c.{cluster}.time", .histogram, unit: .nanoseconds, help: "Time.",
                seriesLimit: seriesLimit))
        for index in 0..<count { shards.append(registry.makeShard(name: "wrk:\(index)")) }
    }

    func applyAll() { for shard in shards { registry.apply(shard.cut()) } }

    func snapshot() -> Snapshot {
        now += 1
        return registry.snapshot(wallMillis: Int64(now), monotonicNanos: now)
    }

    func tick() -> Snapshot {
        applyAll()
        return snapshot()
    }
}

extension Snapshot {
    /// The series of a family with these label values.
    func find(_ family: FamilyID, _ labels: [String]) -> SeriesID? {
        series(of: family).first { labelValues($0) == labels }
    }

    func count(_ family: FamilyID, _ labels: [String]) -> UInt64? {
        find(family, labels).map { value($0) }
    }

    func total(_ family: FamilyID) -> UInt64 {
        series(of: family).reduce(0) { $0 &+ value($1) }
    }
}
