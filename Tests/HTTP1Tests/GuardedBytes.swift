// Bytes that end exactly where an unreadable page begins: reading one byte too far is a crash in
// every test, with or without a sanitizer. One instance a test; not shared between threads.

import Glibc

final class GuardedBytes {
    private static let pageBytes = 4_096
    private let base: UnsafeMutableRawPointer
    private let capacity: Int

    init(capacity wanted: Int = 65_536 * 2) {
        capacity = (wanted + Self.pageBytes - 1) / Self.pageBytes * Self.pageBytes
        base = mmap(
            nil, capacity + Self.pageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
            -1, 0)!
        precondition(
            base != MAP_FAILED && mprotect(base + capacity, Self.pageBytes, PROT_NONE) == 0)
    }

    deinit {
        munmap(base, capacity + Self.pageBytes)
    }

    /// The first `count` bytes of `bytes`, at the very end of the readable memory.
    func place(_ bytes: [UInt8], _ count: Int) -> UnsafeRawBufferPointer {
        precondition(count <= bytes.count && count <= capacity)
        let start = base + (capacity - count)
        bytes.withUnsafeBytes {
            start.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(start), byteCount: count)
        }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    func place(_ bytes: [UInt8]) -> UnsafeRawBufferPointer { place(bytes, bytes.count) }
}

/// Vectors are written with `|` for CRLF and `¦` for a bar.
func wire(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
        switch scalar {
        case "|": bytes += [0x0D, 0x0A]
        case "¦": bytes.append(0x7C)
        case "\u{80}"..."\u{FF}": bytes.append(UInt8(scalar.value))
        default: bytes += Array(String(scalar).utf8)
        }
    }
    return bytes
}

/// The reverse of `wire`, for messages and expectations.
func readable(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self).replacing("|", with: "¦").replacing("\r\n", with: "|")
}
