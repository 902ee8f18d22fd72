// Gives each request an `x-request-id`, so that one request can be found in every log it passes. A
// usable id that the client sent is kept; otherwise a random UUID (RFC 9562 version 4) is made from
// a generator of the worker's own. The id identifies, it does not authenticate.

import HTTP1

struct RequestIDFilter {
    /// A client's id longer than this is replaced.
    static let clientBytesMax = 128

    private var random: Xoshiro256

    init(random: Xoshiro256) {
        self.random = random
    }

    mutating func apply(to request: inout RequestContext) -> FilterVerdict {
        let sent = request.valueCount(of: .xRequestId)
        if sent > 0 && sent <= Self.clientBytesMax { return .next }
        request.drop(.xRequestId)
        request.additions.append("x-request-id: ")
        appendUUID(&request.additions)
        request.additions.append("\r\n")
        return .next
    }

    private mutating func appendUUID(_ out: inout ByteWriter) {
        let high = (random.next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        let low = (random.next() & 0x3FFF_FFFF_FFFF_FFFF) | (1 << 63)
        let groups = ByteWriter.hexDigits(UInt32(truncatingIfNeeded: high))
        let variant = ByteWriter.hexDigits(UInt32(truncatingIfNeeded: low >> 32))
        out.append(word: ByteWriter.hexDigits(UInt32(truncatingIfNeeded: high >> 32)), count: 8)
        appendGroup(groups, &out)
        appendGroup(groups >> 32, &out)
        appendGroup(variant, &out)
        appendGroup(variant >> 32, &out)
        out.append(word: ByteWriter.hexDigits(UInt32(truncatingIfNeeded: low)), count: 8)
    }

    /// A hyphen and four digits.
    @inline(__always)
    private func appendGroup(_ digits: UInt64, _ out: inout ByteWriter) {
        out.append(word: digits << 8 | UInt64(UInt8(ascii: "-")), count: 5)
    }
}

/// xoshiro256**, a fast generator with 256 bits of state (Blackman and Vigna, 2018). Not for
/// secrets.
struct Xoshiro256: RandomNumberGenerator {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64

    /// Seeds from the system's generator.
    init() {
        var system = SystemRandomNumberGenerator()
        a = system.next() | 1
        b = system.next()
        c = system.next()
        d = system.next()
    }

    mutating func next() -> UInt64 {
        let mixed = b &* 5
        let result = ((mixed << 7) | (mixed >> 57)) &* 9
        let shifted = b << 17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = (d << 45) | (d >> 19)
        return result
    }
}
