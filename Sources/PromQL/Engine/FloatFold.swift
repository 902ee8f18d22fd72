// Aggregations that need one small state per group and step: sum, avg, min, max, count, group,
// stddev, stdvar. Series by series, so that both columns are read in order; the states of a group
// lie side by side. Sums are compensated (Kahan, Neumaier's form), variances are Welford's.

enum FloatFold {
    static func apply(
        _ operation: AggregationOperator, _ input: [StepSeries], _ groups: Grouping, steps: Int
    ) -> [StepSeries] {
        switch operation {
        case .sum:
            fold(input, groups, steps, KahanSum()) {
                $0.add($1)
            } finish: {
                $0.value
            }
        case .avg:
            fold(input, groups, steps, CompensatedMean()) {
                $0.add($1)
            } finish: {
                $0.mean
            }
        case .min:
            fold(input, groups, steps, Double.nan) { least, value in
                if value < least || least.isNaN { least = value }
            } finish: {
                $0
            }
        case .max:
            fold(input, groups, steps, Double.nan) { most, value in
                if value > most || most.isNaN { most = value }
            } finish: {
                $0
            }
        case .stddev:
            fold(input, groups, steps, Spread()) {
                $0.add($1)
            } finish: {
                $0.variance.squareRoot()
            }
        case .stdvar:
            fold(input, groups, steps, Spread()) {
                $0.add($1)
            } finish: {
                $0.variance
            }
        case .count:
            counted(input, groups, steps) { $0 }
        case .group:
            counted(input, groups, steps) { _ in 1 }
        case .topk, .bottomk, .quantile, .countValues, .limitk, .limitRatio:
            preconditionFailure("BUG: \(operation.rawValue) is no fold")
        }
    }

    @inline(__always)
    private static func fold<State>(
        _ input: [StepSeries], _ groups: Grouping, _ steps: Int, _ initial: State,
        add: (inout State, Double) -> Void, finish: (State) -> Double
    ) -> [StepSeries] {
        let count = groups.labels.count * steps
        var states = [State](repeating: initial, count: count)
        var isPresent = [Bool](repeating: false, count: count)
        for (series, group) in zip(input, groups.groupOf) {
            let base = group * steps
            let values = series.values.span
            for step in 0..<steps {
                let value = values[step]
                if StaleMarker.isStale(value) { continue }
                isPresent[base + step] = true
                add(&states[base + step], value)
            }
        }
        return groups.labels.indices.map { group in
            var result = groups.result(group, steps: steps)
            for step in 0..<steps where isPresent[group * steps + step] {
                result.values[step] = finish(states[group * steps + step])
            }
            return result
        }
    }

    /// Histograms count too.
    private static func counted(
        _ input: [StepSeries], _ groups: Grouping, _ steps: Int, _ finish: (Double) -> Double
    ) -> [StepSeries] {
        var result = groups.labels.indices.map { groups.result($0, steps: steps) }
        for (series, group) in zip(input, groups.groupOf) {
            for step in 0..<steps where series.isPresent(at: step) {
                let before = result[group].values[step]
                result[group].values[step] = StaleMarker.isStale(before) ? 1 : before + 1
            }
        }
        for group in result.indices { result[group].transform(finish) { $0 } }
        return result
    }
}

/// Mean and squared distance from it.
private struct Spread {
    private var count = 0.0
    private var mean = 0.0
    private var squares = 0.0

    @inline(__always)
    mutating func add(_ value: Double) {
        count += 1
        let delta = value - mean
        mean += delta / count
        squares += delta * (value - mean)
    }

    var variance: Double { squares / count }
}
