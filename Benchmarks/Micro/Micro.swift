// Entry point of the microbenchmarks: what all of them share, and the list of subjects.
// A benchmark's name ends in nothing but its case; `run.py` finds the aim of a name in its table.
// One iteration is `scaledIterations` operations, so that an operation below a nanosecond is
// measured over a million of them. Fixtures are built inside the first (warm-up) iteration: the
// library starts the program once for each benchmark and builds only what it runs.

import Benchmark

let benchmarks: @Sendable () -> Void = {
    counterBenchmarks()
    histogramBenchmarks()
    mergeBenchmarks()
    scrapeBenchmarks()
    headBenchmarks()
    timerBenchmarks()
    mailboxBenchmarks()
}

/// How many operations one iteration did: `run.py` divides by it, the library rounds to whole
/// nanoseconds.
private let operations = BenchmarkMetric.custom("operations", useScalingFactor: false)

/// Registers a benchmark. `body` marks with startMeasurement and stopMeasurement what is measured.
func micro(
    _ name: String, scale: BenchmarkScalingFactor = .one, reporting extra: [BenchmarkMetric] = [],
    _ body: @escaping (Benchmark) -> Void
) {
    let counts = [operations] + extra
    let configuration = Benchmark.Configuration(
        metrics: [.wallClock] + counts,
        units: Dictionary(uniqueKeysWithValues: counts.map { ($0, .count) }),
        warmupIterations: 3, scalingFactor: scale, maxDuration: .seconds(2), maxIterations: 2_000)
    Benchmark(name, configuration: configuration) { benchmark in
        body(benchmark)
        benchmark.measurement(operations, benchmark.scaledIterations.count)
    }
}

/// SplitMix64: the same numbers in each run.
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

/// Builds a fixture when it is first asked for.
final class Lazy<Value> {
    private let make: () -> Value
    private(set) lazy var value: Value = make()

    init(_ make: @escaping () -> Value) { self.make = make }
}
