// What each function takes and gives (Prometheus v3.5): the parser refuses calls that do not fit,
// so that bodies need not look. Pure; any thread.
// Facts: https://prometheus.io/docs/prometheus/latest/querying/functions/

/// The types of a call.
public struct FunctionSignature: Sendable, Equatable {
    /// How many arguments there may be, beside one for each type.
    public enum Arity: Sendable, Equatable {
        case exact
        /// The last one may be left out.
        case lastIsOptional
        /// The last one may be left out, or be there any number of times.
        case lastRepeats
    }

    public let arguments: [ValueType]
    public let arity: Arity
    public let result: ValueType

    init(_ arguments: [ValueType], _ arity: Arity = .exact, gives result: ValueType = .vector) {
        self.arguments = arguments
        self.arity = arity
        self.result = result
    }

    /// The type of the argument at `index`, which may be one of the repeated ones.
    public func argument(_ index: Int) -> ValueType? {
        if index < arguments.count { return arguments[index] }
        return arity == .lastRepeats ? arguments.last : nil
    }
}

extension Function {
    public var signature: FunctionSignature {
        switch self {
        case .abs, .absent, .acos, .acosh, .asin, .asinh, .atan, .atanh, .ceil, .cos, .cosh, .deg,
            .exp, .floor, .histogramAvg, .histogramCount, .histogramStddev, .histogramStdvar,
            .histogramSum, .ln, .log10, .log2, .rad, .sgn, .sin, .sinh, .sort, .sortDesc, .sqrt,
            .tan, .tanh, .timestamp:
            FunctionSignature([.vector])
        case .absentOverTime, .avgOverTime, .changes, .countOverTime, .delta, .deriv,
            .firstOverTime, .idelta, .increase, .irate, .lastOverTime, .madOverTime, .maxOverTime,
            .minOverTime,
            .presentOverTime, .rate, .resets, .stddevOverTime, .stdvarOverTime, .sumOverTime,
            .tsOfFirstOverTime, .tsOfLastOverTime, .tsOfMaxOverTime, .tsOfMinOverTime:
            FunctionSignature([.matrix])
        case .dayOfMonth, .dayOfWeek, .dayOfYear, .daysInMonth, .hour, .minute, .month, .year:
            FunctionSignature([.vector], .lastIsOptional)
        case .clamp: FunctionSignature([.vector, .scalar, .scalar])
        case .clampMax, .clampMin: FunctionSignature([.vector, .scalar])
        case .doubleExponentialSmoothing: FunctionSignature([.matrix, .scalar, .scalar])
        case .histogramFraction: FunctionSignature([.scalar, .scalar, .vector])
        case .histogramQuantile: FunctionSignature([.scalar, .vector])
        case .info: FunctionSignature([.vector, .vector], .lastIsOptional)
        case .labelJoin: FunctionSignature([.vector, .string, .string, .string], .lastRepeats)
        case .labelReplace: FunctionSignature([.vector, .string, .string, .string, .string])
        case .pi, .time: FunctionSignature([], gives: .scalar)
        case .predictLinear: FunctionSignature([.matrix, .scalar])
        case .quantileOverTime: FunctionSignature([.scalar, .matrix])
        case .round: FunctionSignature([.vector, .scalar], .lastIsOptional)
        case .scalar: FunctionSignature([.vector], gives: .scalar)
        case .sortByLabel, .sortByLabelDesc: FunctionSignature([.vector, .string], .lastRepeats)
        case .vector: FunctionSignature([.scalar])
        }
    }
}
