// Is it worth parsing again? A head that came in pieces is parsed from its start each time, so a
// small value remembers how far it has looked and says yes only when an empty line has arrived,
// or something that parsing would refuse. Split input then costs O(n) in all.

/// Progress of looking for a head's end. A value of four bytes.
public struct HeadScan: Sendable, BitwiseCopyable {
    private var looked: UInt32 = 0

    public init() {}

    /// Nothing was looked at yet.
    public var isUntouched: Bool { looked == 0 }

    /// True when parsing `bytes`, the head from its first byte on, may now say more than
    /// `.incomplete`. Looks at each byte once over all calls.
    public mutating func mayBeComplete(
        _ bytes: UnsafeRawBufferPointer, limits: HeadLimits = HeadLimits()
    ) -> Bool {
        guard let view = unsafe ByteView(bytes) else { return false }
        var index = max(0, Int(looked) - 1)
        looked = UInt32(truncatingIfNeeded: view.count)
        if view.count >= limits.headBytes { return true }
        while true {
            index = view.firstControl(from: index)
            if index >= view.count { return false }
            switch view[index] {
            case 0x0D:
                if index + 1 < view.count && view[index + 1] != 0x0A { return true }
            case 0x0A:
                if index == 0 || view[index - 1] != 0x0D { return true }
                if index >= 2 && view[index - 2] == 0x0A { return true }
            case 0x09: break
            default: return true
            }
            index += 1
        }
    }
}
