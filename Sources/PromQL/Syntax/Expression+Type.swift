// What an expression yields, and where it stands in the query. Types are checked when the parser
// puts a node together, so they need no look at the whole tree; printing and evaluation rely on
// them. O(depth). Pure; any thread.

extension Expression {
    public var type: ValueType {
        switch self {
        case .number: .scalar
        case .string: .string
        case .vector, .aggregate: .vector
        case .matrix, .subquery: .matrix
        case .call(let call): call.function.signature.result
        case .binary(let binary):
            binary.left.type == .scalar && binary.right.type == .scalar ? .scalar : .vector
        case .unary(let unary): unary.expression.type
        case .parens(let inner, _): inner.type
        }
    }

    /// The bytes of the query that it was read from, modifiers included.
    public var place: Place {
        switch self {
        case .number(_, let place), .string(_, let place), .parens(_, let place): place
        case .vector(let selector): selector.place
        case .matrix(let matrix): matrix.place
        case .subquery(let subquery): subquery.place
        case .call(let call): call.place
        case .aggregate(let aggregation): aggregation.place
        case .binary(let binary): binary.place
        case .unary(let unary): unary.place
        }
    }

    /// Without the parentheses around it.
    public var unwrapped: Expression {
        var expression = self
        while case .parens(let inner, _) = expression { expression = inner }
        return expression
    }
}

extension AggregationOperator {
    /// The type of the argument before the vector; nil when there is none.
    public var parameterType: ValueType? {
        switch self {
        case .topk, .bottomk, .quantile, .limitk, .limitRatio: .scalar
        case .countValues: .string
        case .sum, .avg, .min, .max, .count, .group, .stddev, .stdvar: nil
        }
    }
}
