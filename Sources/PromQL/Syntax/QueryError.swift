// What is wrong with a query, and where. The offset is in UTF-8 bytes so that it survives any
// text; the caret is drawn by characters so that it stands under the right one. A value, any
// thread; the evaluator reports with the same type what shows only once a query runs.

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

    /// `1:5: parse error: ...`, as the HTTP API words it: line and column from 1, columns in bytes.
    public func located(in query: String) -> String {
        let before = query.utf8.prefix(min(max(offset, 0), query.utf8.count))
        let newline = UInt8(ascii: "\n")
        let line = before.count { $0 == newline } + 1
        let column =
            before.count
            - (before.lastIndex(of: newline).map {
                before.distance(from: before.startIndex, to: $0) + 1
            } ?? 0) + 1
        return "\(line):\(column): parse error: \(message)"
    }
}
