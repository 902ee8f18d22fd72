// What stands between operators: literals, selectors, calls, aggregations and parentheses, with the
// modifiers that may follow (ranges, subqueries, offset, @). Modifiers bind tighter than any
// operator, signs included. Any thread.

extension Parser {
    mutating func operand() throws(QueryError) -> Expression {
        var result = try primary()
        while true {
            switch token.kind {
            case .symbol(.leftBracket): result = try bracketed(result)
            case .symbol(.at): result = try timed(result)
            case .keyword(.offset, _): result = try shifted(result)
            default: return result
            }
        }
    }

    private mutating func primary() throws(QueryError) -> Expression {
        let place = token.place
        _ = takeHeight()
        switch token.kind {
        case .number(let value):
            try advance()
            return .number(value, place)
        case .duration(let milliseconds):
            try advance()
            return .number(Double(milliseconds) / 1000, place)
        case .string(let text):
            try advance()
            return .string(text, place)
        case .symbol(.leftParen):
            try advance()
            let inner = try expression()
            guard try take(.rightParen) else { throw unexpected() }
            try raise()
            return .parens(inner, place.lowerBound..<lastEnd)
        case .symbol(.leftBrace): return .vector(try vectorSelector())
        case .identifier(let name):
            try advance()
            if isNext(.leftParen) { return try call(name, at: place) }
            return .vector(try vectorSelector(named: name, from: place.lowerBound))
        case .keyword(let keyword, let name):
            let unexpected = self.unexpected()
            try advance()
            if case .aggregation(let operation) = keyword,
                let grouped = try aggregation(
                    operation, from: place.lowerBound)
            {
                return grouped
            }
            guard keyword.canNameMetric else { throw unexpected }
            return .vector(try vectorSelector(named: name, from: place.lowerBound))
        case .symbol, .end: throw unexpected()
        }
    }

    // MARK: - After the operand

    /// "[" duration "]" | "[" duration ":" [duration] "]"
    private mutating func bracketed(_ inner: Expression) throws(QueryError) -> Expression {
        let start = inner.place.lowerBound
        let bracket = token.place.lowerBound
        try advance()
        let range = try positiveDuration(in: "subquery or range selector", expected: "duration")
        if try take(.rightBracket) {
            guard case .vector(let selector) = inner else {
                throw QueryError("ranges only allowed for vector selectors", at: bracket)
            }
            for (modifier, isThere) in [
                ("offset", selector.shift.offset != nil), ("@", selector.shift.at != nil),
            ] where isThere {
                throw QueryError("no \(modifier) modifiers allowed before range", at: bracket)
            }
            try raise()
            return .matrix(
                MatrixSelector(selector: selector, range: range, place: start..<lastEnd))
        }
        guard try take(.colon) else {
            throw unexpected(in: "subquery or range", expected: "\":\" or \"]\"")
        }
        var step: DurationValue?
        if !isNext(.rightBracket) {
            step = try positiveDuration(in: "subquery selector", expected: "duration or \"]\"")
        }
        guard try take(.rightBracket) else {
            throw unexpected(in: "subquery selector", expected: "\"]\"")
        }
        guard inner.type == .vector else {
            throw QueryError(
                "subquery is only allowed on instant vector, got \(inner.type.rawValue) instead",
                at: start)
        }
        try raise()
        return .subquery(
            Subquery(
                expression: inner, range: range, step: step, shift: TimeShift(),
                place: start..<lastEnd))
    }

    /// "offset" duration
    private mutating func shifted(_ inner: Expression) throws(QueryError) -> Expression {
        try advance()
        let offset = try offsetDuration()
        return try modified(inner, "offset modifier") { shift throws(QueryError) in
            if shift.offset != nil {
                throw QueryError(
                    "offset may not be set multiple times", at: inner.place.lowerBound)
            }
            shift.offset = offset
        }
    }

    /// "@" (number | start() | end())
    private mutating func timed(_ inner: Expression) throws(QueryError) -> Expression {
        try advance()
        let at = try timestamp(for: inner)
        return try modified(inner, "@ modifier") { shift throws(QueryError) in
            if shift.at != nil {
                throw QueryError(
                    "@ <timestamp> may not be set multiple times", at: inner.place.lowerBound)
            }
            shift.at = at
        }
    }

    private mutating func timestamp(
        for inner: Expression
    ) throws(QueryError) -> TimeShift.At {
        for (keyword, at) in [(Keyword.start, TimeShift.At.start), (.end, .end)] {
            if try take(keyword) {
                guard try take(.leftParen), try take(.rightParen) else {
                    throw unexpected(in: "@", expected: "timestamp")
                }
                return at
            }
        }
        let isNegative = isNext(.minus)
        if isNegative || isNext(.plus) { try advance() }
        let seconds: Double
        switch token.kind {
        case .number(let value): seconds = value
        case .duration(let milliseconds): seconds = Double(milliseconds) / 1000
        default: throw unexpected(in: "@", expected: "timestamp")
        }
        try advance()
        let milliseconds = ((isNegative ? -seconds : seconds) * 1000).rounded()
        guard let time = Int64(exactly: milliseconds) else {
            let shown = FloatText.sixDecimals(isNegative ? -seconds : seconds)
            throw QueryError(
                "timestamp out of bounds for @ modifier: \(shown)", at: inner.place.lowerBound)
        }
        return .time(time)
    }

    /// Changes the time shift of what has one; its place grows to the end of the modifier.
    private func modified(
        _ inner: Expression, _ words: String,
        _ change: (inout TimeShift) throws(QueryError) -> Void
    ) throws(QueryError) -> Expression {
        let place = inner.place.lowerBound..<lastEnd
        switch inner {
        case .vector(var selector):
            try change(&selector.shift)
            selector.place = place
            return .vector(selector)
        case .matrix(var matrix):
            try change(&matrix.selector.shift)
            matrix.place = place
            return .matrix(matrix)
        case .subquery(var subquery):
            try change(&subquery.shift)
            subquery.place = place
            return .subquery(subquery)
        case .number, .string, .call, .aggregate, .binary, .unary, .parens:
            throw QueryError(
                words + " must be preceded by an instant vector selector or range vector selector"
                    + " or a subquery", at: inner.place.lowerBound)
        }
    }
}
