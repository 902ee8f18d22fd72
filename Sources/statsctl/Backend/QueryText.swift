// Queries as a person typed them: parsed, or refused with a caret under the place. Also the pieces
// from which commands put queries together: selectors with one more matcher, quoted values.
// Whatever comes from a person goes into a query quoted, never as it is. Pure.

import History
import PromQL

enum QueryText {
    /// A selector of every series.
    static let everything = #"{__name__!=""}"#

    static func parsed(_ query: String) throws(Failure) -> Expression {
        do throws(QueryError) {
            return try Parser.expression(query)
        } catch {
            throw refused(query, error)
        }
    }

    static func refused(_ query: String, _ error: QueryError) -> Failure {
        .usage("this query cannot be read:\n" + error.rendered(in: query))
    }

    /// The matchers of a selector, the name among them.
    static func selector(_ text: String) throws(Failure) -> [LabelMatcher] {
        do throws(QueryError) {
            return try Parser.selector(text).allMatchers
        } catch {
            throw refused(text, error)
        }
    }

    /// `name{a="b"}` with one more matcher.
    static func selector(_ text: String, adding matcher: String) -> String {
        guard text.hasSuffix("}") else { return "\(text){\(matcher)}" }
        let head = text.dropLast()
        return head + (head.hasSuffix("{") || head.hasSuffix(",") ? "" : ",") + matcher + "}"
    }

    /// A string literal of the query language.
    static func quoted(_ text: String) -> String { JSONText.quoted(text) }

    /// A label's name where a query wants one: quoted unless it is an identifier.
    static func label(_ name: String) -> String {
        let isPlain =
            name.first?.isNumber == false
            && name.allSatisfy { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isPlain ? name : quoted(name)
    }

    static func duration(_ millis: Int64) -> String { "\(max(1, millis))ms" }
}
