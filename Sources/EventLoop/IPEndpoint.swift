// An IP address with its port in 24 trivially copyable bytes: what a connection in a slab keeps
// of its peer, and what `x-forwarded-for` is written from without allocating. UNIX peers and
// "nobody" are `.none`. Text forms: RFC 4291 section 2.2, written as RFC 5952 wants it. Any thread.
internal import CLinux

/// IPv4 or IPv6 address and port, or none.
public struct IPEndpoint: Sendable, Hashable, BitwiseCopyable {
    /// The address family.
    public enum Family: UInt8, Sendable, Hashable, BitwiseCopyable { case none, v4, v6 }

    /// The upper 64 bits of an IPv6 address; 0 for IPv4.
    public let high: UInt64
    /// The lower 64 bits of an IPv6 address, or the 32 bits of an IPv4 one.
    public let low: UInt64
    public let port: UInt16
    public let family: Family

    /// No IP address.
    public static let none = IPEndpoint(family: .none, high: 0, low: 0, port: 0)

    public init(family: Family, high: UInt64, low: UInt64, port: UInt16) {
        self.high = high
        self.low = low
        self.port = port
        self.family = family
    }

    public init(v4 address: UInt32, port: UInt16) {
        self.init(family: .v4, high: 0, low: UInt64(address), port: port)
    }

    public var isNone: Bool { family == .none }

    /// Most bytes `writeIP` writes: six full groups and a dotted quad.
    public static var ipTextBytesMax: Int { 45 }

    /// Writes the address without port or brackets; returns the bytes written, 0 for `.none` or
    /// when fewer than `ipTextBytesMax` bytes are lent. Does not allocate.
    public func writeIP(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard buffer.count >= Self.ipTextBytesMax else { return 0 }
        switch family {
        case .none: return 0
        case .v4: return unsafe writeV4(into: buffer)
        case .v6: return unsafe writeV6(into: buffer)
        }
    }

    /// The address as text without the port; nil for `.none`.
    public var ipText: String? {
        if isNone { return nil }
        return unsafe String(unsafeUninitializedCapacity: Self.ipTextBytesMax + 1) { buffer in
            unsafe writeIP(into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    private func writeV4(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var count = 0
        for part in 0..<4 {
            let value = UInt8(truncatingIfNeeded: low >> UInt64(24 - 8 * part))
            if part > 0 {
                unsafe buffer[count] = UInt8(ascii: ".")
                count += 1
            }
            if value >= 100 {
                unsafe buffer[count] = UInt8(ascii: "0") + value / 100
                count += 1
            }
            if value >= 10 {
                unsafe buffer[count] = UInt8(ascii: "0") + value / 10 % 10
                count += 1
            }
            unsafe buffer[count] = UInt8(ascii: "0") + value % 10
            count += 1
        }
        return count
    }

    private func writeV6(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        if high == 0 && low >> 32 == 0xFFFF { return unsafe writeMapped(into: buffer) }
        let zeros = longestZeroRun()
        var count = 0
        func write(_ byte: UInt8) {
            unsafe buffer[count] = byte
            count += 1
        }
        var index = 0
        while index < 8 {
            if index == zeros.start {
                write(UInt8(ascii: ":"))
                write(UInt8(ascii: ":"))
                index = zeros.end
                continue
            }
            if index > 0 && index != zeros.end { write(UInt8(ascii: ":")) }
            let value = group(index)
            var shift: UInt16 = value > 0xFFF ? 12 : value > 0xFF ? 8 : value > 0xF ? 4 : 0
            while true {
                let digit = UInt8(value >> shift & 0xF)
                write(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                if shift == 0 { break }
                shift -= 4
            }
            index += 1
        }
        return count
    }

    /// "::ffff:192.0.2.1", as RFC 5952 section 5 recommends for mapped addresses.
    private func writeMapped(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let prefix: StaticString = "::ffff:"
        let bytes = unsafe UnsafeRawBufferPointer(
            start: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        unsafe buffer.copyMemory(from: bytes)
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[bytes.count...])
        return unsafe bytes.count + writeV4(into: rest)
    }

    private func group(_ index: Int) -> UInt16 {
        let half = index < 4 ? high : low
        return UInt16(truncatingIfNeeded: half >> UInt64(48 - 16 * (index & 3)))
    }

    /// The first longest run of at least two zero groups; -1 and -1 when there is none.
    private func longestZeroRun() -> (start: Int, end: Int) {
        var best = (start: -1, end: -1)
        var index = 0
        while index < 8 {
            let start = index
            while index < 8 && group(index) == 0 { index += 1 }
            if index - start > max(1, best.end - best.start) { best = (start, index) }
            index += 1
        }
        return best
    }
}
