// What the cells of a histogram measure: the numbering of `HistogramLayout`, from the classic
// bounds alone and without the tables that recording needs. It foresees a sum from the cells that
// grew. Doubles are added and multiplied only, so every machine foresees the same. Any thread.

import Stats

struct CellRuler {
    /// Middle of each cell, doubled so that it is whole, and a twelfth of the square of its length.
    private var doubledMiddles: [UInt64] = []
    private var variances: [Double] = []

    /// - Parameter bounds: ascending.
    init(classicBounds bounds: [UInt64]) {
        doubledMiddles.reserveCapacity(Self.natives.count + bounds.count + 1)
        variances.reserveCapacity(Self.natives.count + bounds.count + 1)
        add(0, upTo: 0)
        var next = 0
        var lower: UInt64 = 0
        for upper in Self.natives {
            while next < bounds.count, bounds[next] <= lower { next += 1 }
            var from = lower
            while next < bounds.count, bounds[next] < upper {
                add(from, upTo: bounds[next])
                from = bounds[next]
                next += 1
            }
            add(from, upTo: upper)
            lower = upper
        }
    }

    private mutating func add(_ lower: UInt64, upTo upper: UInt64) {
        doubledMiddles.append(lower &+ (lower < upper ? 1 : 0) &+ upper)
        let length = Double(upper - lower)
        variances.append(length * length / 12)
    }

    /// Upper bounds of the native buckets, the numbering without classic bounds.
    private static let natives: [UInt64] = {
        let layout = HistogramLayout(classicBounds: [])
        return (1..<layout.cellCount).map { layout.upperInclusive($0) }
    }()

    /// Twice what `count` values in a cell add up to, most likely; modulo 2^64.
    func doubledSum(_ cell: Int, _ count: UInt64) -> UInt64 {
        cell < doubledMiddles.count ? doubledMiddles[cell] &* count : 0
    }

    /// By how much, squared, the sum of `count` values in a cell is likely to be off.
    func variance(_ cell: Int, _ count: UInt64) -> Double {
        cell < variances.count ? variances[cell] * Double(count) : 0
    }
}
