// An adaptive binary arithmetic coder: a bit that was foreseen costs a fraction of a bit. It is
// carry-less, after Matt Mahoney's lpaq: the interval low...high is cut in proportion to the odds,
// its equal leading bytes leave. Models are written once, against `BitCoder`: the encoder writes
// the bit it is given, the decoder answers the bit it finds, and both learn alike. Bits that
// nothing foresees go past the coder, to a second stream. Integers only; any thread; 15 ns a bit.

/// One of the two ends of a stream of bits.
protocol BitCoder {
    /// Encoder: writes `bit` and answers it. Decoder: answers what was written there.
    ///
    /// - Parameter chance: of `true`, 1...65535 of 65536; the same at both ends.
    mutating func code(_ bit: Bool, chance: UInt32) -> Bool
    /// The same for the low `bits` (0...64) of a word, each as likely as not.
    mutating func raw(_ word: UInt64, bits: Int) -> UInt64
    /// Bytes that ran out before the bits did; a model that meets this gives up.
    var isExhausted: Bool { get }
}

extension BitCoder {
    /// Codes a bit by its odds, and teaches them.
    @inline(__always)
    mutating func code(_ bit: Bool, _ odds: inout UInt32) -> Bool {
        let bit = code(bit, chance: Odds.chance(odds))
        Odds.learn(&odds, bit)
        return bit
    }
}

/// What is known of a bit: its chance in the high 22 bits, how often it was met in the low 10.
/// A young one learns fast: its n-th meeting moves it by 1 / (n + 1.5), the 255th and later ones
/// by 1 / 256.
enum Odds {
    static let even: UInt32 = 1 << 31
    static let meetingsMax: UInt32 = 255

    /// - Parameters:
    ///   - chance: of 65536.
    ///   - meetings: how much it counts against what comes.
    static func known(_ chance: UInt32, meetings: UInt32) -> UInt32 { chance << 16 | meetings }

    /// Never closer than 1/1024 to certainty: what a decision costs bounds what damage can ask for.
    @inline(__always)
    static func chance(_ odds: UInt32) -> UInt32 { min(max(odds >> 16, 64), 65472) }

    @inline(__always)
    static func learn(_ odds: inout UInt32, _ bit: Bool) {
        let meetings = odds & 1023
        let target: Int64 = bit ? (1 << 22) - 1 : 0
        let chance = Int64(odds >> 10)
        let moved = chance + ((target - chance) * rates[Int(meetings)]) >> 16
        odds = UInt32(truncatingIfNeeded: moved) << 10 | min(meetings + 1, meetingsMax)
    }

    /// 65536 / (n + 1.5), the last one for whatever the bytes of a model may say.
    private static let rates: [Int64] = (0..<1024).map { 131_072 / Int64(2 * min($0, 255) + 3) }
}

struct BitEncoder: BitCoder {
    private var low: UInt32 = 0
    private var high: UInt32 = .max
    private var coded: [UInt8] = []
    private var rest = BitWriter()

    var isExhausted: Bool { false }

    @inline(__always)
    mutating func code(_ bit: Bool, chance: UInt32) -> Bool {
        let middle = low + UInt32((UInt64(high - low) * UInt64(chance)) >> 16)
        if bit { high = middle } else { low = middle + 1 }
        while (low ^ high) >> 24 == 0 {
            coded.append(UInt8(truncatingIfNeeded: high >> 24))
            low <<= 8
            high = high << 8 | 255
        }
        return bit
    }

    mutating func raw(_ word: UInt64, bits: Int) -> UInt64 {
        rest.append(word, bits: bits)
        return word
    }

    /// Ends both streams: `v` coded bytes, the coded ones, the others.
    mutating func finish(to output: inout [UInt8]) {
        // One byte settles the interval, since what follows the last one counts as zero.
        if low > 0 { coded.append(UInt8(low >> 24) + 1) }
        output.append(varint: UInt64(coded.count))
        output.append(contentsOf: coded)
        rest.finish(to: &output)
        self = BitEncoder()
    }
}

struct BitDecoder: BitCoder {
    private var low: UInt32 = 0
    private var high: UInt32 = .max
    private var value: UInt32 = 0
    private let bytes: [UInt8]
    private var place: Int
    private let codedEnd: Int
    private var rest: BitReader
    private var isShort = false

    /// - Parameters:
    ///   - coded: the coded bytes, inside `bytes`.
    ///   - end: of the other stream, which follows them.
    init(_ bytes: [UInt8], coded: Range<Int>, end: Int) {
        self.bytes = bytes
        place = coded.lowerBound
        codedEnd = coded.upperBound
        rest = BitReader(bytes, coded.upperBound..<max(end, coded.upperBound))
        for _ in 0..<4 { value = value << 8 | next() }
    }

    /// The coder looks four bytes ahead; beyond them there was nothing to find.
    var isExhausted: Bool { isShort || place > codedEnd + 4 }

    @inline(__always)
    private mutating func next() -> UInt32 {
        let byte = place < codedEnd ? UInt32(bytes[place]) : 0
        place += 1
        return byte
    }

    @inline(__always)
    mutating func code(_ bit: Bool, chance: UInt32) -> Bool {
        let middle = low + UInt32((UInt64(high - low) * UInt64(chance)) >> 16)
        let bit = value <= middle
        if bit { high = middle } else { low = middle + 1 }
        while (low ^ high) >> 24 == 0 {
            low <<= 8
            high = high << 8 | 255
            value = value << 8 | next()
        }
        return bit
    }

    mutating func raw(_ word: UInt64, bits: Int) -> UInt64 {
        guard let result = rest.next(bits) else {
            isShort = true
            return 0
        }
        return result
    }
}
