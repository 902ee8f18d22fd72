// Columns whose words nothing foresees but their size: each word is a token, which says its leading
// bits, and its other bits as they are. Tokens are entropy-coded (range ANS, Jarek Duda) by shares
// of 2048 that the column states in half a byte each: it costs what the distribution of its sizes
// costs, and reading is one look into a table. docs/internals/history-format.md draws it.
// Any thread; reading judges bytes and never traps.

/// A word as a token and the bits below: itself below 16, then four tokens for each power of two.
enum Token {
    static let count = 256

    static func token(of word: UInt64) -> Int {
        if word < 16 { return Int(word) }
        let exponent = 63 - word.leadingZeroBitCount
        return 16 + (exponent - 4) * 4 + Int(word >> UInt64(exponent - 2) & 3)
    }

    /// How many bits follow.
    static func rawBits(_ token: Int) -> Int { token < 16 ? 0 : (token - 16) / 4 + 2 }

    /// The smallest word of a token.
    static func base(_ token: Int) -> UInt64 {
        token < 16 ? UInt64(token) : UInt64(4 | (token & 3)) << UInt64(rawBits(token))
    }
}

/// Shares of 2048 for the tokens that a column has.
struct TokenShares {
    static let bits: UInt32 = 11
    static let total: UInt32 = 1 << bits
    /// What half a byte says: about two thirds more each step.
    private static let weights: [UInt32] = [
        0, 1, 2, 3, 5, 8, 14, 23, 39, 65, 110, 184, 310, 520, 874, 1468,
    ]

    /// First token and the half byte of each from there on.
    private(set) var lowest = 0
    private(set) var levels: [UInt8] = []
    private(set) var shares = [UInt32](repeating: 0, count: Token.count)

    /// - Parameter counts: of each token; not all zero.
    init(counts: [Int]) {
        let used = counts.indices.filter { counts[$0] > 0 }
        guard let first = used.first, let last = used.last else { return }
        lowest = first
        let most = Double(used.map { counts[$0] }.max() ?? 1)
        for token in first...last {
            let weight = Double(counts[token]) / most * Double(Self.weights[15])
            levels.append(counts[token] == 0 ? 0 : Self.level(weight))
        }
        fill()
    }

    init?(_ reader: inout ColumnDecoder) {
        guard let lowest = reader.count(atMost: Token.count - 1),
            let span = reader.count(atMost: Token.count - lowest), span > 0,
            let packed = reader.bytes((span + 1) / 2)
        else { return nil }
        self.lowest = lowest
        levels = (0..<span).map { packed[$0 / 2] >> ($0 % 2 == 0 ? 0 : 4) & 15 }
        guard levels.contains(where: { $0 > 0 }) else { return nil }
        fill()
    }

    func append(to output: inout [UInt8]) {
        output.append(varint: UInt64(lowest))
        output.append(varint: UInt64(levels.count))
        for index in stride(from: 0, to: levels.count, by: 2) {
            output.append(levels[index] | (index + 1 < levels.count ? levels[index + 1] << 4 : 0))
        }
    }

    /// The level whose weight is nearest by ratio; never none.
    private static func level(_ weight: Double) -> UInt8 {
        for level in 1..<15 {
            let border = Double(weights[level]) * Double(weights[level + 1])
            if weight * weight < border { return UInt8(level) }
        }
        return 15
    }

    /// Scales the weights to 2048; each token that occurs has a share. The largest takes what is
    /// left, or gives what shares raised to 1 took too much, and the next largest after it.
    private mutating func fill() {
        let sum = levels.reduce(UInt32(0)) { $0 + Self.weights[Int($1)] }
        var left = Int(Self.total)
        for (index, level) in levels.enumerated() where level > 0 {
            let token = lowest + index
            shares[token] = max(1, Self.weights[Int(level)] * Self.total / sum)
            left -= Int(shares[token])
        }
        while left != 0 {
            var largest = lowest
            for token in lowest..<lowest + levels.count where shares[token] > shares[largest] {
                largest = token
            }
            let share = max(1, Int(shares[largest]) + left)
            left -= share - Int(shares[largest])
            shares[largest] = UInt32(share)
        }
    }
}

enum TokenCoder {
    /// Below this the state takes in two more bytes.
    private static let stateMin: UInt32 = 1 << 16

