// The syntax tree of PromQL (Prometheus v3.5). The parser makes it, checks its types and gives
// every node its place; the printer writes it back; the evaluator walks it. Its height is bounded
// by `Parser.heightMax`, so walks may recurse. A value, any thread.

/// UTF-8 bytes of the query, for carets and annotations.
public typealias Place = Range<Int>

public indirect enum Expression: Sendable, Equatable {
    case number(Double, Place)
    case string(String, Place)
    case vector(VectorSelector)
    case matrix(MatrixSelector)
    case subquery(Subquery)
    case call(Call)
    case aggregate(Aggregation)
    case binary(Binary)
    case unary(Unary)
    case parens(Expression, Place)
}

public enum ValueType: String, Sendable, Equatable {
    case scalar
    case string
    case vector = "instant vector"
    case matrix = "range vector"
}

/// A length of time in a query: a literal, or arithmetic that is known once the step is.
public indirect enum DurationValue: Sendable, Equatable {
    /// Milliseconds; negative only in an offset.
    case literal(Int64)
    /// A bare number of seconds inside arithmetic.
    case number(Double)
    /// `step()`: the query's step; 0 for an instant query.
    case step(Place)
    /// `range()`: from the query's start to its end; 0 for an instant query.
    case queryRange(Place)
    case negated(DurationValue, Place)
    case arithmetic(DurationValue, ArithmeticOperator, DurationValue, Place)
    /// `min(a, b)` and `max(a, b)`.
    case extreme(DurationExtreme, DurationValue, DurationValue, Place)
    case parens(DurationValue)

    /// Of what is computed; nil for a literal.
    var place: Place? {
        switch self {
        case .literal, .number: nil
        case .step(let place), .queryRange(let place), .negated(_, let place),
            .arithmetic(_, _, _, let place), .extreme(_, _, _, let place):
            place
        case .parens(let inner): inner.place
        }
    }
}

public enum DurationExtreme: String, Sendable, Equatable {
    case min, max
}

/// `offset` and `@`.
public struct TimeShift: Sendable, Equatable {
    public enum At: Sendable, Equatable {
        /// Unix milliseconds.
        case time(Int64)
        case start
        case end
    }

    public var offset: DurationValue?
    public var at: At?

    public init(offset: DurationValue? = nil, at: At? = nil) {
        self.offset = offset
        self.at = at
    }
}

/// `selector[5m]`.
public struct MatrixSelector: Sendable, Equatable {
    public var selector: VectorSelector
    public var range: DurationValue
    public var place: Place
}

/// `expression[1h:5m]`; no step: the engine's default.
public struct Subquery: Sendable, Equatable {
    public var expression: Expression
    public var range: DurationValue
    public var step: DurationValue?
    public var shift: TimeShift
    public var place: Place
}

public struct Call: Sendable, Equatable {
    public var function: Function
    public var arguments: [Expression]
    public var place: Place
}

public enum AggregationOperator: String, Sendable, Equatable, CaseIterable {
    case sum, avg, min, max, count, group, topk, bottomk, quantile, stddev, stdvar
    case countValues = "count_values"
    case limitk
    case limitRatio = "limit_ratio"
}

public struct Aggregation: Sendable, Equatable {
    public var operation: AggregationOperator
    public var expression: Expression
    /// Of topk, bottomk, quantile, count_values, limitk, limit_ratio.
    public var parameter: Expression?
    /// Label names of `by` or `without`.
    public var grouping: [String]
    public var isWithout: Bool
    public var place: Place
}

public enum ArithmeticOperator: String, Sendable, Equatable, CaseIterable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
    case power = "^"
    case atan2
}

public enum ComparisonOperator: String, Sendable, Equatable, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case greater = ">"
    case less = "<"
    case greaterOrEqual = ">="
    case lessOrEqual = "<="
}

public enum SetOperator: String, Sendable, Equatable, CaseIterable {
    case and, or, unless
}

public enum BinaryOperator: Sendable, Equatable {
    case arithmetic(ArithmeticOperator)
    case comparison(ComparisonOperator, returnsBool: Bool)
    case set(SetOperator)
}

/// How two vectors find each other.
public struct VectorMatching: Sendable, Equatable {
    public enum Cardinality: Sendable, Equatable {
        case oneToOne
        /// group_left
        case manyToOne
        /// group_right
        case oneToMany
        /// and, or, unless
        case manyToMany
    }

    public var cardinality: Cardinality
    /// Label names of `on` or `ignoring`.
    public var labels: [String]
    /// `on` was written; false: `ignoring`, or nothing.
    public var isOn: Bool
    /// Labels that group_left or group_right copies from the one side.
    public var include: [String]
}

public struct Binary: Sendable, Equatable {
    public var operation: BinaryOperator
    public var left: Expression
    public var right: Expression
    /// nil unless both sides are vectors.
    public var matching: VectorMatching?
    public var place: Place
}

public struct Unary: Sendable, Equatable {
    public var isNegative: Bool
    public var expression: Expression
    public var place: Place
}
