// Binary and unary operators. Precedence, loosest first: or; and, unless; comparisons; + -; * / %
// atan2 and signs; ^, which alone binds to the right. A chain is a loop, so only ^, signs and
// parentheses recurse. Any thread.

/// How tight an operator binds.
private enum Precedence: Int {
    case either = 1
    case both
    case comparison
    case sum
    case product
    case power
}

/// The words between two operands that say how vectors match.
private struct Modifiers {
    var bool: Place?
    var matching = VectorMatching(cardinality: .oneToOne, labels: [], isOn: false, include: [])
}

extension Parser {
    mutating func expression() throws(QueryError) -> Expression {
        try nested { parser throws(QueryError) in try parser.operation(atLeast: .either) }
    }

    /// operand (operator [modifiers] operand)*, as far as operators bind tight enough.
    private mutating func operation(
        atLeast floor: Precedence
    ) throws(QueryError) -> Expression {
        var left = try signed()
        while let (operation, precedence) = nextOperator, precedence.rawValue >= floor.rawValue {
            let leftHeight = takeHeight()
            let operatorPlace = token.place
            try advance()
            let modifiers = try self.modifiers()
            let right: Expression
            if precedence == .power {
                right = try nested { parser throws(QueryError) in
                    try parser.operation(atLeast: .power)
                }
            } else {
                let next = Precedence(rawValue: precedence.rawValue + 1) ?? .power
                right = try self.operation(atLeast: next)
            }
            try raise(over: leftHeight)
            left = .binary(
                try Self.checked(operation, left, right, modifiers, at: operatorPlace))
        }
        return left
    }

    private var nextOperator: (BinaryOperator, Precedence)? {
        switch token.kind {
        case .keyword(.set(.or), _): (.set(.or), .either)
        case .keyword(.set(let operation), _): (.set(operation), .both)
        case .keyword(.atan2, _): (.arithmetic(.atan2), .product)
        case .symbol(let symbol):
            if let comparison = ComparisonOperator(rawValue: symbol.rawValue) {
                (.comparison(comparison, returnsBool: false), .comparison)
            } else {
                switch symbol {
                case .plus: (.arithmetic(.add), .sum)
                case .minus: (.arithmetic(.subtract), .sum)
                case .times: (.arithmetic(.multiply), .product)
                case .slash: (.arithmetic(.divide), .product)
                case .percent: (.arithmetic(.modulo), .product)
                case .caret: (.arithmetic(.power), .power)
                default: nil
                }
            }
        case .identifier, .keyword, .number, .duration, .string, .end: nil
        }
    }

    /// A sign binds as tight as `*`: -a^b is -(a^b). A signed number is a number.
    private mutating func signed() throws(QueryError) -> Expression {
        let isNegative = isNext(.minus)
        guard isNegative || isNext(.plus) else { return try operand() }
        let start = token.place.lowerBound
        try advance()
        let inner = try nested { parser throws(QueryError) in
            try parser.operation(atLeast: .power)
        }
        let place = start..<lastEnd
        if case .number(let value, _) = inner { return .number(isNegative ? -value : value, place) }
        guard inner.type == .scalar || inner.type == .vector else {
            throw QueryError(
                "unary expression only allowed on expressions of type scalar or instant vector, "
                    + "got \"\(inner.type.rawValue)\"", at: start)
        }
        try raise()
        return .unary(Unary(isNegative: isNegative, expression: inner, place: place))
    }

    /// [bool] [on | ignoring labels [group_left | group_right [labels]]]
    private mutating func modifiers() throws(QueryError) -> Modifiers {
        var result = Modifiers()
        let start = token.place
        if try take(.bool) { result.bool = start }
        let isOn = try take(.on)
        if !isOn {
            guard try take(.ignoring) else { return result }
        }
        result.matching.isOn = isOn
        result.matching.labels = try labelNames()
        if try take(.groupLeft) {
            result.matching.cardinality = .manyToOne
        } else if try take(.groupRight) {
            result.matching.cardinality = .oneToMany
        } else {
            return result
        }
        if isNext(.leftParen) { result.matching.include = try labelNames() }
        return result
    }

    private static func checked(
        _ operation: BinaryOperator, _ left: Expression, _ right: Expression,
        _ modifiers: Modifiers, at operatorPlace: Place
    ) throws(QueryError) -> Binary {
        let types = (left.type, right.type)
        let place = left.place.lowerBound..<right.place.upperBound
        var matching = modifiers.matching
        var operation = operation
        switch operation {
        case .comparison(let comparison, _):
            guard modifiers.bool != nil || types != (.scalar, .scalar) else {
                throw QueryError(
                    "comparisons between scalars must use BOOL modifier",
                    at: operatorPlace.lowerBound)
            }
            operation = .comparison(comparison, returnsBool: modifiers.bool != nil)
        case .arithmetic, .set:
            if modifiers.bool != nil {
                throw QueryError(
                    "bool modifier can only be used on comparison operators",
                    at: operatorPlace.lowerBound)
            }
        }
        if matching.isOn, let both = matching.labels.first(where: matching.include.contains) {
            throw QueryError(
                "label \(StringQuoting.quoted(both)) must not occur in ON and GROUP clause at once",
                at: operatorPlace.lowerBound)
        }
        for side in [left, right] where side.type != .scalar && side.type != .vector {
            throw QueryError(
                "binary expression must contain only scalar and instant vector types",
                at: side.place.lowerBound)
        }
        let areVectors = types == (.vector, .vector)
        if !areVectors, !matching.labels.isEmpty {
            throw QueryError(
                "vector matching only allowed between instant vectors", at: place.lowerBound)
        }
        if case .set(let set) = operation {
            guard areVectors else {
                throw QueryError(
                    "set operator \"\(set.rawValue)\" not allowed in binary scalar expression",
                    at: place.lowerBound)
            }
            guard matching.cardinality == .oneToOne else {
                throw QueryError(
                    "no grouping allowed for \"\(set.rawValue)\" operation", at: place.lowerBound)
            }
            matching.cardinality = .manyToMany
        }
        return Binary(
            operation: operation, left: left, right: right, matching: areVectors ? matching : nil,
            place: place)
    }
}
