// Fills a history file as a running weir does, without a proxy around it: `HistoryLoad make` writes
// hours of one-second flushes for the query benchmark, `HistoryLoad write` measures what flushes
// and upkeep cost. Values come from a seeded generator, so two runs make the same samples. Prints
// one line of JSON.

import Glibc
import History
import Stats

/// Xorshift: the same numbers everywhere.
struct Generator {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}

/// CPU time of this thread in seconds: what others do meanwhile is not in it.
func threadSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
}

/// The series of the query benchmark: 500 counters in 10 clusters, one counter and one gauge of
/// their own, latencies of two clusters.
final class Traffic {
    let registry = Registry(cellCapacity: 1 << 17)
    private let shard: Shard
    private let requests: [Counter]
    private let total: Counter
    private let active: Gauge
    private let latencies: [Histogram]
    private var random = Generator()
    private var level: Int64 = 40

    init(series: Int) {
        let one = registry.declare(MetricFamily("single.rq_total", .counter, help: "Requests."))
        let many = registry.declare(
            MetricFamily(
                "bench.{cluster}.{instance}.rq_total", .counter, help: "Requests.",
                seriesLimit: 1 << 20))
        let gauge = registry.declare(MetricFamily("single.rq_active", .gauge, help: "Active."))
        let time = registry.declare(
            MetricFamily(
                "bench.{cluster}.rq_time", .histogram, unit: .nanoseconds, help: "Latency.",
                classicBounds: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map { $0 * 1_000_000 }))
        shard = registry.makeShard(name: "load")
        let registry = registry
        requests = (0..<series).map {
            registry.counter(many, ["cluster-\($0 % 10)", "instance-\($0)"])
        }
        total = registry.counter(one)
        active = registry.gauge(gauge)
        latencies = (0..<2).map { registry.histogram(time, ["cluster-\($0)"]) }
    }

    /// A second of requests, three series in four touched, as a snapshot some milliseconds after
    /// `second`: no timer is more exact.
    func second(_ second: Int64) -> Snapshot {
        let millis = second + 130 + Int64(random.next() % 5)
        for counter in requests {
            let number = random.next()
            if number & 3 != 0 { shard.add(counter, number >> 58) }
        }
        shard.add(total, random.next() >> 56)
        level += Int64(random.next() % 5) - 2
        shard.set(active, max(0, level))
        for histogram in latencies {
            for _ in 0..<8 { shard.record(histogram, 500_000 + random.next() >> 35) }
        }
        registry.apply(shard.cut())
        return registry.snapshot(
            wallMillis: millis, monotonicNanos: UInt64(millis) * 1_000_000)
    }
}

func make(_ path: String, series: Int, start: Int64, seconds: Int64) throws {
    let traffic = Traffic(series: series)
    var options = HistoryOptions(path: path)
    options.retention = [Int64](repeating: 1 << 50, count: HistoryTier.allCases.count)
    options.sizeCapBytes = 1 << 50
    let writer = try HistoryWriter.open(options, wallMillis: start)
    for second in 1...seconds {
        _ = try writer.append(traffic.second(start + second * 1000))
        if second % 60 == 0 { while try writer.compact(budgetNanos: 10_000_000) {} }
    }
    while try writer.compact(budgetNanos: 10_000_000) {}
    try writer.close(clean: true, wallMillis: start + seconds * 1000 + 1)
    print("{\"series\":\(series),\"seconds\":\(seconds)}")
}

func write(_ path: String, series: Int, start: Int64, seconds: Int64) throws {
    let traffic = Traffic(series: series)
    let writer = try HistoryWriter.open(HistoryOptions(path: path), wallMillis: start)
    var flushes = 0.0
    var upkeep = 0.0
    for second in 1...seconds {
        let now = start + second * 1000
        let snapshot = traffic.second(now)
        let before = threadSeconds()
        _ = try writer.append(snapshot)
        let between = threadSeconds()
        while try writer.maintain(nowMillis: now).hasMore {}
        flushes += between - before
        upkeep += threadSeconds() - between
    }
    try writer.close(clean: true, wallMillis: start + seconds * 1000 + 1)
    print(
        "{\"series\":\(series),\"seconds\":\(seconds),"
            + "\"flush_s\":\(flushes),\"upkeep_s\":\(upkeep)}")
}

func fail(_ text: String, code: Int32) -> Never {
    let line = Array((text + "\n").utf8)
    _ = Glibc.write(STDERR_FILENO, line, line.count)
    exit(code)
}

let arguments = CommandLine.arguments
guard arguments.count == 6, let series = Int(arguments[3]), let start = Int64(arguments[4]),
    let seconds = Int64(arguments[5]), series > 0, seconds > 0
else {
    fail("usage: HistoryLoad make|write FILE SERIES START_MILLIS SECONDS", code: 2)
}
do {
    switch arguments[1] {
    case "make": try make(arguments[2], series: series, start: start, seconds: seconds)
    case "write": try write(arguments[2], series: series, start: start, seconds: seconds)
    default: fail("HistoryLoad: \(arguments[1]) is neither make nor write", code: 2)
    }
} catch let error as HistoryError {
    fail("HistoryLoad: \(error)", code: 3)
}
