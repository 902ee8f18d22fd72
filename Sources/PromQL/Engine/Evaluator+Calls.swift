// Function calls: over a range, sample by sample, or one of the functions that look at a whole
// vector, at labels or at the clock. What a body does with one value or one window is in
// Functions/. One query's thread.

extension Evaluator {
    func evaluate(_ call: Call, on grid: StepGrid) throws(QueryFailure) -> StepValue {
        if let body = RangeFunctions.body(of: call.function) {
            return .vector(try evaluate(call, over: body, on: grid))
        }
        if let body = SampleFunctions.body(of: call.function) {
            return .vector(try evaluate(call, perSample: body, on: grid))
        }
        switch call.function {
        case .pi: return .scalar(.constant(.pi))
        case .time:
            try reserve(1, on: grid)
            return .scalar(.varying(seconds(of: grid)))
        case .scalar: return .scalar(try scalarOfVector(call, on: grid))
        default: return .vector(try evaluateWhole(call, on: grid))
        }
    }

    private func evaluateWhole(
        _ call: Call, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        switch call.function {
        case .vector:
            let scalar = try scalar(call.arguments[0], on: grid)
            try reserve(1, on: grid)
            return [StepSeries(labels: .empty, values: (0..<grid.count).map { scalar[$0] })]
        case .timestamp: return try timestamp(call, on: grid)
        case .absent: return try absent(call, on: grid)
        case .absentOverTime: return try absentOverTime(call, on: grid)
        case .labelReplace: return try labelReplace(call, on: grid)
        case .labelJoin: return try labelJoin(call, on: grid)
        case .sort: return try sort(call, isDescending: false, on: grid)
        case .sortDesc: return try sort(call, isDescending: true, on: grid)
        case .sortByLabel: return try sortByLabel(call, isDescending: false, on: grid)
        case .sortByLabelDesc: return try sortByLabel(call, isDescending: true, on: grid)
        case .histogramQuantile: return try histogramQuantile(call, on: grid)
        case .histogramFraction: return try histogramFraction(call, on: grid)
        case .info: return try info(call, on: grid)
        default: throw .execution("function \(call.function.rawValue)() is not there")
        }
    }

    func seconds(of grid: StepGrid) -> [Double] {
        (0..<grid.count).map { Double(grid[$0]) / 1000 }
    }

    /// abs, clamp, hour and their like. Without its vector argument the function reads the clock.
    private func evaluate(
        _ call: Call, perSample body: SampleFunctionBody, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        let signature = call.function.signature
        var parameters = StepParameters()
        var input: [StepSeries]?
        for (index, argument) in call.arguments.enumerated() {
            if signature.argument(index) == .vector {
                input = try vector(argument, on: grid, within: call.function.rawValue)
            } else {
                parameters.append(try scalar(argument, on: grid))
            }
        }
        var result = input ?? [StepSeries(labels: .empty, values: seconds(of: grid))]
        for index in result.indices {
            try checkTime()
            result[index].dropsName = true
            apply(body, to: &result[index], &parameters)
        }
        return result
    }

    private func apply(
        _ body: SampleFunctionBody, to series: inout StepSeries,
        _ parameters: inout StepParameters
    ) {
        for step in series.values.indices {
            let number = series.values[step]
            let sample: SampleValue
            if !StaleMarker.isStale(number) {
                sample = .float(number)
            } else if let histogram = series.histogram(at: step) {
                sample = .histogram(histogram)
            } else {
                continue
            }
            parameters.move(to: step)
            switch body(sample, parameters.values) {
            case nil: series.clear(at: step)
            case .float(let value):
                series.values[step] = value
                if !series.histograms.isEmpty { series.histograms[step] = nil }
            case .histogram(let value):
                series.values[step] = StaleMarker.value
                series.set(value, at: step)
            }
        }
    }

    /// The number of the only series; NaN with none or several.
    private func scalarOfVector(
        _ call: Call, on grid: StepGrid
    ) throws(QueryFailure) -> StepScalar {
        let input = try vector(call.arguments[0], on: grid, within: "scalar")
        try reserve(1, on: grid)
        var values = [Double](repeating: .nan, count: grid.count)
        var counts = [Int](repeating: 0, count: grid.count)
        for series in input {
            for step in 0..<grid.count where !StaleMarker.isStale(series.values[step]) {
                counts[step] += 1
                values[step] = counts[step] == 1 ? series.values[step] : .nan
            }
        }
        return .varying(values)
    }

    /// Of a plain selector the samples' own times, of anything else the step's.
    private func timestamp(_ call: Call, on grid: StepGrid) throws(QueryFailure) -> [StepSeries] {
        if case .vector(let selector) = call.arguments[0].unwrapped {
            return try timestamps(of: selector, on: grid)
        }
        return try vector(call.arguments[0], on: grid).map { series in
            var result = StepSeries(labels: series.labels, dropsName: true, steps: grid.count)
            for step in 0..<grid.count where series.isPresent(at: step) {
                result.values[step] = Double(grid[step]) / 1000
            }
            return result
        }
    }
}
