// The bucket grid against exact big-integer arithmetic, and the recording fast path against it.
// No floating point is used to judge: v <= 2^(i/16) is decided as v^16 <= 2^i in big integers.
// Edges are all bucket bounds and powers of two with their neighbours, 0 and 2^64-1.

import Testing

@testable import Stats

/// Natural numbers of any size: just enough to raise to the 16th power and compare.
private struct BigNatural {
    var limbs: [UInt32]

    init(_ value: UInt64) {
        limbs = [UInt32(truncatingIfNeeded: value), UInt32(truncatingIfNeeded: value >> 32)]
    }

    init(powerOfTwo exponent: Int) {
        limbs = Array(repeating: 0, count: exponent / 32) + [1 << UInt32(exponent % 32)]
    }

    func squared() -> BigNatural {
        var result = [UInt32](repeating: 0, count: limbs.count * 2)
        for (i, a) in limbs.enumerated() {
            var carry: UInt64 = 0
            for (j, b) in limbs.enumerated() {
                let sum = UInt64(a) * UInt64(b) + UInt64(result[i + j]) + carry
                result[i + j] = UInt32(truncatingIfNeeded: sum)
                carry = sum >> 32
            }
            result[i + limbs.count] = UInt32(carry)
        }
        var big = BigNatural(0)
        big.limbs = result
        return big
    }

    func power16() -> BigNatural { squared().squared().squared().squared() }

    static func <= (a: BigNatural, b: BigNatural) -> Bool {
        for index in (0..<max(a.limbs.count, b.limbs.count)).reversed() {
            let left = index < a.limbs.count ? a.limbs[index] : 0
            let right = index < b.limbs.count ? b.limbs[index] : 0
            if left != right { return left < right }
        }
        return true
    }
}

/// v <= 2^(index/16), exactly: v^16 <= 2^index.
private func isAtMost(_ value: UInt64, boundOf index: Int) -> Bool {
    BigNatural(value).power16() <= BigNatural(powerOfTwo: index)
}

/// Values where a bucket could be wrong: all bounds and powers of two with their neighbours.
private func edgeValues() -> [UInt64] {
    var values: [UInt64] = [0, 1, .max, .max - 1]
    for index in 0...1024 {
        let upper = NativeBuckets.upper(index)
        values += [upper &- 1, upper, upper &+ 1]
    }
    for exponent in 0..<64 {
        let power = UInt64(1) << UInt64(exponent)
        values += [power &- 1, power, power &+ 1]
    }
    return values
}

@Suite struct NativeBucketTests {
    @Test func upperBoundsAreTheFloorsOfTheRealBounds() {
        for index in 0..<1024 {
            let upper = NativeBuckets.upper(index)
            #expect(isAtMost(upper, boundOf: index) && !isAtMost(upper + 1, boundOf: index))
        }
        #expect(NativeBuckets.upper(1024) == .max)
    }

    @Test func everyEdgeValueIsInItsBucket() {
        for value in edgeValues() where value > 0 {
            let index = NativeBuckets.index(of: value)
            #expect(isAtMost(value, boundOf: index), "\(value) in \(index)")
            if index > 0 {
                #expect(!isAtMost(value, boundOf: index - 1), "\(value) in \(index)")
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func randomValuesAreInTheirBucket(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<2000 {
            let value = max(1, random.nextSpread())
            let index = NativeBuckets.index(of: value)
            #expect(isAtMost(value, boundOf: index), "\(value) seed \(seed)")
            #expect(index == 0 || !isAtMost(value, boundOf: index - 1), "\(value) seed \(seed)")
        }
    }

    @Test(
        arguments: [
            [], [1, 2, 3, 4, 5],
            [1_000_000, 1_000_001, 1_001_000, 1_002_000, 1_004_119, 1_004_120],
            [0, 1, .max - 1, .max], MetricFamily.defaultClassicBounds(for: .nanoseconds),
            Array(1_000_000...1_000_127),
        ] as [[UInt64]])
    func fastPathPicksTheExactCell(bounds: [UInt64]) {
        let registry = Registry()
        let family = registry.declare(
            MetricFamily("h", .histogram, help: "", classicBounds: bounds))
        let shard = registry.makeShard(name: "w")
        let handle = registry.histogram(family)
        let layout = HistogramLayout(classicBounds: bounds)
        var random = SeededRandom(seed: 7)
        var values = edgeValues() + (0..<5000).map { _ in random.nextSpread() }
        for bound in bounds { values += [bound &- 1, bound, bound &+ 1] }
        var want = [UInt64](repeating: 0, count: layout.cellCount)
        for value in values {
            shard.record(handle, value)
            want[cellByDefinition(value, layout)] += 1
        }
        registry.apply(shard.cut())
        let snapshot = registry.snapshot(wallMillis: 0, monotonicNanos: 0)
        let got = snapshot.histogram(snapshot.series(of: family)[0])
        var cells = [UInt64](repeating: 0, count: layout.cellCount)
        for (cell, count) in got.sparseCells() { cells[cell] = count }
        #expect(cells == want)
        #expect(got.sum == values.reduce(0, &+))
        #expect(got.count == UInt64(values.count))
    }

    /// The first cell whose upper bound is not below the value, by binary search over the bounds.
    private func cellByDefinition(_ value: UInt64, _ layout: HistogramLayout) -> Int {
        var (low, high) = (0, layout.cellCount - 1)
        while low < high {
            let middle = (low + high) / 2
            if layout.upperInclusive(middle) >= value { high = middle } else { low = middle + 1 }
        }
        return low
    }

    @Test func cellsAscendAndNameTheirBucket() {
        let layout = HistogramLayout(classicBounds: [1, 3, 1_000_000, 1_000_001])
        #expect(layout.cellCount == 1026 + 2)
        #expect(layout.nativeIndex(0) == nil)
        for cell in 1..<layout.cellCount {
            #expect(layout.upperInclusive(cell) >= layout.upperInclusive(cell - 1))
            let index = layout.nativeIndex(cell) ?? -1
            #expect(layout.upperInclusive(cell) <= NativeBuckets.upper(index))
            #expect(index == 0 || layout.upperInclusive(cell) >= NativeBuckets.upper(index - 1))
        }
    }
}
