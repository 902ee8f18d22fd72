// absent and absent_over_time: 1 where nothing is, with the labels that the selector asked for.
// The only functions whose labels come from the query's text and not from series, so they read
// the argument's matchers. One query's thread.

extension Evaluator {
    func absent(_ call: Call, on grid: StepGrid) throws(QueryFailure) -> [StepSeries] {
        let input = try vector(call.arguments[0], on: grid, within: "absent")
        var isPresent = [Bool](repeating: false, count: grid.count)
        for series in input {
            for step in 0..<grid.count where series.isPresent(at: step) { isPresent[step] = true }
        }
        return try absence(of: call.arguments[0], isPresent, on: grid)
    }

    func absentOverTime(_ call: Call, on grid: StepGrid) throws(QueryFailure) -> [StepSeries] {
        var isPresent = [Bool](repeating: false, count: grid.count)
        try forEachSeries(of: call.arguments[0], on: grid, within: "absent_over_time") {
            (series, shape) throws(QueryFailure) in
            var borders = WindowBorders()
            for step in 0..<grid.count {
                let end = shape.ends[step]
                borders.slide(series, start: end &- shape.range, end: end)
                if !borders.isEmpty { isPresent[step] = true }
            }
        }
        return try absence(of: call.arguments[0], isPresent, on: grid)
    }

    private func absence(
        of argument: Expression, _ isPresent: [Bool], on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        try reserve(1, on: grid)
        let values = isPresent.map { $0 ? StaleMarker.value : 1 }
        return [StepSeries(labels: labels(askedBy: argument), values: values)]
    }

    /// Of matchers with `=`. A second matcher of a label takes the label away, but one with `=`
    /// after others puts it there: as Prometheus has always answered.
    private func labels(askedBy argument: Expression) -> Labels {
        let matchers: [LabelMatcher]
        switch argument.unwrapped {
        case .vector(let selector): matchers = selector.matchers
        case .matrix(let matrix): matchers = matrix.selector.matchers
        default: return .empty
        }
        var values: [String: String] = [:]
        var seen: Set<String> = []
        for matcher in matchers where matcher.label != Labels.nameLabel {
            if matcher.relation == .equal, seen.insert(matcher.label).inserted {
                values[matcher.label] = matcher.value
            } else {
                values[matcher.label] = nil
            }
        }
        return Labels(values)
    }
}
