// Quoted strings of the test language, which
// are those of queries: one reader for both.
// Any thread.

internal import PromQL

extension LineCursor {
    var isAtQuote: Bool {
        next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") || next == UInt8(ascii: "`")
    }

    mutating func quoted() throws(ScriptError) -> String {
        guard isAtQuote else { throw failure("expected a quoted string") }
        do {
            return try StringQuoting.unquoted(bytes, at: &place)
        } catch {
            throw failure(error.message)
        }
    }
}
