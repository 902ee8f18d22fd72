// Regular expressions: whole matches, the shapes with a way of their own against the automaton,
// linear time on what makes others backtrack, and the expansion of label_replace.

import Testing

@testable import PromQL

@Suite struct RegularExpressionTests {
    @Test(
        arguments: [
            ("a", ["a"], ["", "aa", "A", "ba"]),
            ("", [""], ["a"]),
            ("a|b|", ["a", "b", ""], ["ab", "c"]),
            ("(a|bc)", ["a", "bc"], ["abc", "(a|bc)"]),
            ("foo.*", ["foo", "foobar", "foo\nbar"], ["fo", "xfoo"]),
            ("foo.+", ["foobar", "foo\n"], ["foo", "fo"]),
            (".*", ["", "x", "\n"], []),
            (".+", ["x", "\n"], [""]),
            (".", ["x", "\n", "\u{e9}"], ["", "xy"]),
            ("a.c", ["abc", "a\nc"], ["ac", "xabc"]),
            ("a$|^b", ["a", "b"], ["ab"]),
            ("[0-9]{3}", ["123"], ["12", "1234"]),
            ("(?i)up", ["UP", "up"], ["upp"]),
            ("(?-s).", ["x"], ["\n"]),
            ("\\.", ["."], ["x"]),
            ("(?<name>x)+", ["x", "xx"], [""]),
            ("a\u{301}", ["a\u{301}"], ["\u{e1}"]),
            ("\\Qa.b\\E", ["a.b"], ["axb"]),
        ] as [(String, [String], [String])])
    func matches(pattern: String, good: [String], bad: [String]) throws {
        let regex = try RegularExpression(pattern, at: 0)
        for text in good { #expect(regex.matches(text), "\(pattern) on \(text)") }
        for text in bad { #expect(!regex.matches(text), "\(pattern) on \(text)") }
    }

    @Test(arguments: ["(", "[", "a)(b", "*", "\\", "a{1001}", "(?P<n>", "(?=a)", "\\1"])
    func refuses(pattern: String) {
        let error = #expect(throws: QueryError.self) { _ = try RegularExpression(pattern, at: 7) }
        #expect(error?.offset == 7)
        #expect(error?.message.hasPrefix("error parsing regexp: ") == true)
    }

    @Test func largeSetsCompareBytes() throws {
        let words = (0..<50).map { "word\($0)" } + ["\u{e1}"]
        let regex = try RegularExpression(words.joined(separator: "|"), at: 0)
        for word in words { #expect(regex.matches(word)) }
        #expect(!regex.matches("word50"))
        #expect(!regex.matches("a\u{301}"))
    }

    @Test func nestedRepetitionIsLinear() throws {
        let regex = try RegularExpression("(a*)*b", at: 0)
        #expect(!regex.matches(String(repeating: "a", count: 100_000)))
    }

    @Test func patternsAreBounded() {
        let pattern = "(((((x{100}){100}){100}){100}){100})"
        #expect(throws: QueryError.self) { _ = try RegularExpression(pattern, at: 0) }
    }

    @Test(
        arguments: [
            ("(.*)", "value-$1", "abc", "value-abc"),
            ("(.*)-(.*)", "$2-$1", "a-b", "b-a"),
            ("(?P<first>.)(?P<rest>.*)", "${rest}$first", "abc", "bca"),
            ("(?<first>.)(.*)", "$first", "abc", "a"),
            ("(.)", "$1x", "a", ""),
            ("(.)", "${1}x", "a", "ax"),
            ("(.)", "$$1 $", "a", "$1 $"),
            ("(.)", "$0$9$-", "a", "a$-"),
            ("(.)", "${1", "a", "${1"),
            ("(.)", "${}$01", "a", "${}"),
            ("(a)|(b)", "[$1|$2]", "b", "[|b]"),
            ("a|b", "$0", "b", "b"),
            ("(\u{e9}+)x", "<$1>", "\u{e9}\u{e9}x", "<\u{e9}\u{e9}>"),
            ("", "none", "", "none"),
        ] as [(String, String, String, String)])
    func expands(pattern: String, template: String, text: String, expected: String) throws {
        let regex = try RegularExpression(pattern, at: 0)
        #expect(regex.expand(template: template, in: text, bytesMax: 1000) == expected)
    }

    @Test func noMatchExpandsToNothing() throws {
        #expect(
            try RegularExpression("a", at: 0).expand(template: "$0", in: "ab", bytesMax: 1) == nil)
    }
}
