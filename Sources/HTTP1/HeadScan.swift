// Finding the end of a head that arrives in pieces without parsing it again for each piece: the
// total cost is linear in the bytes, however they are split. It knows lines and nothing else.
// Lives in a connection's slot, so it is a few bytes and holds no pointer.

/// How far an incomplete head has been looked at. One per connection, made anew for each head.
public struct HeadScan: Sendable, BitwiseCopyable {
    /// Bytes looked at.
    private var scanned: UInt32 = 0
    /// Where the current line starts.
    private var lineStart: UInt32 = 0

    public init() {}

    /// Nothing has been looked at: parse first, most heads come whole.
    public var isUntouched: Bool { scanned == 0 }

    /// Looks at what was added to `bytes`, which start where the head starts. True when parsing
    /// can say something new: an empty line, a control byte that heads cannot contain, or more
    /// than `limit` bytes.
    public mutating func mayBeComplete(
        _ bytes: UnsafeRawBufferPointer, limit: Int = HeadLimits().headBytes
    ) -> Bool {
        let cursor = unsafe ByteCursor(bytes, limit: Int(UInt32.max))
        var index = Int(scanned)
        var isNews = cursor.end > limit
        while true {
            index = cursor.controlIndex(from: index)
            if index >= cursor.end { break }
            let byte = cursor[index]
            if byte == 0x0D {
                // The last byte so far: look at it again with its successor.
                if index + 1 >= cursor.end { break }
                if cursor[index + 1] == 0x0A {
                    if index == Int(lineStart) { isNews = true }
                    index += 2
                    lineStart = UInt32(truncatingIfNeeded: index)
                    continue
                }
            }
            if byte != 0x09 { isNews = true }
            index += 1
        }
        scanned = UInt32(truncatingIfNeeded: index)
        return isNews
    }
}
