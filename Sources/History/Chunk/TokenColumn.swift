// A column as the words of its tokens: in one of four orders, divided by what divides all of them
// (pages of memory, requests of one length). The encoder tries each order and takes the shortest.
// History thread; pure.

/// What the words of a column of tokens are.
enum TokenOrder: UInt8, CaseIterable {
    /// Differences, none below zero.
    case growing
    /// Differences, zigzagged.
    case signed
    /// Differences of differences, zigzagged.
    case bending
    /// Distances to the least value.
    case level
}

struct TokenColumn {
    let order: TokenOrder
    /// What comes before the words, zigzagged: the first value, the least one, or the first value
    /// and the first difference.
    private(set) var head: [UInt64]
    private(set) var divisor: UInt64 = 1
    private(set) var words: [UInt64]

    /// nil when the order does not fit the values, or leaves nothing to say.
    init?(_ order: TokenOrder, _ values: ArraySlice<UInt64>, _ deltas: [UInt64]) {
        guard let first = values.first, let step = deltas.first else { return nil }
        self.order = order
        head = [ZigZag.encode(Int64(bitPattern: first))]
        switch order {
        case .growing:
            if deltas.contains(where: { Int64(bitPattern: $0) < 0 }) { return nil }
            words = deltas
        case .signed:
            words = deltas
        case .bending:
            head.append(ZigZag.encode(Int64(bitPattern: step)))
            words = zip(deltas.dropFirst(), deltas).map { $0 &- $1 }
        case .level:
            let least = values.reduce(Int64.max) { min($0, Int64(bitPattern: $1)) }
            head = [ZigZag.encode(least)]
            words = values.map { $0 &- UInt64(bitPattern: least) }
        }
        if words.isEmpty { return nil }
        divide()
    }

    private mutating func divide() {
        let isSigned = order == .signed || order == .bending
        var common: UInt64 = 0
        for word in words {
            let size = isSigned ? Int64(bitPattern: word).magnitude : word
            common = Self.commonDivisor(common, size)
            if common == 1 { break }
        }
        divisor = max(common, 1)
        for index in words.indices {
            if !isSigned {
                words[index] /= divisor
                continue
            }
            let quotient = Int64(bitPattern: words[index]).dividedSafely(by: divisor)
            words[index] = ZigZag.encode(quotient)
        }
    }

    private static func commonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }
}

extension Int64 {
    /// Exact, for a divisor of its magnitude, which may be that of the least Int64.
    fileprivate func dividedSafely(by divisor: UInt64) -> Int64 {
        let size = Int64(bitPattern: magnitude / divisor)
        return self < 0 ? 0 &- size : size
    }
}
