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
        (
            "up{a=\"q\\\"\\\\\\n\\t\\x41\\101\\u00e9\\U0001F600\"}", "up",
            ["a=q\"\\\n\tAA\u{e9}\u{1F600}"]
        ),
        ("up{a=`raw\\n`}", "up", ["a=raw\\n"]),
        ("up{le=\"+Inf\",on=\"by\"}", "up", ["le=+Inf", "on=by"]),
    ]

    @Test(arguments: valid)
    func parses(text: String, name: String?, matchers: [String]) throws {
        let selector = try Parser.selector(text)
        #expect(selector.name == name)
        #expect(selector.matchers.map { $0.label + $0.relation.rawValue + $0.value } == matchers)
    }

    @Test(arguments: [
        ("", 0, "metric name"), ("up{", 3, "label name"), ("up{a", 4, "after \"a\""),
        ("up{a=", 5, "quoted value"), ("up{a=b}", 5, "quoted value"), ("up{a=\"b}", 5, "no end"),
        ("up{a=\"b\" c=\"d\"}", 9, "\",\""), ("up{a!\"b\"}", 4, "needs"), ("up}", 2, "unexpected"),
        ("up{a=\"\\q\"}", 6, "escape"), ("up{a=\"\\x4\"}", 6, "too few"), ("5", 0, "unexpected"),
        ("up{__name__=\"x\"}", 3, "twice"), ("{}", 0, "everything"),
        ("{a=~\".*\"}", 0, "everything"),
        ("up{a:b=\"c\"}", 3, "not a label"), ("up{a=\"\\400\"}", 6, "octal"),
        ("up[5m]", 2, "unexpected"),
        ("up{a=\"\\uD800\"}", 6, "Unicode"), ("up{a=\"x\ny\"}", 5, "line"),
        ("up{,}", 3, "label name"),
    ])
    func refuses(text: String, offset: Int, words: String) {
        do {
            _ = try Parser.selector(text)
            Issue.record("\(text) parsed")
        } catch {
            #expect(error.offset == offset, "\(text): \(error)")
            #expect(error.message.contains(words), "\(text): \(error)")
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
                    == "  \t\u{e9}=\"x\"}\n  \t^ unexpected character \"\u{e9}\"")
        }
    }

    @Test func matching() throws {
        let selector = try Parser.selector("up{a=\"1\",b!=\"\",c=~\"x\",d!~\"y\",e=\"\"}")
        let compiled = try selector.compiled { pattern in { $0 == pattern } }
        func accepts(_ labels: [String: String]) -> Bool { compiled.accepts { labels[$0] } }
        let good = ["__name__": "up", "a": "1", "b": "2", "c": "x", "d": "z"]
        #expect(accepts(good))
        for (label, value) in [
            ("__name__", "down"), ("a", "2"), ("b", ""), ("c", "z"), ("d", "y"), ("e", "1"),
        ] {
            #expect(!accepts(good.merging([label: value]) { $1 }), "\(label)")
        }
    }

    @Test func badRegularExpressionsPoint() throws {
        let selector = try Parser.selector("up{a=~\"(\"}")
        let error = #expect(throws: QueryError.self) { _ = try selector.compiled { _ in nil } }
        #expect(error?.offset == 6)
    }
}
