// The canonical form, the form for people, and the tree as JSON.

import Testing

@testable import PromQL

@Suite struct PrinterTests {
    @Test(
        arguments: [
            ("sum(a)by(x,y)", "sum by (x, y) (a)"),
            ("sum without()(a)", "sum without () (a)"),
            ("SUM BY () (a)", "sum(a)"),
            ("topk by(\"a.b\")(5,a)", "topk by (\"a.b\") (5, a)"),
            ("a+on(x)group_left()b", "a + on (x) group_left () b"),
            ("a+ignoring()b", "a + b"),
            ("a+group_left", nil),
            ("a<bool 1", "a < bool 1"),
            ("a{z=\"1\",b!~'x\"y'}", "a{b!~\"x\\\"y\",z=\"1\"}"),
            ("{\"my.metric\",\"a b\"=\"c\"}", "{\"my.metric\",\"a b\"=\"c\"}"),
            ("{__name__=\"a\"}", "a"),
            ("{__name__=\"on\"}", "{\"on\"}"),
            ("{__name__=\"a\",__name__!~\"b\"}", "{__name__=\"a\",__name__!~\"b\"}"),
            ("a[90s]offset -5m@1.5", "a[1m30s] @ 1.500 offset -5m"),
            ("a[365d:7d]", "a[1y:1w]"),
            ("a[8d:]", "a[8d:]"),
            ("a[5m*2]offset(1h-step())", "a[5m * 2] offset (1h - step())"),
            ("(1+2)*3", "(1 + 2) * 3"),
            ("--1", "1"),
            ("5m", "300"),
            ("1e21", "1e+21"),
            ("1e20", "100000000000000000000"),
            ("0.0001", "0.0001"),
            ("0.00001234", "1.234e-05"),
            ("-inf + nan", "-Inf + NaN"),
            ("1234567.25", "1234567.25"),
            ("Inf ^ 2", "Inf ^ 2"),
            ("'a\\n\\x01\u{e9}\u{200b}'", "\"a\\n\\x01\u{e9}\\u200b\""),
            (
                "label_replace(a,'\u{FFFD}\\x01\\ufffd','','c','')",
                "label_replace(a, \"\u{FFFD}\\x01\u{FFFD}\", \"\", \"c\", \"\")"
            ),
            (
                "label_replace(a,'b','$1','c','(.*)')",
                "label_replace(a, \"b\", \"$1\", \"c\", \"(.*)\")"
            ),
        ] as [(String, String?)])
    func prints(text: String, expected: String?) throws {
        let expression = try? Parser.expression(text)
        #expect(expression?.printed() == expected)
    }

    static let long = String(repeating: "x", count: 60)

    @Test(arguments: [
        ("sum(a)", "sum(a)"),
        (
            "sum by(y)(rate(\(long)[5m])/\(long))",
            "sum by (y) (\n    rate(\(long)[5m])\n  /\n    \(long)\n)"
        ),
        (
            "topk(5,-(\(long)+\(long)))",
            "topk(\n  5,\n  -(\n      \(long)\n    +\n      \(long)\n  )\n)"
        ),
        ("(\(long)==bool \(long))[5m:]", "(\n    \(long)\n  == bool\n    \(long)\n)[5m:]"),
    ])
    func breaks(text: String, expected: String) throws {
        let pretty = try Parser.expression(text).pretty()
        #expect(pretty == expected)
        #expect(try Parser.expression(pretty).printed() == Parser.expression(text).printed())
    }

    /// The parts of the expected text stand one below the other.
    static let trees: [(String, [String])] = [
        (
            "a{b=~\"c\"}[5m] offset 1m @ end()",
            [
                #"{"type":"matrixSelector","range":300000,"name":"a","matchers":["#,
                #"{"name":"b","value":"c","type":"=~"},"#,
                #"{"name":"__name__","value":"a","type":"="}],"#,
                #""offset":60000,"timestamp":null,"startOrEnd":"end"}"#,
            ]
        ),
        (
            "-(1)",
            [
                #"{"type":"unaryExpr","op":"-","expr":{"type":"parenExpr","expr":"#,
                #"{"type":"numberLiteral","val":"1"}}}"#,
            ]
        ),
        ("`\"\\`", [#"{"type":"stringLiteral","val":"\"\\"}"#]),
        ("\"\\x01\\n\"", [#"{"type":"stringLiteral","val":"\u0001\n"}"#]),
        (
            "time() > bool 2",
            [
                #"{"type":"binaryExpr","op":">","lhs":{"type":"call","func":{"name":"time","#,
                #""argTypes":[],"variadic":0,"returnType":"scalar"},"args":[]},"#,
                #""rhs":{"type":"numberLiteral","val":"2"},"matching":null,"bool":true}"#,
            ]
        ),
        (
            "{a!=\"\"}[1h:5m] @ 1.5",
            [
                #"{"type":"subquery","expr":{"type":"vectorSelector","name":"","matchers":["#,
                #"{"name":"a","value":"","type":"!="}],"offset":0,"timestamp":null,"#,
                #""startOrEnd":null},"range":3600000,"step":300000,"offset":0,"#,
                #""timestamp":1500,"startOrEnd":null}"#,
            ]
        ),
    ]

    @Test(arguments: trees)
    func json(text: String, expected: [String]) throws {
        #expect(try Parser.expression(text).json() == expected.joined())
    }

    @Test func jsonOfGroups() throws {
        let text = try Parser.expression("sum without(x)(a*on(y)group_left(z)b)").json()
        #expect(
            text.contains(
                #""matching":{"card":"many-to-one","labels":["y"],"on":true,"include":["z"]}"#))
        #expect(text.hasSuffix(#""param":null,"grouping":["x"],"without":true}"#))
    }
}
