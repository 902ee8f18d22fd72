// What is wrong with a query, and where. The offset is in UTF-8 bytes so that it survives any
// text; the caret is drawn by characters so that it stands under the right one. A value, any
// thread; the evaluator that comes later reports with the same type.

/// A query that cannot be parsed.
public struct QueryError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String
    /// UTF-8 bytes from the start of the query; at most its length.
    public let offset: Int

    public init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    public var description: String { message }

    /// The line of the query that holds the place, a caret under it, and the message.
    public func rendered(in query: String) -> String {
        let bytes = Array(query.utf8)
        let place = min(max(offset, 0), bytes.count)
        let newline = UInt8(ascii: "\n")
        let start = bytes[..<place].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let end = bytes[place...].firstIndex(of: newline) ?? bytes.count
        let line = String(decoding: bytes[start..<end], as: UTF8.self)
        let before = String(decoding: bytes[start..<place], as: UTF8.self)
        // A tab stays a tab, so that the caret lands under the same column.
        let margin = String(before.map { $0 == "\t" ? "\t" : " " })
        return "  \(line)\n  \(margin)^ \(message)"
    }
}
