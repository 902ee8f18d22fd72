// Which parts of a tree are the same at every step: all their selectors have `@`, and no function
// in them reads the clock. Such a part is evaluated once. A walk of the tree, O(nodes); asked
// only when the query has an `@` at all. Any thread.

extension Expression {
    /// `@` occurs in it.
    var usesAt: Bool {
        switch self {
        case .number, .string: false
        case .vector(let selector): selector.shift.at != nil
        case .matrix(let matrix): matrix.selector.shift.at != nil
        case .subquery(let subquery): subquery.shift.at != nil || subquery.expression.usesAt
        case .call(let call): call.arguments.contains(where: \.usesAt)
        case .aggregate(let aggregation):
            aggregation.expression.usesAt || (aggregation.parameter?.usesAt ?? false)
        case .binary(let binary): binary.left.usesAt || binary.right.usesAt
        case .unary(let unary): unary.expression.usesAt
        case .parens(let inner, _): inner.usesAt
        }
    }

    /// The same value at every step.
    var isStepInvariant: Bool {
        switch self {
        case .number, .string: true
        case .vector(let selector): selector.shift.at != nil
        case .matrix(let matrix): matrix.selector.shift.at != nil
        // Without its own `@` the window moves, even over a value that does not.
        case .subquery(let subquery): subquery.shift.at != nil
        case .call(let call):
            !call.function.readsClock && call.arguments.allSatisfy(\.isStepInvariant)
        case .aggregate(let aggregation):
            aggregation.expression.isStepInvariant
                && (aggregation.parameter?.isStepInvariant ?? true)
        case .binary(let binary): binary.left.isStepInvariant && binary.right.isStepInvariant
        case .unary(let unary): unary.expression.isStepInvariant
        case .parens(let inner, _): inner.isStepInvariant
        }
    }
}

extension Function {
    /// Its result depends on the step's own time; info() looks up its series there.
    fileprivate var readsClock: Bool {
        switch self {
        case .time, .timestamp, .predictLinear, .minute, .hour, .dayOfMonth, .dayOfWeek,
            .dayOfYear, .daysInMonth, .month, .year, .info:
            true
        default: false
        }
    }
}
