// What the parser refuses: the place of the caret and the words, which users of Prometheus know.

import Testing

@testable import PromQL

@Suite struct ParserErrorTests {
    static let syntax: [(String, Int, String)] = [
        ("", 0, "no expression found in input"),
        ("# only", 6, "no expression found in input"),
        ("1 +", 3, "unexpected end of input"),
        ("*1", 0, "unexpected <op:*>"),
        (".", 0, "unexpected character: '.'"),
        ("2.5.", 3, "unexpected character: '.'"),
        ("100..4", 4, "unexpected number \".4\""),
        ("(1))", 3, "unexpected right parenthesis ')'"),
        ("((1)", 4, "unclosed left parenthesis"),
        ("a[5m", 4, "unclosed left bracket"),
        ("1 !~ 1", 2, "unexpected character after '!': '~'"),
        ("1 =~ 1", 2, "unexpected character after '=': '~'"),
        ("a = b", 2, "unexpected \"=\""),
        ("5min", 0, "bad number or duration syntax: \"5mi\""),
        ("a[5m1h]", 2, "not a valid duration string: \"5m1h\""),
        ("a[0]", 2, "duration must be greater than 0"),
        ("a[-5m]", 2, "duration must be greater than 0"),
        ("a[5m/0]", 4, "division by zero"),
        ("a[1000y]", 2, "duration out of range"),
        ("a[]", 2, "unexpected \"]\" in subquery or range selector, expected duration"),
        ("a[5m;]", 4, "unexpected character: ';'"),
        ("a[5m:1m:]", 7, "unexpected \":\" in subquery selector, expected \"]\""),
        ("a offset", 8, "unexpected end of input in offset, expected number, duration, or step()"),
        ("a @ b", 4, "unexpected identifier \"b\" in @, expected timestamp"),
        ("a - on(b) ignoring(c) d", 10, "unexpected <ignoring>"),
        ("bool", 0, "unexpected <bool>"),
        ("a b", 2, "unexpected identifier \"b\""),
        ("sum by x (a)", 7, "unexpected identifier \"x\" in grouping opts, expected \"(\""),
        ("sum by (5) (a)", 8, "unexpected number \"5\" in grouping opts, expected label"),
        (
            "sum by (a b) (a)", 10,
            "unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""
        ),
        ("sum by (a)", 10, "unexpected end of input in aggregation"),
        ("rate(a[5m],)", 10, "trailing commas not allowed in function call args"),
        ("1e400", 0, "error parsing number: \"1e400\" is out of range"),
        ("a[5m][5m]", 5, "ranges only allowed for vector selectors"),
        ("a offset 1m [5m]", 12, "no offset modifiers allowed before range"),
        ("a @ 1 [5m]", 6, "no @ modifiers allowed before range"),
        ("\u{e9}", 0, "unexpected character: '\u{e9}'"),
    ]

    static let types: [(String, Int, String)] = [
        ("foo(1)", 0, "unknown function with name \"foo\""),
        ("Rate(a[5m])", 0, "unknown function with name \"Rate\""),
        (
            "rate(a)", 5,
            "expected type range vector in call to function \"rate\", got instant vector"
        ),
        ("abs(1)", 4, "expected type instant vector in call to function \"abs\", got scalar"),
        ("clamp_max(a)", 0, "expected 2 argument(s) in call to \"clamp_max\", got 1"),
        ("label_join(a)", 0, "expected at least 3 argument(s) in call to \"label_join\", got 1"),
        ("round(a, 1, 2)", 0, "expected at most 2 argument(s) in call to \"round\", got 3"),
        ("time(1)", 0, "expected 0 argument(s) in call to \"time\", got 1"),
        ("1 == 1", 2, "comparisons between scalars must use BOOL modifier"),
        ("a or bool b", 2, "bool modifier can only be used on comparison operators"),
        ("1 and a", 0, "set operator \"and\" not allowed in binary scalar expression"),
        ("a + 'x'", 4, "binary expression must contain only scalar and instant vector types"),
        ("a + on(x) 1", 0, "vector matching only allowed between instant vectors"),
        ("a and on(x) group_left(y) b", 0, "no grouping allowed for \"and\" operation"),
        (
            "a * on(x) group_left(x) b", 2,
            "label \"x\" must not occur in ON and GROUP clause at once"
        ),
        (
            "-'x'", 0,
            """
            unary expression only allowed on expressions of type scalar or instant vector, \
            got "string"
            """
        ),
        ("1[5m:]", 0, "subquery is only allowed on instant vector, got scalar instead"),
        ("a offset 1s offset 2s", 0, "offset may not be set multiple times"),
        ("a @ 1 @ 2", 0, "@ <timestamp> may not be set multiple times"),
        ("a @ Inf", 0, "timestamp out of bounds for @ modifier: +Inf"),
        (
            "1 offset 1d", 0,
            """
            offset modifier must be preceded by an instant vector selector or range vector \
            selector or a subquery
            """
        ),
        ("sum()", 0, "no arguments for aggregate expression provided"),
        ("sum(1)", 4, "expected type instant vector in aggregation expression, got scalar"),
        (
            "topk(a)", 0,
            "wrong number of arguments for aggregate expression provided, expected 2, got 1"
        ),
        ("topk('x', a)", 5, "expected type scalar in aggregation parameter, got string"),
        ("info(a, b)", 8, "expected label selectors only, got vector selector instead"),
        ("count_values('a\\xc5z', b)", 0, "invalid label name 'a\\xc5z'"),
    ]

    @Test(arguments: syntax + types)
    func refuses(text: String, offset: Int, words: String) {
        do {
            _ = try Parser.expression(text)
            Issue.record("\(text) parsed")
        } catch {
            #expect(error.message == words, "\(text)")
            #expect(error.offset == offset, "\(text): \(error)")
        }
    }

    /// Each would exhaust the stack of a parser, a printer or an evaluator without bounds.
    @Test(arguments: [
        "(", "-", "-(", "a^", "sum(", "a[1h:] ^ ", "a[(", "a[-", "a[1^", "a offset (",
    ])
    func deepNestingIsRefused(part: String) {
        let text = String(repeating: part, count: 60_000 / part.utf8.count)
        #expect(throws: QueryError.self) { _ = try Parser.expression(text) }
    }

    @Test(arguments: [" + a", " or a", "[1h:]"])
    func longChainsAreRefused(part: String) throws {
        let chain = "a" + String(repeating: part, count: 400)
        if part.contains("a") { _ = try Parser.expression(chain) }
        let text = "a" + String(repeating: part, count: 8_000)
        #expect(throws: QueryError.self) { _ = try Parser.expression(text) }
    }

    @Test func lengthIsBounded() throws {
        let spaces = String(repeating: " ", count: Parser.lengthMax - 1)
        _ = try Parser.expression("1" + spaces)
        #expect(throws: QueryError.self) { _ = try Parser.expression("1 " + spaces) }
    }
}
