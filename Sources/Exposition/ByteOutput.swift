// The growing block of bytes that every renderer appends to. Noncopyable and owned by one thread
// at a time; a reader thread keeps one between requests, so a page is built without page faults.
// The only place of this module with raw memory: users never write `unsafe`, save to hand the
// finished bytes to a system call. It does no I/O, and it must never shrink by itself.

import Glibc

/// Bytes under construction. Grows by doubling; `removeAll` keeps the memory.
@safe public struct ByteOutput: ~Copyable, @unchecked Sendable {
    // Unchecked: the pointer is owned by this noncopyable value alone and freed with it.
    @usableFromInline var base: UnsafeMutablePointer<UInt8>
    @usableFromInline var end: Int
    @usableFromInline var capacity: Int

    /// - Parameter capacity: bytes taken at once, at least 64.
    public init(capacity: Int = 4096) {
        self.capacity = max(capacity, 64)
        unsafe base = Self.allocate(self.capacity)
        end = 0
    }

    deinit { unsafe free(base) }

    /// Bytes so far.
    @inlinable public var count: Int { end }

    /// Bytes of memory held.
    public var memoryBytes: Int { capacity }

    /// A copy of the bytes.
    public var bytes: [UInt8] { unsafe [UInt8](UnsafeBufferPointer(start: base, count: end)) }

    /// The bytes as text; they are UTF-8 by construction. A copy.
    public var text: String {
        unsafe String(decoding: UnsafeBufferPointer(start: base, count: end), as: UTF8.self)
    }

    /// Lends the bytes for the time of `body`: to write them to a socket.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe body(UnsafeRawBufferPointer(start: base, count: end))
    }

    /// Appends `size` bytes that `body` fills completely.
    @inlinable public mutating func appendFilled(
        _ size: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        reserve(size)
        unsafe body(UnsafeMutableRawBufferPointer(start: base + end, count: size))
        end += size
    }

    /// Forgets everything from `count` on.
    public mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= end, "BUG: truncating beyond the end")
        end = count
    }

    /// Forgets all bytes and keeps the memory.
    public mutating func removeAll() { end = 0 }

    /// Makes room for `extra` more bytes.
    @inlinable public mutating func reserve(_ extra: Int) {
        if extra > capacity - end { grow(extra) }
    }

    @inlinable public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base[end] = byte
        end += 1
    }

    /// A literal.
    @inlinable public mutating func append(_ literal: StaticString) {
        let size = literal.utf8CodeUnitCount
        reserve(size)
        unsafe (base + end).update(from: literal.utf8Start, count: size)
        end += size
    }

    public mutating func append(_ string: String) {
        var string = string
        string.withUTF8 { utf8 in
            guard let source = utf8.baseAddress else { return }
            reserve(utf8.count)
            unsafe (base + end).update(from: source, count: utf8.count)
            end += utf8.count
        }
    }

    public mutating func append(_ bytes: [UInt8]) { append(bytes, 0..<bytes.count) }

    /// The part `range` of `bytes`.
    @inlinable public mutating func append(_ bytes: [UInt8], _ range: Range<Int>) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= bytes.count, "BUG: range beyond the bytes")
        reserve(range.count)
        unsafe bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + end).update(from: start + range.lowerBound, count: range.count)
        }
        end += range.count
    }

    /// All bytes of another output.
    mutating func append(_ other: borrowing ByteOutput) {
        let size = other.end
        reserve(size)
        unsafe (base + end).update(from: other.base, count: size)
        end += size
    }

    @inline(never) @usableFromInline mutating func grow(_ extra: Int) {
        let (wanted, overflow) = end.addingReportingOverflow(extra)
        precondition(!overflow, "BUG: output beyond the address space")
        capacity = max(wanted, capacity * 2)
        guard let moved = unsafe realloc(base, capacity) else {
            fatalError("realloc \(capacity) bytes for an output: out of memory")
        }
        unsafe base = moved.assumingMemoryBound(to: UInt8.self)
    }

    private static func allocate(_ size: Int) -> UnsafeMutablePointer<UInt8> {
        guard let memory = unsafe malloc(size) else {
            fatalError("malloc \(size) bytes for an output: out of memory")
        }
        return unsafe memory.bindMemory(to: UInt8.self, capacity: size)
    }
}
