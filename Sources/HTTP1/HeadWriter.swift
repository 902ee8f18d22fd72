// Rewriting a head by copying runs: everything between two dropped lines goes in one copy, so the
// cost is a look at each table entry and a memcpy, not work per byte or per field.
// Pure: reads the parsed bytes, writes through a lent cursor, allocates nothing.

public enum HeadWriter {
    /// Appends the field lines of the head that `parser` parsed last from `bytes`, without the
    /// dropped ones and without the empty line.
    public static func copyFields(
        from bytes: UnsafeRawBufferPointer, _ parser: borrowing HeadParser,
        to writer: inout ByteWriter
    ) {
        let count = parser.fieldCount
        if count == 0 { return }
        var runStart = parser[0].lineStart
        for index in 0..<count {
            let field = parser[index]
            if !field.dropped && !field.isClipped { continue }
            let runEnd = field.dropped ? field.lineStart : field.valueEnd
            unsafe copy(bytes, runStart, runEnd, &writer)
            if !field.dropped { writer.append("\r\n") }
            runStart = field.lineEnd
        }
        unsafe copy(bytes, runStart, parser[count &- 1].lineEnd, &writer)
    }

    @inline(__always)
    private static func copy(
        _ bytes: UnsafeRawBufferPointer, _ start: UInt32, _ end: UInt32,
        _ writer: inout ByteWriter
    ) {
        if start < end {
            unsafe writer.append(UnsafeRawBufferPointer(rebasing: bytes[Int(start)..<Int(end)]))
        }
    }
}
