// Trees back to text, in Prometheus' canonical form: one line, or lines of 100 columns for people.
// What is printed parses to the same tree, places and the order of matchers apart: matchers are
// sorted, as Prometheus does. Numbers written as durations come out as numbers. Pure; any thread.

extension Expression {
    /// The canonical form, on one line.
    public func printed() -> String {
        var result = ""
        Printer.append(self, to: &result)
        return result
    }

    /// The canonical form, broken where a part is longer than `columns`; two spaces a level.
    /// O(length x depth).
    public func pretty(columns: Int = 100) -> String {
        var result = ""
        PrettyPrinter(columns: columns).append(self, level: 0, to: &result)
        return result
    }
}

enum Printer {
    static func append(_ expression: Expression, to result: inout String) {
        switch expression {
        case .number(let value, _): result += FloatText.printed(value)
        case .string(let text, _): result += StringQuoting.quoted(text)
        case .vector(let selector):
            result += self.selector(selector) + suffix(selector.shift)
        case .matrix(let matrix):
            result += selector(matrix.selector) + "[" + duration(matrix.range) + "]"
            result += suffix(matrix.selector.shift)
        case .subquery(let subquery):
            append(subquery.expression, to: &result)
            result += suffix(subquery)
        case .call(let call):
            result += call.function.rawValue + "("
            for (index, argument) in call.arguments.enumerated() {
                if index > 0 { result += ", " }
                append(argument, to: &result)
            }
            result += ")"
        case .aggregate(let aggregation):
            result += head(aggregation) + "("
            if let parameter = aggregation.parameter {
                append(parameter, to: &result)
                result += ", "
            }
            append(aggregation.expression, to: &result)
            result += ")"
        case .binary(let binary):
            if let base = bareBase(binary) {
                result += base
            } else {
                append(binary.left, to: &result)
            }
            result += " " + middle(binary) + " "
            append(binary.right, to: &result)
        case .unary(let unary):
            result += unary.isNegative ? "-" : "+"
            append(unary.expression, to: &result)
        case .parens(let inner, _):
            result += "("
            append(inner, to: &result)
            result += ")"
        }
    }

    // MARK: - Parts that the pretty form shares

    /// A sign binds looser than `^`: `+Inf ^ 2` would read as +(Inf ^ 2).
    static func bareBase(_ binary: Binary) -> String? {
        guard binary.operation == .arithmetic(.power), case .number(.infinity, _) = binary.left
        else { return nil }
        return "Inf"
    }

    static func suffix(_ subquery: Subquery) -> String {
        let step = subquery.step.map(duration) ?? ""
        return "[" + duration(subquery.range) + ":" + step + "]" + suffix(subquery.shift)
    }

    /// `sum`, or `sum by (job) ` with the space before the parenthesis.
    static func head(_ aggregation: Aggregation) -> String {
        let names = "(" + labels(aggregation.grouping) + ") "
        if aggregation.isWithout { return aggregation.operation.rawValue + " without " + names }
        if aggregation.grouping.isEmpty { return aggregation.operation.rawValue }
        return aggregation.operation.rawValue + " by " + names
    }

    /// The operator with its modifiers.
    static func middle(_ binary: Binary) -> String {
        var result = binary.operation.text
        if case .comparison(_, returnsBool: true) = binary.operation { result += " bool" }
        guard let matching = binary.matching else { return result }
        let group: String
        switch matching.cardinality {
        case .manyToOne: group = " group_left (" + labels(matching.include) + ")"
        case .oneToMany: group = " group_right (" + labels(matching.include) + ")"
        case .oneToOne, .manyToMany: group = ""
        }
        if matching.isOn || !matching.labels.isEmpty || !group.isEmpty {
            result += (matching.isOn ? " on (" : " ignoring (") + labels(matching.labels) + ")"
        }
        return result + group
    }

    private static func labels(_ names: [String]) -> String {
        names.map(label).joined(separator: ", ")
    }

    private static func label(_ name: String) -> String {
        NameRules.isPlainLabel(name) ? name : StringQuoting.quoted(name)
    }

    // MARK: - Selectors and times

    private static func selector(_ selector: VectorSelector) -> String {
        var conditions = selector.matchers.map { matcher in
            label(matcher.label) + matcher.relation.rawValue + StringQuoting.quoted(matcher.value)
        }
        conditions.sort { $0.utf8Less(than: $1) }
        var name = selector.name ?? ""
        let clashes = selector.matchers.contains { $0.label == Labels.nameLabel }
        if clashes, !name.isEmpty {
            conditions.insert(Labels.nameLabel + "=" + StringQuoting.quoted(name), at: 0)
            name = ""
        } else if !name.isEmpty, !canStandAlone(name) {
            conditions.insert(StringQuoting.quoted(name), at: 0)
            name = ""
        }
        if conditions.isEmpty { return name.isEmpty ? "{}" : name }
        return name + "{" + conditions.joined(separator: ",") + "}"
    }

    private static func canStandAlone(_ name: String) -> Bool {
        guard NameRules.isPlainMetric(name) else { return false }
        switch name.lowercased() {
        case "inf", "nan": return false
        default: return Keyword(name)?.canNameMetric ?? true
        }
    }

    private static func suffix(_ shift: TimeShift) -> String {
        var result = ""
        switch shift.at {
        case .time(let milliseconds):
            result += " @ " + TimePrinting.seconds(milliseconds: milliseconds)
        case .start: result += " @ start()"
        case .end: result += " @ end()"
        case nil: break
        }
        if let offset = shift.offset { result += " offset " + duration(offset) }
        return result
    }

    private static func duration(_ value: DurationValue) -> String {
        switch value {
        case .literal(let milliseconds): TimePrinting.duration(milliseconds: milliseconds)
        case .number(let seconds): FloatText.printed(seconds)
        case .step: "step()"
        case .queryRange: "range()"
        case .negated(let inner, _): "-" + duration(inner)
        case .arithmetic(let left, let operation, let right, _):
            duration(left) + " " + operation.rawValue + " " + duration(right)
        case .extreme(let extreme, let left, let right, _):
            extreme.rawValue + "(" + duration(left) + ", " + duration(right) + ")"
        case .parens(let inner): "(" + duration(inner) + ")"
        }
    }
}

extension BinaryOperator {
    /// As written in a query, without modifiers.
    public var text: String {
        switch self {
        case .arithmetic(let operation): operation.rawValue
        case .comparison(let operation, _): operation.rawValue
        case .set(let operation): operation.rawValue
        }
    }
}
