// Whole expressions: trees by how they print with every operation in parentheses, types, places and
// modifiers; what is refused, where, and in which words.

import Testing

@testable import PromQL

@Suite struct ParserTests {
    @Test(arguments: [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("2 ^ 3 ^ 2", "(2 ^ (3 ^ 2))"),
        ("-1 ^ 2", "-((1 ^ 2))"),
        ("2 ^ -1 * 3", "((2 ^ -1) * 3)"),
        ("-a * b", "(-(a) * b)"),
        ("a or b and c unless d", "(a or ((b and c) unless d))"),
        ("a == b + c", "(a == (b + c))"),
        ("a < b == c", "((a < b) == c)"),
        ("a % b atan2 c / d", "(((a % b) atan2 c) / d)"),
        ("a >= bool 1 != bool b", "((a >= bool 1) != bool b)"),
        ("a ^ b offset 5m", "(a ^ b offset 5m)"),
        ("a and b or c", "((a and b) or c)"),
        ("a AND ON(x) b", "(a and on (x) b)"),
        ("--a", "-(-(a))"),
        ("-1", "-1"),
        ("+a", "+(a)"),
    ])
    func binds(text: String, expected: String) throws {
        #expect(Self.explicit(try Parser.expression(text)) == expected)
    }

    private static func explicit(_ expression: Expression) -> String {
        switch expression {
        case .binary(let binary):
            "(\(explicit(binary.left)) \(Printer.middle(binary)) \(explicit(binary.right)))"
        case .unary(let unary): (unary.isNegative ? "-" : "+") + "(\(explicit(unary.expression)))"
        case .parens(let inner, _): explicit(inner)
        default: expression.printed()
        }
    }

    @Test(
        arguments: [
            ("1", 1), ("0x1F", 31), ("0X_ff", 255), ("0755", 493), ("089", 89), ("1_000.5", 1000.5),
            (".5", 0.5), ("5.", 5), ("1e3", 1000), ("1E-3", 0.001), ("iNf", .infinity), ("5m", 300),
            ("1h30m", 5400), ("10ms", 0.01), ("1y1w1d", 32_227_200), ("+Inf", .infinity),
            ("-5m", -300),
        ] as [(String, Double)])
    func reads(number: String, value: Double) throws {
        #expect(try Parser.expression(number) == .number(value, 0..<number.utf8.count))
    }

    @Test(
        arguments: [
            ("a[5m]", .literal(300_000)), ("a[300]", .literal(300_000)), ("a[0.5]", .literal(500)),
            ("a[5m*2]", .arithmetic(.literal(300_000), .multiply, .number(2), 2..<6)),
            ("a[step()]", .step(2..<8)), ("a[ range( )]", .queryRange(3..<11)),
            ("a[max(step(), 5s)]", .extreme(.max, .step(6..<12), .literal(5000), 2..<17)),
            ("a[(5m)]", .parens(.literal(300_000))),
            (
                "a[1h-5m*2]",
                .arithmetic(
                    .literal(3_600_000), .subtract,
                    .arithmetic(.literal(300_000), .multiply, .number(2), 5..<9), 2..<9)
            ),
        ] as [(String, DurationValue)])
    func ranges(text: String, range: DurationValue) throws {
        guard case .matrix(let matrix) = try Parser.expression(text) else {
            Issue.record("\(text)")
            return
        }
        #expect(matrix.range == range)
    }

    @Test(
        arguments: [
            ("a offset 5m", .literal(300_000), nil),
            ("a offset -5m", .literal(-300_000), nil),
            ("a offset 1.5", .literal(1500), nil),
            ("a @ 123.4", nil, .time(123_400)),
            ("a @ -5 offset 1m", .literal(60_000), .time(-5000)),
            ("a offset 1m @ end()", .literal(60_000), .end),
            ("a @ start()", nil, .start),
            (
                "a offset (1h - 5m)",
                .parens(.arithmetic(.literal(3_600_000), .subtract, .literal(300_000), 10..<17)),
                nil
            ),
            ("a offset -step()", .negated(.step(10..<16), 9..<16), nil),
        ] as [(String, DurationValue?, TimeShift.At?)])
    func shifts(text: String, offset: DurationValue?, at: TimeShift.At?) throws {
        let expression = try Parser.expression(text)
        guard case .vector(let selector) = expression else {
            Issue.record("\(text)")
            return
        }
        #expect(selector.shift == TimeShift(offset: offset, at: at))
        #expect(expression.place == 0..<text.utf8.count)
    }

    @Test(
        arguments: [
            ("1", .scalar), ("'a'", .string), ("a", .vector), ("a[5m]", .matrix),
            ("a[5m:]", .matrix),
            ("1 + 1", .scalar), ("1 + a", .vector), ("-1", .scalar), ("-(1)", .scalar),
            ("time()", .scalar), ("rate(a[1m])", .vector), ("sum(a)", .vector), ("(a)", .vector),
            ("month()", .vector), ("scalar(a)", .scalar), ("vector(1)", .vector),
        ] as [(String, ValueType)])
    func types(text: String, type: ValueType) throws {
        #expect(try Parser.expression(text).type == type)
    }

    @Test(arguments: ["sum", "by", "and", "offset", "step", "start", "limitk", "Group", "without"])
    func keywordsThatNameMetrics(word: String) throws {
        guard case .vector(let selector) = try Parser.expression(word) else {
            Issue.record("\(word)")
            return
        }
        #expect(selector.name == word)
    }

    @Test(arguments: [
        "sum by (by, on, bool, inf, \"a.b\",) (a)", "sum(a) by (x)", "SUM without () (a)",
        "topk(5, a)", "count_values('x', a)", "a + on () group_left b",
        "a * ignoring (x) group_right (y, z) b", "info(a, {x=\"y\"})", "info(a, {})",
        "label_join(a, 'x', '-')", "label_join(a, 'x', '-', 'y', 'z')", "round(a, 5)",
        "a[5m:1m] offset 1m @ 5", "rate(a[5m] offset 1m)", "max_over_time((a + b)[1h:step()])",
        "sort_by_label(a)", "# note\n1 # more", "a[5m : ]", "{\"a.b\"}[5m]", "sum(sum(a))",
    ])
    func parses(text: String) throws {
        let expression = try Parser.expression(text)
        #expect(try Parser.expression(expression.printed()).printed() == expression.printed())
    }
}
