// Turns one column of numbers into bytes by trial: every encoding that can hold the column says how
// long it would be, the shortest one is written behind its tag. Numbers are 64-bit patterns and
// differences wrap, so any column can be written and comes back bit by bit.
// docs/internals/history-format.md draws the payloads. History thread; pure.

import Glibc

/// First byte of a column.
enum ColumnTag {
    static let constant: UInt8 = 0
    static let constantDelta: UInt8 = 1
    static let deltas: UInt8 = 2
    static let deltasOfDeltas: UInt8 = 3
    static let packed: UInt8 = 4
    static let floatBits: UInt8 = 5
    static let growth: UInt8 = 6
    /// A decimal exponent follows, then a column of integers: value = integer / 10^exponent.
    static let decimal: UInt8 = 7
    /// No column: sums and cells of a histogram together, as `HistogramColumns` writes them.
    static let grown: UInt8 = 8
    /// The first of four, one for each `TokenOrder`.
    static let tokens: UInt8 = 9
}

struct ColumnEncoder {
    private var deltas: [UInt64] = []
    /// False: no column is written as tokens.
    var allowsTokens = true
    /// How many columns were.
    private(set) var tokenColumns = 0

    /// Appends a column of integers; `values` is not empty.
    mutating func append(_ values: ArraySlice<UInt64>, to output: inout [UInt8]) {
        let place = output.count
        append(plain: values, to: &output)
        appendTokens(values, insteadOf: place, to: &output)
    }

    /// The same without tokens, whose table costs a reader 2 microseconds: for the many short
    /// columns of a histogram.
    mutating func append(plain values: ArraySlice<UInt64>, to output: inout [UInt8]) {
        guard let first = values.first else { return }
        deltas.removeAll(keepingCapacity: true)
        var previous = first
        for value in values.dropFirst() {
            deltas.append(value &- previous)
            previous = value
        }
        let start = deltas.first ?? 0
        if deltas.allSatisfy({ $0 == start }) {
            output.append(start == 0 ? ColumnTag.constant : ColumnTag.constantDelta)
            output.append(varint: ZigZag.encode(Int64(bitPattern: first)))
            if start != 0 { output.append(varint: ZigZag.encode(Int64(bitPattern: start))) }
            return
        }
        appendBest(first: first, to: &output)
    }

    // MARK: tokens

    /// Shorter columns do not carry the shares of their tokens.
    private static let tokenBytesMin = 40

    /// Writes tokens in place of what begins at `place` when they are a fifth shorter: so much
    /// zstd would find in the other.
    private mutating func appendTokens(
        _ values: ArraySlice<UInt64>, insteadOf place: Int, to output: inout [UInt8]
    ) {
        let bytes = output.count - place
        guard allowsTokens, bytes >= Self.tokenBytesMin else { return }
        var best: (column: TokenColumn, shares: TokenShares, bits: Double)?
        for order in TokenOrder.allCases {
            guard let column = TokenColumn(order, values, deltas) else { continue }
            let (shares, bits) = Self.shares(column.words)
            if bits < best?.bits ?? .infinity { best = (column, shares, bits) }
        }
        guard let best, best.bits / 8 + 12 < Double(bytes) * 0.8 else { return }
        tokenColumns += 1
        output.removeLast(bytes)
        output.append(ColumnTag.tokens + best.column.order.rawValue)
        for word in best.column.head { output.append(varint: word) }
        output.append(varint: best.column.divisor)
        TokenCoder.append(best.column.words, best.shares, to: &output)
    }

    /// The shares of the tokens of `words`, and the bits that all of it takes by them.
    private static func shares(_ words: [UInt64]) -> (TokenShares, Double) {
        var counts = [Int](repeating: 0, count: Token.count)
        for word in words { counts[Token.token(of: word)] += 1 }
        let shares = TokenShares(counts: counts)
        var bits = Double(shares.levels.count) * 4
        for (token, count) in counts.enumerated() where count > 0 {
            let share = Double(shares.shares[token]) / Double(TokenShares.total)
            bits += Double(count) * (Double(Token.rawBits(token)) - log2(share))
        }
        return (shares, bits)
    }

    private mutating func appendBest(first: UInt64, to output: inout [UInt8]) {
        var costs = (growth: 0, signed: 0, second: 0)
        var least = Int64.max
        var greatest = Int64.min
        var previous: UInt64 = deltas[0]
        var (zeros, secondZeros) = (0, 0)
        for (index, delta) in deltas.enumerated() {
            let signed = Int64(bitPattern: delta)
            least = min(least, signed)
            greatest = max(greatest, signed)
            if delta == 0 {
                zeros += 1
            } else {
                let run = Self.runBytes(zeros)
                zeros = 0
                costs.growth += run + Self.bytes(delta)
                costs.signed += run + Self.bytes(ZigZag.encode(signed))
            }
            if index > 0 {
                if delta == previous {
                    secondZeros += 1
                } else {
                    let change = ZigZag.encode(Int64(bitPattern: delta &- previous))
                    costs.second += Self.runBytes(secondZeros) + Self.bytes(change)
                    secondZeros = 0
                }
            }
            previous = delta
        }
        costs.growth += Self.runBytes(zeros)
        costs.signed += Self.runBytes(zeros)
        costs.second +=
            Self.runBytes(secondZeros) + Self.bytes(ZigZag.encode(Int64(bitPattern: deltas[0])))
        let width =
            64
            - (UInt64(bitPattern: greatest) &- UInt64(bitPattern: least))
            .leadingZeroBitCount
        let packed = 2 + (deltas.count * width + 7) / 8
        let best = min(costs.growth, costs.signed, costs.second)
        // Packed bits leave nothing for zstd to find; bytes do.
        if packed * 10 < best * 6 {
            appendPacked(first, least: least, width: width, to: &output)
        } else if costs.growth == best {
            appendTokens(ColumnTag.growth, first, deltas, to: &output)
        } else if costs.signed == best {
            let words = deltas.map { ZigZag.encode(Int64(bitPattern: $0)) }
            appendTokens(ColumnTag.deltas, first, words, to: &output)
        } else {
            appendSecond(first, to: &output)
        }
    }

