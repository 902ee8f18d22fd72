// How a histogram grows from one sample to the next: how many observations there were, then how
// they fell down a binary tree over the cells. At each inner node those that came by are cut in
// two, left and right, by odds that the node has learned; where nothing comes by, nothing is said.
// An idle histogram costs next to nothing, and a busy one what its shape does not foresee.
// Used at both ends of a stream. Any thread; pure.

/// A cell that grew.
struct CellGrowth: Equatable, Sendable {
    var cell: UInt32
    var count: UInt64
}

struct CellModel {
    /// Leaves of the tree: more than any layout of `HistogramLayout` has cells.
    static let cellsMax = 2048
    /// Observations between two samples; more than that is no histogram of ours.
    static let observationsMax: UInt64 = 1 << 40
    /// Few observations have a table of their own for each way they can fall.
    private static let fewMax = 8
    /// What a node remembers; the older half fades when it is more.
    private static let memoryMax: UInt32 = 512

    /// For each node how many went left and right, in the low and the high half; then the odds.
    private var words = fresh
    /// A running mean of the observations, times 16.
    private var mean: UInt64 = 0

    // MARK: odds

    private static let fewChances = 24
    private static let spreads = 40
    private static let means = 12
    private static let fewBase = cellsMax
    private static let farBase = fewBase + fewMax * fewChances * fewMax
    private static let signBase = farBase + spreads
    private static let sizeBase = signBase + spreads
    private static let totalBase = sizeBase + spreads * NumberModel.words
    private static let wordCount = totalBase + means * NumberModel.words

    private static let fresh: [UInt32] = {
        var odds = [UInt32](repeating: Odds.even, count: wordCount)
        for node in 0..<cellsMax { odds[node] = 0 }
        for count in 2...fewMax {
            for place in 0..<fewChances {
                fill(&odds, count, place)
            }
        }
        return odds
    }()

    /// What a fair binomial says: of `count` that come by, more than j go the rarer way when at
    /// least j do. Basic arithmetic only, the same to the last bit on every machine.
    private static func fill(_ odds: inout [UInt32], _ count: Int, _ place: Int) {
        let exponent = (place + 8) / 2
        let middle = Double(1 << exponent) * (place % 2 == 0 ? 1.25 : 1.75) / 65536
        let chance = min(middle, 0.5)
        var ways = [1.0]
        for taken in 1...count {
            ways.append(ways[taken - 1] * Double(count - taken + 1) / Double(taken))
        }
        for taken in 0...count {
            for _ in 0..<taken { ways[taken] *= chance }
            for _ in taken..<count { ways[taken] *= 1 - chance }
        }
        var tail = 0.0
        for taken in stride(from: count - 1, through: 0, by: -1) {
            tail += ways[taken + 1]
            let share = tail / (tail + ways[taken])
            odds[few(count, place, taken)] = Odds.known(
                UInt32(min(max(share * 65536, 1), 65535)), meetings: 8)
        }
    }

    @inline(__always)
    private static func few(_ count: Int, _ place: Int, _ taken: Int) -> Int {
        fewBase + ((count - 1) * fewChances + place) * fewMax + taken
    }

    // MARK: a sample

    /// Says which cells grew since the sample before, or hears it into `growth`.
    ///
    /// - Parameter growth: ascending, no count of zero; their sum at most `observationsMax`.
    /// - Returns: false when the bytes are damaged.
    mutating func code<Coder: BitCoder>(
        _ growth: inout [CellGrowth], _ coder: inout Coder, isSpeaking: Bool
    ) -> Bool {
        var total: UInt64 = 0
        for cell in growth { total &+= cell.count }
        let place = min(Self.means - 1, 64 - mean.leadingZeroBitCount)
        var words = self.words.mutableSpan
        total = NumberModel.code(
            total, &coder, &words, at: Self.totalBase + place * NumberModel.words)
        guard total <= Self.observationsMax else { return false }
        let goesOn =
            total == 0 || Self.fall(total, &growth, &coder, &words, isSpeaking: isSpeaking)
        mean = mean - mean >> 3 + total << 1
        return goesOn
    }

    /// Observations that wait at a node, and where their cells lie in what is said.
    private struct Waiting {
        var node = 0
        var count: UInt64 = 0
        var place = 0
    }

