// Range vectors and the functions over them. A subquery is its inner expression evaluated on a
// grid of its own, aligned to multiples of its step in absolute time, once for all outer steps.
// Windows slide; a body sees one at a time. One query's thread.

extension Evaluator {
    /// Calls `body` with each series of a matrix selector or a subquery, in parentheses or not.
    func forEachSeries(
        of expression: Expression, on grid: StepGrid, within: String = "",
        _ body: (RangeSeries, RangeShape) throws(QueryFailure) -> Void
    ) throws(QueryFailure) {
        switch expression.unwrapped {
        case .matrix(let matrix):
            let range = try positiveMillis(matrix.range)
            let ends = grid.shifted(by: try resolve(matrix.selector.shift))
            let shape = RangeShape(grid: grid, ends: ends, range: range)
            let hints = SelectHints(
                start: ends.start &- range, end: ends.end, step: grid.step, range: range,
                function: within)
            try forEachSeries(matrix.selector.allMatchers, hints) {
                series throws(QueryFailure) in
                try body(RangeSeries(series), shape)
            }
        case .subquery(let subquery): try forEachSeries(of: subquery, on: grid, body)
        default:
            throw .badData("range vector expected")
        }
    }

    private func forEachSeries(
        of subquery: Subquery, on grid: StepGrid,
        _ body: (RangeSeries, RangeShape) throws(QueryFailure) -> Void
    ) throws(QueryFailure) {
        let range = try positiveMillis(subquery.range)
        var step = options.defaultSubqueryStepMillis
        if let written = subquery.step { step = try positiveMillis(written) }
        let ends = grid.shifted(by: try resolve(subquery.shift))
        let inner = try innerGrid(from: ends.start &- range, to: ends.end, step: step)
        guard let inner else { return }
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
        let shape = RangeShape(grid: grid, ends: ends, range: range)
        for column in columns {
            try body(RangeSeries(column, on: inner, gridTimes: gridTimes), shape)
        }
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
        var notes = FunctionNotes()
        var result: [StepSeries] = []
        var table = WindowTable()
        try forEachSeries(of: matrix, on: grid, within: call.function.rawValue) {
            (series, shape) throws(QueryFailure) in
            try reserve(1, on: grid)
            try table.prepare(series, shape, &budget)
            result.append(
                try slide(body, over: series, shape, table, call.function, &parameters, &notes))
            if let failure = notes.failure { throw .execution(failure) }
        }
        budget.giveBack(table.cost)
        annotations.merge(notes.annotations)
        return result
    }

    private func slide(
        _ body: RangeFunctionBody, over series: RangeSeries, _ shape: RangeShape,
        _ table: WindowTable, _ function: Function, _ parameters: inout StepParameters,
        _ notes: inout FunctionNotes
    ) throws(QueryFailure) -> StepSeries {
        let keepsName = function == .lastOverTime || function == .firstOverTime
        var result = StepSeries(
            labels: series.labels, dropsName: series.dropsName || !keepsName,
            steps: shape.grid.count)
        let name = series.labels.metricName
        let isGrowth = function == .rate || function == .increase
        let drops = isGrowth ? CounterDrops(series.values[...]) : nil
        var borders = WindowBorders()
        for step in 0..<shape.grid.count {
            let end = shape.ends[step]
            let start = end &- shape.range
            borders.move(to: step, of: table, series, start: start, end: end)
            if borders.isEmpty { continue }
            parameters.move(to: step)
            var window = series.window(
                borders, time: shape.grid[step], start: start, end: end, name)
            window.drops = drops
            // What is known of a counter's drops need not be looked for in each window.
            try work(drops == nil ? borders.count : 1)
            switch body(window, parameters.values, &notes) {
            case nil: break
            case .float(let value): result.values[step] = value
            case .histogram(let histogram):
                try budget.take(histogram.ownCost)
                result.set(histogram, at: step)
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
