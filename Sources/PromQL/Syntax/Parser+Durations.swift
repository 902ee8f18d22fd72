// Lengths of time: in ranges and subqueries, where they are positive and may be computed (`5m*2`),
// and after `offset`, where they may be negative and arithmetic stands in parentheses. Their values
// are known here only when they are literals: `step()` waits for the query. Any thread.

extension Parser {
    mutating func positiveDuration(
        in context: String, expected: String
    ) throws(QueryError) -> DurationValue {
        let start = token.place.lowerBound
        guard startsDuration else { throw unexpected(in: context, expected: expected) }
        let value = Self.settled(try durationSum(), at: start)
        let duration = try value.get()
        if case .literal(let milliseconds) = duration, milliseconds <= 0 {
            throw QueryError("duration must be greater than 0", at: start)
        }
        return duration
    }

    mutating func offsetDuration() throws(QueryError) -> DurationValue {
        let start = token.place.lowerBound
        guard startsDuration else {
            throw unexpected(in: "offset", expected: "number, duration, or step()")
        }
        let value = try signedDuration(bindsPower: false)
        return try Self.settled(value, at: start).get()
    }

    private var startsDuration: Bool {
        switch token.kind {
        case .number, .duration, .symbol(.plus), .symbol(.minus), .symbol(.leftParen): true
        case .keyword(let keyword, _): keyword.beginsDuration
        case .identifier, .string, .symbol, .end: false
        }
    }

    /// A number that stands alone is a literal of so many seconds, and a sign becomes part of it.
    private static func settled(
        _ value: DurationValue, at start: Int
    ) -> Result<DurationValue, QueryError> {
        switch value {
        case .number(let seconds):
            let milliseconds = (seconds * 1000).rounded()
            guard abs(milliseconds) <= Double(Lexer.durationMillisMax) else {
                return .failure(QueryError("duration out of range", at: start))
            }
            return .success(.literal(Int64(milliseconds)))
        default: return .success(value)
        }
    }

    /// product (("+" | "-") product)*
    private mutating func durationSum() throws(QueryError) -> DurationValue {
        try durationChain([.plus: .add, .minus: .subtract]) { parser throws(QueryError) in
            try parser.durationProduct()
        }
    }

    /// signed (("*" | "/" | "%") signed)*
    private mutating func durationProduct() throws(QueryError) -> DurationValue {
        try durationChain([.times: .multiply, .slash: .divide, .percent: .modulo]) {
            parser throws(QueryError) in
            try parser.signedDuration(bindsPower: true)
        }
    }

    private mutating func durationChain(
        _ operators: [Symbol: ArithmeticOperator],
        _ part: (inout Parser) throws(QueryError) -> DurationValue
    ) throws(QueryError) -> DurationValue {
        let start = token.place.lowerBound
        var left = try part(&self)
        var length = 0
        while case .symbol(let symbol) = token.kind, let operation = operators[symbol] {
            let place = token.place.lowerBound
            try advance()
            let right = try part(&self)
            length += 1
            if length > Self.nestingMax {
                throw QueryError(
                    "a duration chains more than \(Self.nestingMax) operations", at: place)
            }
            if case .number(0) = right, operation == .divide || operation == .modulo {
                let words = operation == .divide ? "division" : "modulo"
                throw QueryError(words + " by zero", at: place)
            }
            left = .arithmetic(left, operation, right, span(from: start, left, right))
        }
        return left
    }

    /// [sign] operand ["^" signed]
    private mutating func signedDuration(bindsPower: Bool) throws(QueryError) -> DurationValue {
        let start = token.place.lowerBound
        let isNegative = isNext(.minus)
        if isNegative || isNext(.plus) {
            try advance()
            let inner = try nested { parser throws(QueryError) in
                try parser.signedDuration(bindsPower: bindsPower)
            }
            guard isNegative else { return inner }
            switch inner {
            case .literal(let milliseconds): return .literal(-milliseconds)
            case .number(let seconds): return .number(-seconds)
            default: return .negated(inner, start..<(inner.place?.upperBound ?? lastEnd))
            }
        }
        let base = try durationOperand()
        guard bindsPower, try take(.caret) else { return base }
        let exponent = try nested { parser throws(QueryError) in
            try parser.signedDuration(bindsPower: true)
        }
        return .arithmetic(base, .power, exponent, span(from: start, base, exponent))
    }

    /// number | duration | ("step" | "range") "(" ")" | ("min" | "max") "(" sum "," sum ")"
    /// | "(" sum ")"
    private mutating func durationOperand() throws(QueryError) -> DurationValue {
        switch token.kind {
        case .number(let seconds):
            try advance()
            return .number(seconds)
        case .duration(let milliseconds):
            try advance()
            return .literal(milliseconds)
        case .keyword(let keyword, _) where keyword.beginsDuration:
            return try durationCall(keyword)
        case .symbol(.leftParen):
            try advance()
            let inner = try nested { parser throws(QueryError) in try parser.durationSum() }
            guard try take(.rightParen) else { throw unexpected() }
            return .parens(inner)
        case .identifier, .keyword, .string, .symbol, .end: throw unexpected()
        }
    }

    /// From the first operand to the last, parentheses around them apart.
    private func span(from start: Int, _ left: DurationValue, _ right: DurationValue) -> Place {
        (left.place?.lowerBound ?? start)..<(right.place?.upperBound ?? lastEnd)
    }

    private mutating func durationCall(_ keyword: Keyword) throws(QueryError) -> DurationValue {
        let start = token.place.lowerBound
        try advance()
        guard try take(.leftParen) else { throw unexpected() }
        if keyword == .step || keyword == .range {
            guard try take(.rightParen) else { throw unexpected() }
            let place = start..<lastEnd
            return keyword == .step ? .step(place) : .queryRange(place)
        }
        let extreme: DurationExtreme = keyword == .aggregation(.min) ? .min : .max
        let left = try nested { parser throws(QueryError) in try parser.durationSum() }
        guard try take(.comma) else { throw unexpected() }
        let right = try nested { parser throws(QueryError) in try parser.durationSum() }
        guard try take(.rightParen) else { throw unexpected() }
        return .extreme(extreme, left, right, start..<lastEnd)
    }
}

extension Keyword {
    /// Of a length of time that is computed.
    fileprivate var beginsDuration: Bool {
        switch self {
        case .step, .range, .aggregation(.min), .aggregation(.max): true
        default: false
        }
    }
}
