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
        guard unsafe buffer.count >= Self.ipTextBytesMax else { return 0 }
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
        let zeros = longestZeroRun()
        if isMapped {
            var count = 0
            for byte in "::ffff:".utf8 {
                unsafe buffer[count] = byte
                count += 1
            }
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            return unsafe count + writeV4(into: rest)
        }
        var count = 0
        var index = 0
        while index < 8 {
            if index == zeros.lowerBound && !zeros.isEmpty {
                unsafe buffer[count] = UInt8(ascii: ":")
                count += 1
                if index == 0 || zeros.upperBound == 8 {
                    unsafe buffer[count] = UInt8(ascii: ":")
                    count += index == 0 || zeros.upperBound == 8 ? 1 : 0
                }
                index = zeros.upperBound
                continue
            }
            unsafe count = writeGroup(group(index), at: count, into: buffer)
            index += 1
            if index < 8 && index != zeros.lowerBound {
                unsafe buffer[count] = UInt8(ascii: ":")
                count += 1
            }
        }
        return count
    }
}
