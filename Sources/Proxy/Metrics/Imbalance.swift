// How unevenly connections lie over workers, as one number. Main computes it when all cuts of a
// round are merged, from the workers' own gauges in those cuts, and publishes it in its own shard's
// cut: so it belongs to the same snapshot as they do. A pure function; workers pay nothing for it.

enum Imbalance {
    /// How far the largest is above the mean, in percent, rounded to the nearest; 0 without any.
    /// With n workers at most (n - 1) * 100. Few connections make large figures: one on one of four
    /// workers is 300.
    static func percent(_ loads: [Int64]) -> Int64 {
        let sum = loads.reduce(0, +)
        guard sum > 0, let most = loads.max() else { return 0 }
        return (most * Int64(loads.count) * 100 + sum / 2) / sum - 100
    }
}
