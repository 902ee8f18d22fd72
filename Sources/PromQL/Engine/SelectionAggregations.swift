// topk, bottomk, limitk, limit_ratio: aggregations that keep some series of each group as they
// are, step by step. NaN counts as the smallest of topk and the largest of bottomk. Each series
// keeps its labels, its name among them; limit_ratio picks by hash. One query's thread.

extension Evaluator {
    /// The largest number below 2^63.
    private static let limitMax = 9_223_372_036_854_774_784.0

    /// `k` at each step, as a count. NaN and what no Int64 holds are errors.
    func selectionLimits(
        _ parameter: StepScalar, on grid: StepGrid
    ) throws(QueryFailure) -> [Int] {
        let range = parameter.range(steps: grid.count)
        // Nothing is asked for, whatever else there is to say of the numbers.
        if !range.hasNaN, range.most < 1 { return [Int](repeating: 0, count: grid.count) }
        if range.hasNaN { throw .execution("Parameter value is NaN") }
        if range.least <= -0x1p63 {
            throw .execution("Scalar value \(FloatText.general(range.least)) underflows int64")
        }
        if range.most >= Self.limitMax {
            throw .execution("Scalar value \(FloatText.general(range.most)) overflows int64")
        }
        return (0..<grid.count).map { max(Int(parameter[$0]), 0) }
    }

    func ratioLimits(
        _ parameter: StepScalar, on grid: StepGrid
    ) throws(QueryFailure) -> [Double] {
        let range = parameter.range(steps: grid.count)
        if range.hasNaN { throw .execution("Ratio value is NaN") }
        for (value, cap) in [(range.most, 1.0), (range.least, -1.0)]
        where value.magnitude > 1 && (value > 0) == (cap > 0) {
            annotations.warn(
                "ratio value should be between -1 and 1, got \(FloatText.general(value)), "
                    + "capping to \(FloatText.general(cap))")
        }
        return (0..<grid.count).map { min(max(parameter[$0], -1), 1) }
    }

    func ranked(
        _ input: [StepSeries], _ groups: Grouping, _ limits: [Int], isTop: Bool, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        var result = input.map {
            StepSeries(labels: $0.labels, dropsName: $0.dropsName, steps: grid.count)
        }
        var order: [Int] = []
        var ranks: [(value: Double, index: Int)] = []
        for members in groups.members {
            try checkTime()
            for step in 0..<grid.count {
                try work(members.count)
                ranks.removeAll(keepingCapacity: true)
                for index in members {
                    let value = input[index].values[step]
                    if !StaleMarker.isStale(value) { ranks.append((value, index)) }
                }
                ranks.sort { left, right in
                    Self.precedes(left.value, right.value, isTop: isTop)
                        ?? (left.index < right.index)
                }
                for (value, index) in ranks.prefix(limits[step]) {
                    result[index].values[step] = value
                    if grid.count == 1 { order.append(index) }
                }
            }
        }
        // The order of an instant query's result is by rank.
        return grid.count == 1 ? order.map { result[$0] } : result
    }

    /// nil: equal. NaN comes last either way.
    static func precedes(_ left: Double, _ right: Double, isTop: Bool) -> Bool? {
        if left.isNaN || right.isNaN {
            return left.isNaN == right.isNaN ? nil : right.isNaN
        }
        if left == right { return nil }
        return isTop ? left > right : left < right
    }

    func limited(
        _ input: [StepSeries], _ groups: Grouping, _ limits: [Int], on grid: StepGrid
    ) -> [StepSeries] {
        var result = input
        var taken = [Int](repeating: 0, count: groups.labels.count * grid.count)
        for (index, group) in groups.groupOf.enumerated() {
            for step in 0..<grid.count where result[index].isPresent(at: step) {
                let place = group * grid.count + step
                if taken[place] < limits[step] {
                    taken[place] += 1
                } else {
                    result[index].clear(at: step)
                }
            }
        }
        return result
    }

    /// A series is in by the hash of its labels, so that `r` and `r - 1` split a vector in two.
    func ratioSampled(
        _ input: [StepSeries], _ ratios: [Double], on grid: StepGrid
    ) -> [StepSeries] {
        var result = input
        for index in result.indices {
            let offset = Double(LabelHash.of(result[index].labels)) / Double(UInt64.max)
            for step in 0..<grid.count {
                let ratio = ratios[step]
                let isIn = ratio >= 0 ? offset < ratio : offset >= 1 + ratio
                if !isIn { result[index].clear(at: step) }
            }
        }
        return result
    }
}