    /// Appends shares, `v` bytes of tokens, the tokens, the bits below them.
    static func append(_ words: [UInt64], _ shares: TokenShares, to output: inout [UInt8]) {
        shares.append(to: &output)
        var starts = [UInt32](repeating: 0, count: Token.count + 1)
        for token in 0..<Token.count { starts[token + 1] = starts[token] + shares.shares[token] }
        var state = stateMin
        var reversed: [UInt8] = []
        for word in words.reversed() {
            let token = Token.token(of: word)
            let share = shares.shares[token]
            if UInt64(state) >= UInt64(share) << UInt64(32 - TokenShares.bits) {
                reversed.append(UInt8(truncatingIfNeeded: state))
                reversed.append(UInt8(truncatingIfNeeded: state >> 8))
                state >>= 16
            }
            state = (state / share) << TokenShares.bits + state % share + starts[token]
        }
        for shift in [0, 8, 16, 24] as [UInt32] {
            reversed.append(UInt8(truncatingIfNeeded: state >> shift))
        }
        output.append(varint: UInt64(reversed.count))
        output.append(contentsOf: reversed.reversed())
        var bits = BitWriter()
        for word in words { bits.append(word, bits: Token.rawBits(Token.token(of: word))) }
        bits.finish(to: &output)
    }

    /// Calls `body` with `count` words; false when the bytes are damaged.
    static func read(
        _ reader: inout ColumnDecoder, _ count: Int, _ body: (UInt64) -> Void
    ) -> Bool {
        guard let shares = TokenShares(&reader), let length = reader.count(atMost: 1 << 28),
            length >= 4, let tokens = reader.bytes(length)
        else { return false }
        let table = table(shares)
        let tokenSpan = tokens.span
        let tableSpan = table.span
        var state: UInt32 = 0
        for index in 0..<4 { state = state << 8 | UInt32(tokenSpan[index]) }
        var place = 4
        var bits = reader.bits()
        for _ in 0..<count {
            let entry = tableSpan[Int(state & (TokenShares.total - 1))]
            state =
                UInt32(entry >> 16 & 0xffff) &* (state >> TokenShares.bits)
                &+ UInt32(entry & 0xffff)
            if state < stateMin {
                guard place + 2 <= tokenSpan.count else { return false }
                state = state << 16 | UInt32(tokenSpan[place]) << 8 | UInt32(tokenSpan[place + 1])
                place += 2
            }
            let rawBits = Int(entry >> 32 & 0xff)
            if rawBits == 0 {
                body(entry >> 40)
            } else {
                guard let rest = bits.next(rawBits) else { return false }
                body((entry >> 40) << UInt64(rawBits) | rest)
            }
        }
        reader.skip(bits)
        return state == stateMin && place == tokenSpan.count
    }

    /// For each value of the state's low bits: leading bits of the word << 40, number of bits
    /// that follow << 32, share << 16, place inside the share.
    private static func table(_ shares: TokenShares) -> [UInt64] {
        var table: [UInt64] = []
        table.reserveCapacity(Int(TokenShares.total))
        for token in 0..<Token.count {
            let rawBits = Token.rawBits(token)
            let leading = Token.base(token) >> UInt64(rawBits)
            let entry =
                leading << 40 | UInt64(rawBits) << 32 | UInt64(shares.shares[token]) << 16
            for place in 0..<shares.shares[token] { table.append(entry | UInt64(place)) }
        }
        return table
    }
}

/// Bits in the order in which they come, low ones first.
struct BitWriter {
    private var bytes: [UInt8] = []
    private var held: UInt64 = 0
    private var heldBits = 0

    mutating func append(_ word: UInt64, bits: Int) {
        var left = bits
        var unsaid = word
        while left > 0 {
            let taken = min(left, 8 - heldBits)
            held |= (unsaid & ((1 << UInt64(taken)) - 1)) << UInt64(heldBits)
            unsaid >>= UInt64(taken)
            heldBits += taken
            left -= taken
            if heldBits == 8 { flush() }
        }
    }

    private mutating func flush() {
        bytes.append(UInt8(truncatingIfNeeded: held))
        held = 0
        heldBits = 0
    }

    mutating func finish(to output: inout [UInt8]) {
        if heldBits > 0 { flush() }
        output.append(contentsOf: bytes)
        bytes.removeAll(keepingCapacity: true)
    }
}

/// What `BitWriter` wrote; nil past the end.
struct BitReader {
    private let bytes: [UInt8]
    /// The next byte to take in.
    private(set) var offset: Int
    private let end: Int
    private var held: UInt64 = 0
    private var heldBits = 0

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        offset = range.lowerBound
        end = range.upperBound
    }

    /// The next 0...64 bits.
    @inline(__always)
    mutating func next(_ bits: Int) -> UInt64? {
        if bits > 56 {
            guard let low = next(32), let high = next(bits - 32) else { return nil }
            return low | high << 32
        }
        while heldBits < bits {
            guard offset < end else { return nil }
            held |= UInt64(bytes[offset]) << UInt64(heldBits)
            offset += 1
            heldBits += 8
        }
        let result = held & ((1 << UInt64(bits)) - 1)
        held >>= UInt64(bits)
        heldBits -= bits
        return result
    }
}
