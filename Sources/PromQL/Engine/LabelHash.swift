// The 64-bit hash by which limit_ratio picks series: xxHash64 with seed 0 over the labels, each
// text preceded by its length, so that a sample here is the sample a Prometheus would take.
// Facts: the xxHash specification. Pure, any thread.

enum LabelHash {
    static func of(_ labels: Labels) -> UInt64 {
        var bytes: [UInt8] = []
        for pair in labels.pairs {
            append(pair.name, to: &bytes)
            append(pair.value, to: &bytes)
        }
        return hash(bytes)
    }

    /// One byte of length, or 255 and three bytes, lowest first.
    private static func append(_ text: String, to bytes: inout [UInt8]) {
        let length = text.utf8.count
        if length < 255 {
            bytes.append(UInt8(length))
        } else {
            bytes.append(255)
            for shift in [0, 8, 16] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
        }
        bytes += text.utf8
    }

    private static let primes: [UInt64] = [
        0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9,
        0x85EB_CA77_C2B2_AE63, 0x27D4_EB2F_1656_67C5,
    ]

    static func hash(_ bytes: [UInt8]) -> UInt64 {
        let primes = primes
        var place = 0
        var hash: UInt64
        if bytes.count >= 32 {
            var lanes = [
                primes[0] &+ primes[1], primes[1], 0, 0 &- primes[0],
            ]
            while place + 32 <= bytes.count {
                for lane in 0..<4 {
                    lanes[lane] = round(lanes[lane], word(bytes, place + lane * 8, 8))
                }
                place += 32
            }
            hash = rotate(lanes[0], 1) &+ rotate(lanes[1], 7)
            hash = hash &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
            for lane in lanes { hash = (hash ^ round(0, lane)) &* primes[0] &+ primes[3] }
        } else {
            hash = primes[4]
        }
        hash = hash &+ UInt64(bytes.count)
        return avalanche(tail(hash, bytes, from: place))
    }

    private static func tail(_ start: UInt64, _ bytes: [UInt8], from first: Int) -> UInt64 {
        let primes = primes
        var (hash, place) = (start, first)
        while place + 8 <= bytes.count {
            hash ^= round(0, word(bytes, place, 8))
            hash = rotate(hash, 27) &* primes[0] &+ primes[3]
            place += 8
        }
        if place + 4 <= bytes.count {
            hash ^= word(bytes, place, 4) &* primes[0]
            hash = rotate(hash, 23) &* primes[1] &+ primes[2]
            place += 4
        }
        while place < bytes.count {
            hash ^= UInt64(bytes[place]) &* primes[4]
            hash = rotate(hash, 11) &* primes[0]
            place += 1
        }
        return hash
    }

    private static func avalanche(_ value: UInt64) -> UInt64 {
        var hash = value
        hash = (hash ^ (hash >> 33)) &* primes[1]
        hash = (hash ^ (hash >> 29)) &* primes[2]
        return hash ^ (hash >> 32)
    }

    private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
        rotate(lane &+ input &* primes[1], 31) &* primes[0]
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 {
        value << count | value >> (64 - count)
    }

    /// `count` bytes from `place`, lowest first.
    private static func word(_ bytes: [UInt8], _ place: Int, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in (0..<count).reversed() { value = value << 8 | UInt64(bytes[place + index]) }
        return value
    }
}
