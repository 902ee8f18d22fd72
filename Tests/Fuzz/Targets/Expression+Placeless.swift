// What two queries mean, to compare them: expressions without their places in the text.

import PromQL

extension PromQL.Expression {
    /// Without places, matchers in one order and NaN as a text: `==` compares what a query means.
    var placeless: PromQL.Expression {
        switch self {
        case .number(let value, _): value.isNaN ? .string("NaN", 0..<0) : .number(value, 0..<0)
        case .string(let text, _): .string(text, 0..<0)
        case .parens(let inner, _): .parens(inner.placeless, 0..<0)
        case .vector(let selector): .vector(Self.placeless(selector))
        case .matrix(var matrix):
            {
                matrix.place = 0..<0
                matrix.selector = Self.placeless(matrix.selector)
                matrix.range = matrix.range.placeless
                return .matrix(matrix)
            }()
        case .subquery(var subquery):
            {
                subquery.place = 0..<0
                subquery.expression = subquery.expression.placeless
                subquery.range = subquery.range.placeless
                subquery.step = subquery.step?.placeless
                subquery.shift.offset = subquery.shift.offset?.placeless
                return .subquery(subquery)
            }()
        case .call(var call):
            {
                call.place = 0..<0
                call.arguments = call.arguments.map(\.placeless)
                return .call(call)
            }()
        case .aggregate(var aggregation):
            {
                aggregation.place = 0..<0
                aggregation.expression = aggregation.expression.placeless
                aggregation.parameter = aggregation.parameter?.placeless
                return .aggregate(aggregation)
            }()
        case .binary(var binary):
            {
                binary.place = 0..<0
                binary.left = binary.left.placeless
                binary.right = binary.right.placeless
                return .binary(binary)
            }()
        case .unary(var unary):
            {
                unary.place = 0..<0
                unary.expression = unary.expression.placeless
                return .unary(unary)
            }()
        }
    }

    private static func placeless(_ selector: VectorSelector) -> VectorSelector {
        var selector = selector
        selector.place = 0..<0
        selector.shift.offset = selector.shift.offset?.placeless
        selector.matchers.sort { "\($0)" < "\($1)" }
        return selector
    }
}

extension DurationValue {
    fileprivate var placeless: DurationValue {
        switch self {
        case .literal, .number: self
        case .step: .step(0..<0)
        case .queryRange: .queryRange(0..<0)
        case .negated(let inner, _): .negated(inner.placeless, 0..<0)
        case .arithmetic(let left, let operation, let right, _):
            .arithmetic(left.placeless, operation, right.placeless, 0..<0)
        case .extreme(let extreme, let left, let right, _):
            .extreme(extreme, left.placeless, right.placeless, 0..<0)
        case .parens(let inner): .parens(inner.placeless)
        }
    }
}
