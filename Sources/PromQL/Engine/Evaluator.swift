// Walks the tree. Each node is evaluated once over all steps of its grid (subqueries have their own
// grid), so labels are hashed once per series and not per step. Lives for one query on one thread.
// The budget counts the columns alive: a node takes room for its result and gives back that of its
// arguments when it is done. Depth, time and samples are bounded here and nowhere else.

final class Evaluator {
    /// Nested nodes; the parser bounds its trees, this one those that are built by hand.
    static let depthMax = Parser.heightMax

    let options: EngineOptions
    let source: any SeriesSource
    let grid: StepGrid
    /// What `@ end()` means; the last step may lie before it.
    let queryEnd: Int64
    /// `@` occurs somewhere: parts of the tree may be the same at every step.
    private let usesAt: Bool

    var budget: SampleBudget
    var annotations = Annotations()
    /// Samples that the source delivered.
    var samplesRead = 0
    private var depth = 0

    init(
        _ options: EngineOptions, _ source: any SeriesSource, _ expression: Expression,
        _ grid: StepGrid, end: Int64? = nil
    ) {
        self.options = options
        self.source = source
        self.grid = grid
        queryEnd = end ?? grid.end
        usesAt = expression.usesAt
        budget = SampleBudget(limit: options.samplesMax)
        if options.timeoutNanos > 0 {
            budget.deadlineNanos = SampleBudget.monotonicNanos() &+ options.timeoutNanos
        }
        budget.isCancelled = options.isCancelled
    }

    /// `within`: the function or aggregation directly around, for the source's hints.
    func evaluate(
        _ expression: Expression, on grid: StepGrid, within: String = ""
    ) throws(QueryFailure) -> StepValue {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthMax { throw .execution("expression is nested too deeply") }
        try checkTime()
        let before = budget.taken
        let value = try invariantOrNode(expression, on: grid, within).withoutEmptySeries
        let cost = value.cost(steps: grid.count)
        if before + cost > budget.taken { try budget.take(before + cost - budget.taken) }
        budget.giveBack(budget.taken - before - cost)
        return value
    }

    /// A part that looks at fixed times only is evaluated once and repeated.
    private func invariantOrNode(
        _ expression: Expression, on grid: StepGrid, _ within: String
    ) throws(QueryFailure) -> StepValue {
        guard usesAt, grid.count > 1, expression.isStepInvariant else {
            return try node(expression, on: grid, within)
        }
        switch try node(expression, on: grid.first, within) {
        case .scalar(let scalar): return .scalar(.constant(scalar[0]))
        case .string(let text): return .string(text)
        case .vector(let series):
            try reserve(series.count, on: grid)
            return .vector(series.map { $0.repeated(grid.count) })
        }
    }

    private func node(
        _ expression: Expression, on grid: StepGrid, _ within: String
    ) throws(QueryFailure) -> StepValue {
        switch expression {
        case .number(let value, _): .scalar(.constant(value))
        case .string(let text, _): .string(text)
        case .vector(let selector): .vector(try instant(selector, on: grid, within))
        case .matrix, .subquery:
            throw .badData("range vector where an instant vector or a scalar is expected")
        case .call(let call): try evaluate(call, on: grid)
        case .aggregate(let aggregation): .vector(try evaluate(aggregation, on: grid))
        case .binary(let binary): try evaluate(binary, on: grid)
        case .unary(let unary): try evaluate(unary, on: grid)
        case .parens(let inner, _): try evaluate(inner, on: grid, within: within)
        }
    }

    // MARK: - Limits

    /// Room for columns that are about to be made.
    func reserve(_ series: Int, on grid: StepGrid) throws(QueryFailure) {
        try reserve(series, steps: grid.count)
    }

    func reserve(_ series: Int, steps: Int) throws(QueryFailure) {
        let (count, overflows) = series.multipliedReportingOverflow(by: steps)
        try budget.take(overflows ? .max : count)
    }

    /// Between series; loops inside of one say `work`.
    func checkTime() throws(QueryFailure) { try budget.checkTime() }

    /// Samples that were looked at.
    @inline(__always)
    func work(_ samples: Int) throws(QueryFailure) { try budget.work(samples) }

    // MARK: - Arguments by type (the parser has checked them)

    func vector(
        _ expression: Expression, on grid: StepGrid, within: String = ""
    ) throws(QueryFailure) -> [StepSeries] {
        guard case .vector(let series) = try evaluate(expression, on: grid, within: within) else {
            throw .badData("instant vector expected")
        }
        return series
    }

    func scalar(
        _ expression: Expression, on grid: StepGrid
    ) throws(QueryFailure) -> StepScalar {
        guard case .scalar(let scalar) = try evaluate(expression, on: grid) else {
            throw .badData("scalar expected")
        }
        return scalar
    }

    func string(_ expression: Expression) throws(QueryFailure) -> String {
        guard case .string(let text, _) = expression.unwrapped else {
            throw .badData("string expected")
        }
        return text
    }
}

extension StepValue {
    /// Series that have no value at any step do not exist.
    fileprivate var withoutEmptySeries: StepValue {
        guard case .vector(let series) = self, series.contains(where: \.isEmpty) else {
            return self
        }
        return .vector(series.filter { !$0.isEmpty })
    }
}
