// Range vectors and the functions over them. A subquery is its inner expression evaluated on a
// grid of its own, aligned to multiples of its step in absolute time, once for all outer steps.
// Windows slide; a body sees one at a time. One query's thread.

extension Evaluator {
    /// Of a matrix selector or a subquery, in parentheses or not.
    func rangeVector(
        _ expression: Expression, on grid: StepGrid, within: String = ""
    ) throws(QueryFailure) -> RangeVector {
        switch expression.unwrapped {
        case .matrix(let matrix):
            let range = try positiveMillis(matrix.range)
            let ends = grid.shifted(by: try resolve(matrix.selector.shift))
            let hints = SelectHints(
                start: ends.start &- range, end: ends.end, step: grid.step, range: range,
                function: within)
            let found = try select(matrix.selector.allMatchers, hints)
            return RangeVector(
                series: found.map { RangeSeries($0) }, grid: grid, ends: ends, range: range)
        case .subquery(let subquery):
            return try rangeVector(subquery, on: grid)
        default:
            throw .badData("range vector expected")
        }
    }

    private func rangeVector(
        _ subquery: Subquery, on grid: StepGrid
    ) throws(QueryFailure) -> RangeVector {
        let range = try positiveMillis(subquery.range)
        var step = options.defaultSubqueryStepMillis
        if let written = subquery.step { step = try positiveMillis(written) }
        let ends = grid.shifted(by: try resolve(subquery.shift))
        let inner = try innerGrid(from: ends.start &- range, to: ends.end, step: step)
        guard let inner else {
            return RangeVector(series: [], grid: grid, ends: ends, range: range)
        }
        let columns: [StepSeries]
        switch try evaluate(subquery.expression, on: inner) {
        case .vector(let series): columns = series
        case .scalar(let scalar):
            try reserve(1, on: inner)
            columns = [
                StepSeries(labels: .empty, values: (0..<inner.count).map { scalar[$0] })
            ]
        case .string: throw .badData("subquery over a string")
        }
        try reserve(columns.count, on: inner)
        let gridTimes = (0..<inner.count).map { inner[$0] }
        return RangeVector(
            series: columns.map { RangeSeries($0, on: inner, gridTimes: gridTimes) },
            grid: grid, ends: ends, range: range)
    }

    /// Multiples of `step` in (start, end]; nil when there are none.
    private func innerGrid(
        from start: Int64, to end: Int64, step: Int64
    ) throws(QueryFailure) -> StepGrid? {
        let remainder = start % step
        let floor = remainder < 0 ? start &- remainder &- step : start &- remainder
        let first = floor &+ step
        guard first <= end else { return nil }
        let count = (end &- first) / step + 1
        // The times alone would fill the memory, whatever the series.
        if count < 1 || count > Int64(budget.limit) { throw .tooManySamples(limit: budget.limit) }
        return StepGrid(start: first, step: step, count: Int(count))
    }

    /// Slides `body` over every series.
    func evaluate(
        _ call: Call, over body: RangeFunctionBody, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        guard let matrix = call.arguments.first(where: \.isRangeVector) else {
            throw .badData("expected a range vector in call to \(call.function.rawValue)()")
        }
        var parameters = StepParameters()
        for argument in call.arguments where !argument.isRangeVector {
            parameters.append(try scalar(argument, on: grid))
        }
        let vector = try rangeVector(matrix, on: grid, within: call.function.rawValue)
        try reserve(vector.series.count, on: grid)
        var notes = FunctionNotes()
        var result: [StepSeries] = []
        result.reserveCapacity(vector.series.count)
        for series in vector.series {
            try checkTime()
            result.append(
                slide(body, over: series, of: vector, call.function, &parameters, &notes))
            if let failure = notes.failure { throw .execution(failure) }
        }
        annotations.merge(notes.annotations)
        return result
    }

    private func slide(
        _ body: RangeFunctionBody, over series: RangeSeries, of vector: RangeVector,
        _ function: Function, _ parameters: inout StepParameters, _ notes: inout FunctionNotes
    ) -> StepSeries {
        let keepsName = function == .lastOverTime || function == .firstOverTime
        var result = StepSeries(
            labels: series.labels, dropsName: series.dropsName || !keepsName,
            steps: vector.grid.count)
        let name = series.labels.metricName
        var borders = WindowBorders()
        for step in 0..<vector.grid.count {
            let end = vector.ends[step]
            let start = end &- vector.range
            borders.slide(series, start: start, end: end)
            if borders.isEmpty { continue }
            parameters.move(to: step)
            let window = series.window(
                borders, time: vector.grid[step], start: start, end: end, name)
            switch body(window, parameters.values, &notes) {
            case nil: break
            case .float(let value): result.values[step] = value
            case .histogram(let histogram): result.set(histogram, at: step)
            }
        }
        return result
    }
}

/// The scalar arguments of a call at the step in hand. Constants are written once.
struct StepParameters {
    private(set) var values: [Double] = []
    private var varying: [(place: Int, values: [Double])] = []

    mutating func append(_ scalar: StepScalar) {
        values.append(scalar[0])
        if case .varying(let steps) = scalar { varying.append((values.count - 1, steps)) }
    }

    @inline(__always)
    mutating func move(to step: Int) {
        if varying.isEmpty { return }
        for (place, steps) in varying { values[place] = steps[step] }
    }
}

extension Expression {
    var isRangeVector: Bool {
        switch unwrapped {
        case .matrix, .subquery: true
        default: false
        }
    }
}
