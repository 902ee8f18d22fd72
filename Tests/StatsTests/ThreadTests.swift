// Two real worker threads that count, hand cuts over and read snapshots while main merges: nothing
// is lost, and ThreadSanitizer finds nothing. Suitable for `swift test --sanitize=thread`.
// Threads end by counting, not by time: the test is as long as the work.

import Foundation
import Synchronization
import Testing

@testable import Stats

/// A value behind a pthread lock. Not `Mutex`: its futex code on Linux is not instrumented, so
/// ThreadSanitizer would report what the lock protects.
private final class Locked<Value: Sendable>: @unchecked Sendable {
    // Unchecked because the lock guards `value`.
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func with<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }
}

/// A shard on its way to the thread that will own it.
private struct Moved: @unchecked Sendable {
    // Unchecked because the test starts exactly one thread with it and keeps no reference.
    let shard: Shard
}

@Suite struct ThreadTests {
    @Test func twoWorkersAndAReader() {
        let registry = Registry()
        let requests = registry.declare(MetricFamily("c.{c}.rq", .counter, help: ""))
        let time = registry.declare(
            MetricFamily("c.{c}.time", .histogram, unit: .nanoseconds, help: ""))
        let counter = registry.counter(requests, ["shared"])
        let histogram = registry.histogram(time, ["shared"])
        let outbox = Locked<[Cut]>([])
        let published = Locked<Snapshot?>(nil)
        let ended = Atomic<Int>(0)
        let rounds = 400
        let perRound = 250
        for number in 0..<2 {
            let moved = Moved(shard: registry.makeShard(name: "wrk:\(number)"))
            Thread.detachNewThread {
                let shard = moved.shard
                for round in 0..<rounds {
                    let born = shard.counter(requests, ["born\(round % 50)"])
                    for value in 0..<perRound {
                        shard.add(counter)
                        shard.add(born)
                        shard.record(histogram, UInt64(value * round))
                    }
                    let cut = shard.cut()
                    outbox.with { $0.append(cut) }
                }
                ended.wrappingAdd(1, ordering: .releasing)
            }
        }
        Thread.detachNewThread {
            while ended.load(ordering: .acquiring) < 2 {
                guard let snapshot = published.with({ $0 }) else { continue }
                check(snapshot, requests, time)
            }
            ended.wrappingAdd(1, ordering: .releasing)
        }
        var isLast = false
        while true {
            isLast = ended.load(ordering: .acquiring) == 3
            let cuts = outbox.with { waiting in
                defer { waiting = [] }
                return waiting
            }
            for cut in cuts { registry.apply(cut) }
            let snapshot = registry.snapshot(wallMillis: 0, monotonicNanos: 0)
            check(snapshot, requests, time)
            published.with { $0 = snapshot }
            if isLast { break }
        }
        let snapshot = registry.snapshot(wallMillis: 0, monotonicNanos: 0)
        #expect(snapshot.count(requests, ["shared"]) == UInt64(2 * rounds * perRound))
        #expect(snapshot.total(requests) == UInt64(4 * rounds * perRound))
        #expect(
            snapshot.histogram(snapshot.series(of: time)[0]).count == UInt64(2 * rounds * perRound))
    }
}

/// In each snapshot the numbers of one round belong together.
private func check(_ snapshot: Snapshot, _ requests: FamilyID, _ time: FamilyID) {
    let shared = snapshot.count(requests, ["shared"]) ?? 0
    #expect(snapshot.total(requests) == 2 * shared)
    #expect(snapshot.histogram(snapshot.series(of: time)[0]).count == shared)
}
