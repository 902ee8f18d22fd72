// The syntax tree as JSON, in the field names of Prometheus' /api/v1/parse_query, so that a user
// interface made for it can draw the tree. Times are milliseconds; a computed length of time counts
// as 0, since it is known only once a query runs. Pure; any thread.

extension Expression {
    /// The tree as one JSON object.
    public func json() -> String {
        var writer = TreeJSON()
        writer.append(self)
        return writer.text
    }
}

private struct TreeJSON {
    var text = ""

    mutating func append(_ expression: Expression) {
        switch expression {
        case .number(let value, _):
            open("numberLiteral")
            string("val", FloatText.plain(value))
        case .string(let value, _):
            open("stringLiteral")
            string("val", value)
        case .vector(let selector):
            open("vectorSelector")
            self.selector(selector)
        case .matrix(let matrix):
            open("matrixSelector")
            raw("range", Self.milliseconds(matrix.range))
            selector(matrix.selector)
        case .subquery(let subquery):
            open("subquery")
            child("expr", subquery.expression)
            raw("range", Self.milliseconds(subquery.range))
            raw("step", subquery.step.map(Self.milliseconds) ?? "0")
            shift(subquery.shift)
        case .call(let call): self.call(call)
        case .aggregate(let aggregation):
            open("aggregation")
            string("op", aggregation.operation.rawValue)
            child("expr", aggregation.expression)
            child("param", aggregation.parameter)
            raw("grouping", Self.list(aggregation.grouping))
            raw("without", String(aggregation.isWithout))
        case .binary(let binary): self.binary(binary)
        case .unary(let unary):
            open("unaryExpr")
            string("op", unary.isNegative ? "-" : "+")
            child("expr", unary.expression)
        case .parens(let inner, _):
            open("parenExpr")
            child("expr", inner)
        }
        text += "}"
    }

    private mutating func call(_ call: Call) {
        open("call")
        let function = call.function
        let signature = function.signature
        let variadic =
            switch signature.arity {
            case .exact: "0"
            case .lastIsOptional: "1"
            case .lastRepeats: "-1"
            }
        key("func")
        text += "{\"name\":" + Self.quoted(function.rawValue)
        raw("argTypes", Self.list(signature.arguments.map(Self.name)))
        raw("variadic", variadic)
        string("returnType", Self.name(signature.result))
        text += "}"
        key("args")
        text += "["
        for (index, argument) in call.arguments.enumerated() {
            if index > 0 { text += "," }
            append(argument)
        }
        text += "]"
    }

    private mutating func binary(_ binary: Binary) {
        open("binaryExpr")
        string("op", binary.operation.text)
        child("lhs", binary.left)
        child("rhs", binary.right)
        key("matching")
        if let matching = binary.matching {
            text += "{\"card\":" + Self.quoted(matching.cardinality.words)
            raw("labels", Self.list(matching.labels))
            raw("on", String(matching.isOn))
            raw("include", Self.list(matching.include))
            text += "}"
        } else {
            text += "null"
        }
        var returnsBool = false
        if case .comparison(_, let value) = binary.operation { returnsBool = value }
        raw("bool", String(returnsBool))
    }

    private mutating func selector(_ selector: VectorSelector) {
        string("name", selector.name ?? "")
        key("matchers")
        text += "["
        var matchers = selector.matchers
        if let name = selector.name { matchers.append(.name(name)) }
        for (index, matcher) in matchers.enumerated() {
            text += (index > 0 ? "," : "") + "{\"name\":" + Self.quoted(matcher.label)
            string("value", matcher.value)
            string("type", matcher.relation.rawValue)
            text += "}"
        }
        text += "]"
        shift(selector.shift)
    }

    private mutating func shift(_ shift: TimeShift) {
        raw("offset", shift.offset.map(Self.milliseconds) ?? "0")
        switch shift.at {
        case .time(let milliseconds):
            raw("timestamp", String(milliseconds))
            raw("startOrEnd", "null")
        case .start, .end:
            raw("timestamp", "null")
            string("startOrEnd", shift.at == .start ? "start" : "end")
        case nil:
            raw("timestamp", "null")
            raw("startOrEnd", "null")
        }
    }

    // MARK: - JSON

    private mutating func open(_ type: String) { text += "{\"type\":" + Self.quoted(type) }
    private mutating func key(_ name: String) { text += ",\"" + name + "\":" }

    private mutating func raw(_ name: String, _ value: String) {
        key(name)
        text += value
    }

    private mutating func string(_ name: String, _ value: String) {
        raw(name, Self.quoted(value))
    }

    private mutating func child(_ name: String, _ expression: Expression?) {
        key(name)
        if let expression { append(expression) } else { text += "null" }
    }

    private static func list(_ names: [String]) -> String {
        "[" + names.map(quoted).joined(separator: ",") + "]"
    }

    private static func quoted(_ value: String) -> String {
        var result = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..."\u{1f}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u00" + (hex.utf8.count == 1 ? "0" : "") + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func milliseconds(_ value: DurationValue) -> String {
        if case .literal(let milliseconds) = value { return String(milliseconds) }
        return "0"
    }

    private static func name(_ type: ValueType) -> String {
        switch type {
        case .scalar: "scalar"
        case .string: "string"
        case .vector: "vector"
        case .matrix: "matrix"
        }
    }
}

extension VectorMatching.Cardinality {
    fileprivate var words: String {
        switch self {
        case .oneToOne: "one-to-one"
        case .manyToOne: "many-to-one"
        case .oneToMany: "one-to-many"
        case .manyToMany: "many-to-many"
        }
    }
}
