// Calls and aggregations, and the lists of arguments and of label names. Counts and types of the
// arguments are checked here, against FunctionSignature and AggregationOperator.parameterType.
// Any thread.

extension Parser {
    /// name "(" arguments ")"; the name is behind us.
    mutating func call(_ name: String, at place: Place) throws(QueryError) -> Expression {
        guard let function = Function(rawValue: name) else {
            throw QueryError(
                "unknown function with name \(StringQuoting.quoted(name))", at: place.lowerBound)
        }
        let arguments = try arguments(of: function)
        let whole = place.lowerBound..<lastEnd
        try Self.check(arguments, of: function, at: place.lowerBound)
        if function == .labelReplace, let text = brokenText(of: arguments[1]) {
            throw QueryError(
                "invalid destination label name in label_replace(): \(text)", at: place.lowerBound)
        }
        try raise()
        return .call(Call(function: function, arguments: arguments, place: whole))
    }

    private static func check(
        _ arguments: [Expression], of function: Function, at start: Int
    ) throws(QueryError) {
        let signature = function.signature
        let count = signature.arguments.count
        let least = signature.arity == .exact ? count : count - 1
        let most = signature.arity == .lastRepeats ? Int.max : count
        let context = "call to function \"\(function.rawValue)\""
        if arguments.count < least || arguments.count > most {
            let (words, bound) =
                switch signature.arity {
                case .exact: ("", count)
                case .lastIsOptional, .lastRepeats:
                    arguments.count < least ? ("at least ", least) : ("at most ", most)
                }
            throw QueryError(
                "expected \(words)\(bound) argument(s) in call to \"\(function.rawValue)\", "
                    + "got \(arguments.count)", at: start)
        }
        if function == .info, arguments.count > 1, arguments[1].type == .vector {
            guard case .vector(let selector) = arguments[1], selector.name == nil else {
                throw QueryError(
                    "expected label selectors only, got vector selector instead",
                    at: arguments[1].place.lowerBound)
            }
        }
        for (index, argument) in arguments.enumerated() {
            if let type = signature.argument(index) { try expect(type, of: argument, in: context) }
        }
    }

    private static func expect(
        _ type: ValueType, of expression: Expression, in context: String
    ) throws(QueryError) {
        guard expression.type == type else {
            throw QueryError(
                "expected type \(type.rawValue) in \(context), got \(expression.type.rawValue)",
                at: expression.place.lowerBound)
        }
    }

    /// [by | without labels] "(" arguments ")" [by | without labels]; the operator is behind us.
    /// nil when none of it follows: then the word is a metric's name.
    mutating func aggregation(
        _ operation: AggregationOperator, from start: Int
    ) throws(QueryError) -> Expression? {
        var grouping = try self.grouping()
        if grouping == nil, !isNext(.leftParen) { return nil }
        guard isNext(.leftParen) else { throw unexpected(in: "aggregation") }
        let arguments = try arguments(of: nil)
        if grouping == nil { grouping = try self.grouping() }
        let whole = start..<lastEnd
        if arguments.isEmpty {
            throw QueryError("no arguments for aggregate expression provided", at: start)
        }
        let wanted = operation.parameterType == nil ? 1 : 2
        guard arguments.count == wanted else {
            throw QueryError(
                "wrong number of arguments for aggregate expression provided, "
                    + "expected \(wanted), got \(arguments.count)", at: start)
        }
        try Self.expect(.vector, of: arguments[wanted - 1], in: "aggregation expression")
        if let type = operation.parameterType {
            try Self.expect(type, of: arguments[0], in: "aggregation parameter")
        }
        if operation == .countValues, let text = brokenText(of: arguments[0]) {
            throw QueryError("invalid label name \(text)", at: start)
        }
        try raise()
        return .aggregate(
            Aggregation(
                operation: operation, expression: arguments[wanted - 1],
                parameter: wanted == 2 ? arguments[0] : nil, grouping: grouping?.labels ?? [],
                isWithout: grouping?.isWithout ?? false, place: whole))
    }

    /// A literal as written, when its escapes came to something that is no UTF-8: a label cannot be
    /// called so, and the repaired text would hide it.
    private func brokenText(of expression: Expression) -> String? {
        guard case .string(_, let place) = expression,
            lexer.repairedStrings.contains(place.lowerBound)
        else { return nil }
        return String(decoding: lexer.bytes[place], as: UTF8.self)
    }

    private mutating func grouping() throws(QueryError) -> (labels: [String], isWithout: Bool)? {
        let isWithout = try take(.without)
        if !isWithout {
            guard try take(.by) else { return nil }
        }
        return (try labelNames(), isWithout)
    }

    /// "(" (expression ("," expression)*)? ")"
    private mutating func arguments(of function: Function?) throws(QueryError) -> [Expression] {
        guard try take(.leftParen) else { throw unexpected() }
        var result: [Expression] = []
        var height = 0
        let allowedBefore = allowsEmptySelector
        while try !take(.rightParen) {
            allowsEmptySelector = function == .info && result.count == 1
            result.append(try expression())
            height = max(height, takeHeight())
            if isNext(.rightParen) { continue }
            let comma = token.place.lowerBound
            guard try take(.comma) else { throw unexpected() }
            if isNext(.rightParen) {
                throw QueryError("trailing commas not allowed in function call args", at: comma)
            }
        }
        allowsEmptySelector = allowedBefore
        noteHeight(height)
        return result
    }

    /// "(" (label ("," label)* [","])? ")"
    mutating func labelNames() throws(QueryError) -> [String] {
        guard try take(.leftParen) else { throw unexpected(in: "grouping opts", expected: "\"(\"") }
        var result: [String] = []
        while try !take(.rightParen) {
            switch token.kind {
            case .identifier(let name) where !name.contains(":"), .keyword(_, let name),
                .string(let name) where !name.isEmpty:
                result.append(name)
            case .number where token.isWord: result.append(token.text)
            default: throw unexpected(in: "grouping opts", expected: "label")
            }
            try advance()
            if isNext(.rightParen) { continue }
            guard try take(.comma) else {
                throw unexpected(in: "grouping opts", expected: "\",\" or \")\"")
            }
        }
        return result
    }
}