    private func appendSecond(_ first: UInt64, to output: inout [UInt8]) {
        output.append(ColumnTag.deltasOfDeltas)
        output.append(varint: ZigZag.encode(Int64(bitPattern: first)))
        output.append(varint: ZigZag.encode(Int64(bitPattern: deltas[0])))
        let words = zip(deltas.dropFirst(), deltas).map {
            ZigZag.encode(Int64(bitPattern: $0 &- $1))
        }
        Self.append(tokens: words, to: &output)
    }

    private mutating func appendTokens(
        _ tag: UInt8, _ first: UInt64, _ words: [UInt64], to output: inout [UInt8]
    ) {
        output.append(tag)
        output.append(varint: ZigZag.encode(Int64(bitPattern: first)))
        Self.append(tokens: words, to: &output)
    }

    /// Each word as a varint; a run of n zeros as 0 and n - 1.
    private static func append(tokens words: [UInt64], to output: inout [UInt8]) {
        var index = 0
        while index < words.count {
            if words[index] != 0 {
                output.append(varint: words[index])
                index += 1
                continue
            }
            let start = index
            while index < words.count, words[index] == 0 { index += 1 }
            output.append(0)
            output.append(varint: UInt64(index - start - 1))
        }
    }

    private func appendPacked(
        _ first: UInt64, least: Int64, width: Int, to output: inout [UInt8]
    ) {
        output.append(ColumnTag.packed)
        output.append(varint: ZigZag.encode(Int64(bitPattern: first)))
        output.append(varint: ZigZag.encode(least))
        output.append(UInt8(width))
        var held: UInt64 = 0
        var bits = 0
        for delta in deltas {
            var rest = delta &- UInt64(bitPattern: least)
            var left = width
            while left > 0 {
                let taken = min(left, 8 - bits)
                held |= (rest & ((1 << UInt64(taken)) - 1)) << UInt64(bits)
                rest >>= UInt64(taken)
                bits += taken
                left -= taken
                if bits == 8 {
                    output.append(UInt8(truncatingIfNeeded: held))
                    held = 0
                    bits = 0
                }
            }
        }
        if bits > 0 { output.append(UInt8(truncatingIfNeeded: held)) }
    }

    // MARK: floats

    private static let powers: [Double] = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// Appends a column of bit patterns of Double.
    mutating func append(floats values: ArraySlice<UInt64>, to output: inout [UInt8]) {
        if let (exponent, integers) = Self.decimal(values) {
            output.append(ColumnTag.decimal)
            output.append(UInt8(exponent))
            append(integers[...], to: &output)
            return
        }
        guard let first = values.first else { return }
        output.append(ColumnTag.floatBits)
        output.append(littleEndian: first)
        var previous = first
        var zeros = 0
        for value in values.dropFirst() {
            let change = value ^ previous
            previous = value
            if change == 0 {
                zeros += 1
                continue
            }
            Self.append(zeros: &zeros, to: &output)
            let leading = min(7, change.leadingZeroBitCount / 8)
            let trailing = min(7 - leading, change.trailingZeroBitCount / 8)
            output.append(UInt8(1 + leading * 8 + trailing))
            var rest = change >> UInt64(trailing * 8)
            for _ in 0..<8 - leading - trailing {
                output.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        }
        Self.append(zeros: &zeros, to: &output)
    }

    private static func append(zeros: inout Int, to output: inout [UInt8]) {
        guard zeros > 0 else { return }
        output.append(0)
        output.append(varint: UInt64(zeros - 1))
        zeros = 0
    }

    /// The column as integers over one power of ten, when every value comes back bit by bit.
    private static func decimal(_ values: ArraySlice<UInt64>) -> (Int, [UInt64])? {
        for (exponent, power) in powers.enumerated() {
            var integers: [UInt64] = []
            integers.reserveCapacity(values.count)
            for bits in values {
                let scaled = (Double(bitPattern: bits) * power).rounded()
                guard abs(scaled) < 0x1p53,
                    (Double(Int64(scaled)) / power).bitPattern == bits
                else { break }
                integers.append(UInt64(bitPattern: Int64(scaled)))
            }
            if integers.count == values.count { return (exponent, integers) }
        }
        return nil
    }

    // MARK: lengths

    private static func bytes(_ word: UInt64) -> Int { max(1, (70 - word.leadingZeroBitCount) / 7) }

    private static func runBytes(_ zeros: Int) -> Int {
        zeros == 0 ? 0 : 1 + bytes(UInt64(zeros - 1))
    }
}
