// quantile and count_values: aggregations that look at all values of a group at one step. They
// keep no state from step to step, so their cost is a sort, or a dictionary, per step. One
// query's thread.

extension Evaluator {
    func quantiles(
        _ input: [StepSeries], _ groups: Grouping, _ parameter: StepScalar, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        var values: [Double] = []
        var columns: [StepSeries] = []
        for (group, members) in groups.members.enumerated() {
            var result = groups.result(group, steps: grid.count)
            for step in 0..<grid.count {
                try work(members.count)
                values.removeAll(keepingCapacity: true)
                for index in members {
                    let value = input[index].values[step]
                    if !StaleMarker.isStale(value) { values.append(value) }
                }
                if values.isEmpty { continue }
                result.values[step] = RangeFunctions.quantile(parameter[step], &values)
            }
            columns.append(result)
        }
        return columns
    }

    /// A label set made, in samples looked at.
    private static let labelWork = 64

    func countValues(
        _ aggregation: Aggregation, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        guard let parameter = aggregation.parameter else {
            throw .badData("count_values needs a label name")
        }
        let label = try string(parameter)
        if !LabelName.isValid(label) {
            throw .execution("invalid label name \(StringQuoting.quoted(label))")
        }
        let input = try vector(aggregation.expression, on: grid, within: "count_values")
        let rule = GroupingRule(aggregation)
        var result: [StepSeries] = []
        var places: [Labels: Int] = [:]
        for series in input {
            try checkTime()
            for step in 0..<grid.count {
                guard let sample = series.sample(at: step) else { continue }
                try work(Self.labelWork)
                let key = rule.key(of: series.labels.with(label, Self.text(of: sample)))
                let place = places[key] ?? result.count
                if place == result.count {
                    try reserve(1, on: grid)
                    places[key] = place
                    result.append(StepSeries(labels: key, steps: grid.count))
                }
                let before = result[place].values[step]
                result[place].values[step] = StaleMarker.isStale(before) ? 1 : before + 1
            }
        }
        return result
    }

    private static func text(of sample: SampleValue) -> String {
        switch sample {
        case .float(let value): FloatText.plain(value)
        case .histogram(let histogram): histogram.description
        }
    }
}
