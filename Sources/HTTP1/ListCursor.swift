// Elements of a comma-separated field value (RFC 9110 section 5.6.1): empty ones are skipped,
// blanks around them are not part of them. Quoted strings are not known here: none of the lists
// that the parser reads has them.

/// One element's offsets.
struct ListItem {
    var start: Int
    var end: Int
}

/// A position in a list that ends at `end`.
struct ListCursor {
    private var position: Int
    private let end: Int

    init(_ start: Int, _ end: Int) {
        position = start
        self.end = end
    }

    /// The next element that is not empty.
    mutating func next(_ cursor: ByteCursor) -> ListItem? {
        while position < end
            && (ByteClass.isBlank(cursor[position]) || cursor[position] == UInt8(ascii: ","))
        {
            position &+= 1
        }
        if position >= end { return nil }
        var item = ListItem(start: position, end: position)
        while position < end && cursor[position] != UInt8(ascii: ",") {
            position &+= 1
            if !ByteClass.isBlank(cursor[position &- 1]) { item.end = position }
        }
        return item
    }
}

extension ByteCursor {
    /// The bytes `start..<end` are `text` (lower-case ASCII), letters in either case.
    @inline(__always)
    func matches(_ text: StaticString, _ start: Int, _ end: Int) -> Bool {
        if end &- start != text.utf8CodeUnitCount { return false }
        for offset in 0..<text.utf8CodeUnitCount {
            let expected = unsafe text.utf8Start[offset]
            if self[start &+ offset] | (expected & 0x40) >> 1 != expected { return false }
        }
        return true
    }
}