    /// Lets `total` observations, at least one, fall from the root: left first, what went right
    /// waits; at most one node of each level does.
    private static func fall<Coder: BitCoder>(
        _ total: UInt64, _ growth: inout [CellGrowth], _ coder: inout Coder,
        _ words: inout MutableSpan<UInt32>, isSpeaking: Bool
    ) -> Bool {
        var waiting = InlineArray<12, Waiting>(repeating: Waiting())
        var depth = 0
        var (node, count, place) = (1, total, 0)
        while true {
            if node >= cellsMax {
                if !isSpeaking {
                    growth.append(CellGrowth(cell: UInt32(node - cellsMax), count: count))
                }
                if depth == 0 { return !coder.isExhausted }
                depth -= 1
                (node, count, place) = (
                    waiting[depth].node, waiting[depth].count, waiting[depth].place
                )
                continue
            }
            var middle = place
            var left: UInt64 = 0
            if isSpeaking {
                let border = firstCell(rightOf: node)
                while middle < growth.count, left < count, growth[middle].cell < border {
                    left += growth[middle].count
                    middle += 1
                }
            }
            left = split(count, left, node, &coder, &words)
            guard left <= count else { return false }
            node *= 2
            if left == 0 {
                node += 1
            } else if left < count {
                waiting[depth] = Waiting(node: node + 1, count: count - left, place: middle)
                depth += 1
                count = left
            }
        }
    }

    /// The first cell of a node's right half.
    private static func firstCell(rightOf node: Int) -> UInt32 {
        let levels = node.leadingZeroBitCount - cellsMax.leadingZeroBitCount
        return UInt32((node * 2 + 1) << (levels - 1) - cellsMax)
    }

    /// How many of `count` go left.
    @inline(__always)
    private static func split<Coder: BitCoder>(
        _ count: UInt64, _ left: UInt64, _ node: Int, _ coder: inout Coder,
        _ words: inout MutableSpan<UInt32>
    ) -> UInt64 {
        let (before, after) = (words[node] & 0xffff, words[node] >> 16)
        let chance = (5 * before + 2) << 16 / (5 * (before + after) + 4)
        var result: UInt64
        if count == 1 {
            result = coder.code(left == 1, chance: chance) ? 1 : 0
        } else {
            let isMirrored = chance > 32768
            let rarer = isMirrored ? 65536 - chance : chance
            let value = isMirrored ? count &- left : left
            result =
                count <= fewMax
                ? fewOf(Int(count), value, rarer, &coder, &words)
                : manyOf(count, value, rarer, &coder, &words)
            if isMirrored { result = count &- result }
        }
        learn(&words[node], count, result)
        return result
    }

    @inline(__always)
    private static func learn(_ node: inout UInt32, _ count: UInt64, _ left: UInt64) {
        var (before, after) = (node & 0xffff, node >> 16)
        if count <= UInt64(memoryMax) {
            before &+= UInt32(truncatingIfNeeded: left)
            after &+= UInt32(truncatingIfNeeded: count &- left)
        } else {
            before = UInt32(truncatingIfNeeded: left &* UInt64(memoryMax) / count)
            after = memoryMax &- before
        }
        if before &+ after > memoryMax {
            before /= 2
            after /= 2
        }
        node = before & 0xffff | after << 16
    }

    /// In unary: more than none, more than one, ...
    @inline(__always)
    private static func fewOf<Coder: BitCoder>(
        _ count: Int, _ value: UInt64, _ chance: UInt32, _ coder: inout Coder,
        _ odds: inout MutableSpan<UInt32>
    ) -> UInt64 {
        let exponent = 31 - chance.leadingZeroBitCount
        let place = max(2 * exponent + Int(chance >> UInt32(exponent - 1) & 1) - 8, 0)
        let base = few(count, place, 0)
        var taken = 0
        while taken < count, coder.code(UInt64(taken) < value, &odds[base + taken]) { taken += 1 }
        return UInt64(taken)
    }

    /// As a distance to the mean, by odds that belong to the variance.
    @inline(__always)
    private static func manyOf<Coder: BitCoder>(
        _ count: UInt64, _ value: UInt64, _ chance: UInt32, _ coder: inout Coder,
        _ odds: inout MutableSpan<UInt32>
    ) -> UInt64 {
        let mean = (count * UInt64(chance) + 32768) >> 16
        // 256 times the variance, below 2^63.
        let variance = (count * UInt64((chance * (65536 - chance)) >> 8)) >> 16
        let exponent = 63 - (variance | 2).leadingZeroBitCount
        let place = min(
            2 * exponent + Int(variance >> UInt64(exponent - 1) & 1), spreads - 1)
        let isOff = coder.code(value != mean, &odds[farBase + place])
        if !isOff { return mean }
        let isLess =
            mean > 0 ? coder.code(value < mean, &odds[signBase + place]) : false
        let distance = NumberModel.code(
            (isLess ? mean &- value : value &- mean) &- 1, &coder, &odds,
            at: sizeBase + place * NumberModel.words)
        return isLess ? mean &- distance &- 1 : mean &+ distance &+ 1
    }
}
