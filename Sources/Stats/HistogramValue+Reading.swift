// Reading a histogram: quantiles, classic buckets, native buckets, integer bounds. Pure functions
// of a value on any thread. Classic counts are exact because no cell straddles a classic bound.
// Quantiles never leave the cell that holds the wanted observation. A cell of few observations
// answers with its middle, so at most 2.2 % off; a full one interpolates exponentially, well below
// 1 % off for smooth data, and 4.4 % at the very worst (all of it on one edge of the cell).

extension HistogramValue {
    /// The `q` quantile (0...1, clamped) in raw units; nil when empty or when q is not a number.
    ///
    /// The n observations of a cell are taken to lie at the fractions (k - 1/2)/n of it; with less
    /// than 32 of them their order says nothing, and the middle is the best answer.
    public func quantile(_ q: Double) -> Double? {
        let total = count
        guard total > 0, !q.isNaN else { return nil }
        // A hair less, so that 0.55 of 200 is the 110th and not the 111th by rounding.
        let rank = min(max(q, 0), 1) * Double(total) * (1 - 0x1p-48)
        let wanted = max(1, rank.rounded(.up))
        var before: UInt64 = 0
        var last: (cell: Int, count: UInt64) = (0, 0)
        for (offset, count) in cells.enumerated() where count != 0 {
            last = (firstCell + offset, count)
            if Double(before &+ count) >= wanted { break }
            before &+= count
        }
        if last.count < 32 { return interpolate(last.cell, 0.5) }
        let position = (wanted - Double(before) - 0.5) / Double(last.count)
        return interpolate(last.cell, min(max(position, 0), 1))
    }

    /// Observations at or below each classic bound, then all of them (+Inf).
    public func cumulativeClassic() -> [UInt64] {
        var result: [UInt64] = []
        result.reserveCapacity(layout.classicBounds.count + 1)
        var running: UInt64 = 0
        var offset = 0
        for bound in layout.classicBounds {
            while offset < cells.count, layout.upperInclusive(firstCell + offset) <= bound {
                running &+= cells[offset]
                offset += 1
            }
            result.append(running)
        }
        while offset < cells.count {
            running &+= cells[offset]
            offset += 1
        }
        result.append(running)
        return result
    }

    /// Nonempty cells ascending with integer bounds: every recorded integer v of a cell satisfies
    /// lowerExclusive < v <= upperInclusive; the zero cell is (0, 0).
    public func forEachBucket(
        _ body: (_ lowerExclusive: UInt64, _ upperInclusive: UInt64, _ count: UInt64) -> Void
    ) {
        for (offset, count) in cells.enumerated() where count != 0 {
            let cell = firstCell + offset
            body(layout.lowerExclusive(cell), layout.upperInclusive(cell), count)
        }
    }

    /// Nonempty native buckets ascending; index i covers (2^((i-1)/16), 2^(i/16)]. Without zeros.
    public func nativeBuckets() -> [(index: Int, count: UInt64)] {
        var result: [(index: Int, count: UInt64)] = []
        guard let first = cells.firstIndex(where: { $0 != 0 }) else { return result }
        let starts = layout.tables.starts
        var index = layout.nativeIndex(max(firstCell + first, 1)) ?? 0
        for offset in first..<cells.count where cells[offset] != 0 {
            let cell = firstCell + offset
            if cell == 0 { continue }
            while Int(starts[index + 1]) <= cell { index += 1 }
            if let last = result.indices.last, result[last].index == index {
                result[last].count &+= cells[offset]
            } else {
                result.append((index, cells[offset]))
            }
        }
        return result
    }

    /// Observations of the value 0.
    public var zeroCount: UInt64 { cellCount(at: 0) }

    /// Point `fraction` of the way through a cell on an exponential scale, kept between the
    /// smallest and the largest integer the cell can hold.
    private func interpolate(_ cell: Int, _ fraction: Double) -> Double {
        guard let index = layout.nativeIndex(cell) else { return 0 }
        var (lower, upper) = NativeBuckets.realBounds(index)
        let starts = layout.tables.starts
        if cell > Int(starts[index]) { lower = Double(layout.lowerExclusive(cell)) }
        if cell + 1 < Int(starts[index + 1]) { upper = Double(layout.upperInclusive(cell)) }
        let point = lower * Exponential.power(upper / lower, fraction)
        let smallest = Double(layout.lowerExclusive(cell)) + 1
        let largest = Double(layout.upperInclusive(cell))
        return min(max(point, smallest), largest)
    }
}

/// base^fraction for 1 <= base <= 1.05, by the series of log1p and exp: within a few ulp there,
/// and no libm call, so results are the same on every machine.
private enum Exponential {
    static func power(_ base: Double, _ fraction: Double) -> Double {
        // log(base) = 2 artanh(z), z = (base-1)/(base+1) <= 0.025: five terms reach 1e-17.
        let z = (base - 1) / (base + 1)
        let square = z * z
        let log =
            2 * z * (1 + square * (1 / 3 + square * (1 / 5 + square * (1 / 7 + square / 9))))
        let x = log * fraction
        var term = 1.0
        var sum = 1.0
        for n in 1...8 {
            term *= x / Double(n)
            sum += term
        }
        return sum
    }
}
