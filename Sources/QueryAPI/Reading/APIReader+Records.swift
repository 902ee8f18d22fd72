// Answers of weir's own endpoints back into values: a list of flat objects, or one of them, whose
// members are strings and numbers. Numbers come as the text they were, so that nothing is rounded.
// Any thread.

extension APIReader {
    /// Members by name; one object is a list of one.
    public static func records(
        _ body: [UInt8]
    ) throws(APIReadError) -> APIReply<[[String: String]]> {
        try reply(body, missing: []) { (cursor) throws(APIReadError) in
            if cursor.nextByte != UInt8(ascii: "[") { return [try cursor.record()] }
            var list: [[String: String]] = []
            try cursor.array { (cursor, _) throws(APIReadError) in
                list.append(try cursor.record())
            }
            return list
        }
    }
}

extension JSONCursor {
    /// The first one that is no space; nil at the end.
    fileprivate var nextByte: UInt8? {
        bytes[place...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    }

    fileprivate mutating func record() throws(APIReadError) -> [String: String] {
        var members: [String: String] = [:]
        try object { (cursor, name) throws(APIReadError) in
            if cursor.nextByte == UInt8(ascii: "\"") {
                members[name] = try cursor.string()
            } else {
                let start = cursor.place
                _ = try cursor.number()
                let text = String(decoding: cursor.bytes[start..<cursor.place], as: UTF8.self)
                members[name] = String(text.drop { $0.isWhitespace })
            }
        }
        return members
    }
}
