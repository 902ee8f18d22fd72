// Memory whose cache lines belong to one owner. What one thread writes for every event must not
// share a line with what another thread uses, or both pay for each other's stores; the allocator
// promises 16 bytes apart only, and threads share its arenas once there are many. 128 bytes, two
// lines, because lines are prefetched in pairs. Any thread.

/// Blocks that begin on a line of their own and end with one.
public enum OwnLines {
    /// Alignment of every such block, and what its size is a multiple of.
    public static var bytes: Int { 128 }

    /// At least `byteCount` bytes, not initialised; the caller ends them with `deallocate`.
    public static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: (max(1, byteCount) + bytes - 1) / bytes * bytes, alignment: bytes)
    }
}

/// 128 bytes that belong to nobody: the first and the last stored property of an object keep what
/// lies between them away from the object's neighbours.
public struct Padding: Sendable {
    @usableFromInline let bytes = InlineArray<16, UInt64>(repeating: 0)
    public init() {}
}
