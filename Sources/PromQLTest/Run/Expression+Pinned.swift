// The same query with `@` on every selector: it must yield the same at any time. What
// stands inside a subquery keeps its own times, only the subquery is pinned. Any
// thread.

internal import PromQL

extension Expression {
    /// nil when the query depends on the time in other ways.
    func pinned(to time: Int64) -> Expression? {
        switch self {
        case .number, .string: return self
        case .vector(var selector):
            selector.shift.pin(to: time)
            return .vector(selector)
        case .matrix(var matrix):
            matrix.selector.shift.pin(to: time)
            return .matrix(matrix)
        case .subquery(var subquery):
            guard !subquery.expression.looksAtTheClock else { return nil }
            subquery.shift.pin(to: time)
            return .subquery(subquery)
        case .call(var call):
            guard !call.function.looksAtTheClock else { return nil }
            guard let arguments = Self.pinned(call.arguments, to: time) else { return nil }
            call.arguments = arguments
            return .call(call)
        case .aggregate(var aggregation):
            guard let inner = aggregation.expression.pinned(to: time) else { return nil }
            aggregation.expression = inner
            if let parameter = aggregation.parameter {
                guard let pinned = parameter.pinned(to: time) else { return nil }
                aggregation.parameter = pinned
            }
            return .aggregate(aggregation)
        case .binary(var binary):
            guard let left = binary.left.pinned(to: time), let right = binary.right.pinned(to: time)
            else { return nil }
            binary.left = left
            binary.right = right
            return .binary(binary)
        case .unary(var unary):
            guard let inner = unary.expression.pinned(to: time) else { return nil }
            unary.expression = inner
            return .unary(unary)
        case .parens(let inner, let place):
            return inner.pinned(to: time).map { .parens($0, place) }
        }
    }

    /// `@ start()`, `@ end()`, or a duration of `step()` or `range()`: a range query around it
    /// has others.
    var asksForQueryBounds: Bool {
        switch self {
        case .number, .string: false
        case .vector(let selector): selector.shift.isQueryBound
        case .matrix(let matrix):
            matrix.selector.shift.isQueryBound || matrix.range.isQueryBound
        case .subquery(let subquery):
            subquery.shift.isQueryBound || subquery.range.isQueryBound
                || subquery.step?.isQueryBound == true || subquery.expression.asksForQueryBounds
        case .call(let call): call.arguments.contains { $0.asksForQueryBounds }
        case .aggregate(let aggregation):
            aggregation.expression.asksForQueryBounds
                || aggregation.parameter?.asksForQueryBounds == true
        case .binary(let binary):
            binary.left.asksForQueryBounds || binary.right.asksForQueryBounds
        case .unary(let unary): unary.expression.asksForQueryBounds
        case .parens(let inner, _): inner.asksForQueryBounds
        }
    }

    private static func pinned(_ expressions: [Expression], to time: Int64) -> [Expression]? {
        let pinned = expressions.compactMap { $0.pinned(to: time) }
        return pinned.count == expressions.count ? pinned : nil
    }

    /// Somewhere in the tree; pinning at any time finds it.
    private var looksAtTheClock: Bool { pinned(to: 0) == nil }
}

extension TimeShift {
    fileprivate var isQueryBound: Bool {
        at == .start || at == .end || offset?.isQueryBound == true
    }

    /// `@ start()` and `@ end()` are the time of an instant query, so they are pinned as well.
    fileprivate mutating func pin(to time: Int64) {
        if case .time = at { return }
        at = .time(time)
    }
}

extension DurationValue {
    fileprivate var isQueryBound: Bool {
        switch self {
        case .literal, .number: false
        case .step, .queryRange: true
        case .negated(let inner, _), .parens(let inner): inner.isQueryBound
        case .arithmetic(let left, _, let right, _), .extreme(_, let left, let right, _):
            left.isQueryBound || right.isQueryBound
        }
    }
}

extension Function {
    fileprivate var looksAtTheClock: Bool {
        switch self {
        case .time, .timestamp, .predictLinear, .minute, .hour, .month, .year, .dayOfMonth,
            .dayOfWeek, .dayOfYear, .daysInMonth:
            true
        default: false
        }
    }
}
