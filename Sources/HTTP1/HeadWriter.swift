// Heads are rewritten by copying: from one dropped field to the next is one run of bytes and one
// memcpy, so a head with nothing to drop costs one copy.

public enum HeadWriter {
    /// Appends the lines of all fields of the parser's last head that are not dropped. `bytes` are
    /// the bytes that were parsed.
    public static func copyFields(
        from bytes: UnsafeRawBufferPointer, _ parser: borrowing HeadParser,
        to writer: inout ByteWriter
    ) {
        var index = 0
        let count = parser.fieldCount
        while index < count {
            if parser[index].dropped {
                index &+= 1
                continue
            }
            let start = Int(parser[index].lineStart)
            while index < count && !parser[index].dropped { index &+= 1 }
            let end = Int(parser[index &- 1].lineEnd)
            unsafe writer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        }
    }
}
