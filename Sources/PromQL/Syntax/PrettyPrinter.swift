// The form for people: a part that is too long for a line is broken after its parenthesis, before
// and after its operator, and each level stands two spaces further in; what fits stays on a line.
// Layout: https://prometheus.io/docs/prometheus/latest/querying/api/#formatting-query-expressions
// Pure; any thread.

struct PrettyPrinter {
    /// A part longer than this is broken.
    let columns: Int

    func append(_ expression: Expression, level: Int, to result: inout String) {
        let margin = String(repeating: "  ", count: level)
        let line = expression.printed()
        guard line.utf8.count > columns else {
            result += margin + line
            return
        }
        switch expression {
        case .number, .string, .vector, .matrix: result += margin + line
        case .subquery(let subquery):
            append(subquery.expression, level: level, to: &result)
            result += Printer.suffix(subquery)
        case .call(let call):
            result += margin + call.function.rawValue
            append(call.arguments, level: level, to: &result)
        case .aggregate(let aggregation):
            result += margin + Printer.head(aggregation)
            let parameter = aggregation.parameter.map { [$0] } ?? []
            append(parameter + [aggregation.expression], level: level, to: &result)
        case .binary(let binary):
            if let base = Printer.bareBase(binary) {
                result += margin + "  " + base
            } else {
                append(binary.left, level: level + 1, to: &result)
            }
            result += "\n" + margin + Printer.middle(binary) + "\n"
            append(binary.right, level: level + 1, to: &result)
        case .unary(let unary):
            var inner = ""
            append(unary.expression, level: level, to: &inner)
            result += margin + (unary.isNegative ? "-" : "+") + String(inner.drop { $0 == " " })
        case .parens(let inner, _):
            result += margin
            append([inner], level: level, to: &result)
        }
    }

    /// In parentheses, a line or more for each part.
    private func append(_ parts: [Expression], level: Int, to result: inout String) {
        result += "(\n"
        for (index, part) in parts.enumerated() {
            if index > 0 { result += ",\n" }
            append(part, level: level + 1, to: &result)
        }
        result += "\n" + String(repeating: "  ", count: level) + ")"
    }
}
