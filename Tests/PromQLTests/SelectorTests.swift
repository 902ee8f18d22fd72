// Selectors: what parses, to what; what does not, and where the caret stands. Every valid query is
// also cut at every byte: an answer or an error, never a trap.

import Testing

@testable import PromQL

@Suite struct SelectorTests {
    static let valid: [(String, String?, [String])] = [
        ("up", "up", []),
        (" a:b_c1 ", "a:b_c1", []),
        ("up{}", "up", []),
        ("up{job=\"x\"}", "up", ["job=x"]),
        ("up{job='x',}", "up", ["job=x"]),
        ("up { a != \"1\" , b =~ `x.*` , c!~\"y|z\" } # why", "up", ["a!=1", "b=~x.*", "c!~y|z"]),
        ("{__name__=\"up\",a=\"\"}", "up", ["a="]),
        ("{\"a name with.dots\", \"a label\"=\"v\"}", "a name with.dots", ["a label=v"]),
        ("{a=\"1\"}", nil, ["a=1"]),
        ("{__name__!=\"\"}", nil, ["__name__!="]),
        ("{__name__=~\"a.*\",__name__!=\"ab\"}", nil, ["__name__=~a.*", "__name__!=ab"]),
        (
            "up{a=\"q\\\"\\\\\\n\\t\\x41\\101\\u00e9\\U0001F600\"}", "up",
            ["a=q\"\\\n\tAA\u{e9}\u{1F600}"]
        ),
        ("up{a=`raw\\n`}", "up", ["a=raw\\n"]),
        ("up{le=\"+Inf\",on=\"by\"}", "up", ["le=+Inf", "on=by"]),
        ("sum{by=\"1\"}", "sum", ["by=1"]),
    ]

    @Test(arguments: valid)
    func parses(text: String, name: String?, matchers: [String]) throws {
        let selector = try Parser.selector(text)
        #expect(selector.name == name)
        #expect(selector.matchers.map { $0.label + $0.relation.rawValue + $0.value } == matchers)
    }

    @Test(arguments: [
        ("", 0, "unexpected end of input"),
        ("up{", 3, "unexpected end of input inside braces"),
        ("up{a", 4, "unexpected end of input inside braces"),
        ("up{a}", 4, "unexpected \"}\" in label matching, expected label matching operator"),
        ("up{a=b}", 5, "unexpected identifier \"b\" in label matching, expected string"),
        ("up{a=\"b}", 5, "unterminated quoted string"),
        ("up{a=`b}", 5, "unterminated raw string"),
        (
            "up{a=\"b\" c=\"d\"}", 9,
            "unexpected identifier \"c\" in label matching, expected \",\" or \"}\""
        ),
        ("up{a!\"b\"}", 4, "unexpected character after '!' inside braces: '\"'"),
        ("up}", 2, "unexpected right brace '}'"),
        ("up{a=\"\\q\"}", 6, "unknown escape sequence 'q'"),
        ("up{a=\"\\x4\"}", 6, "illegal character '\"' in escape sequence"),
        ("5", 0, "unexpected number \"5\""),
        ("up{__name__=\"x\"}", 0, "metric name must not be set twice: \"up\" or \"x\""),
        ("{\"a\",\"b\"}", 0, "metric name must not be set twice: \"a\" or \"b\""),
        ("{}", 0, "vector selector must contain at least one non-empty matcher"),
        ("{a=~\".*\"}", 0, "vector selector must contain at least one non-empty matcher"),
        ("{a!=\"x\"}", 0, "vector selector must contain at least one non-empty matcher"),
        ("up{a:b=\"c\"}", 4, "unexpected character inside braces: ':'"),
        ("up{a=\"\\400\"}", 6, "escape sequence is an octal number above \\377"),
        ("up[5m]", 2, "unexpected \"[\""),
        ("up{a=\"\\uD800\"}", 6, "escape sequence is an invalid Unicode code point"),
        ("up{a=\"x\ny\"}", 5, "unterminated quoted string"),
        ("up{,}", 3, "unexpected \",\" in label matching, expected identifier or \"}\""),
        ("up{a=~\"(\"}", 6, "error parsing regexp: missing ): ("),
    ])
    func refuses(text: String, offset: Int, words: String) {
        do {
            _ = try Parser.selector(text)
            Issue.record("\(text) parsed")
        } catch {
            #expect(error.message == words, "\(text)")
            #expect(error.offset == offset, "\(text): \(error)")
        }
    }

    @Test func everyCutGivesAnAnswer() {
        for (text, _, _) in Self.valid {
            let bytes = Array(text.utf8)
            for end in 0...bytes.count {
                let cut = String(decoding: bytes[..<end], as: UTF8.self)
                do {
                    _ = try Parser.selector(cut)
                } catch {
                    #expect(error.offset <= cut.utf8.count)
                }
            }
        }
    }

    @Test func theCaretStandsUnderTheCharacter() {
        let query = "up{\n\t\u{e9}=\"x\"}"
        do {
            _ = try Parser.selector(query)
            Issue.record("parsed")
        } catch {
            #expect(
                error.rendered(in: query)
                    == "  \t\u{e9}=\"x\"}\n"
                    + "  \t^ unexpected character inside braces: '\u{e9}'")
            #expect(
                error.located(in: query)
                    == "2:2: parse error: unexpected character inside braces: '\u{e9}'")
        }
    }

    @Test func matching() throws {
        let selector = try Parser.selector("up{a=\"1\",b!=\"\",c=~\"x\",d!~\"y\",e=\"\"}")
        func accepts(_ labels: [String: String]) -> Bool {
            selector.allMatchers.allSatisfy { $0.accepts(labels[$0.label] ?? "") }
        }
        let good = ["__name__": "up", "a": "1", "b": "2", "c": "x", "d": "z"]
        #expect(accepts(good))
        for (label, value) in [
            ("__name__", "down"), ("a", "2"), ("b", ""), ("c", "z"), ("d", "y"), ("e", "1"),
        ] {
            #expect(!accepts(good.merging([label: value]) { $1 }), "\(label)")
        }
    }
}
