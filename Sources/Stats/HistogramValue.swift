// One histogram as a value: exact counts per cell and an exact sum, mergeable in any order.
// Dense over the span of cells that were ever touched: latencies span a few octaves, about 1 KiB.
// A value type over an array; immutable for readers on any thread once it is in a Snapshot.
// It holds no count of its own: the count is the sum of its cells, so the two cannot disagree.

/// A histogram over UInt64, native schema 4, with exact classic bounds. Arithmetic wraps mod 2^64.
public struct HistogramValue: Sendable, Equatable {
    public static let schema = NativeBuckets.schema

    public let layout: HistogramLayout
    /// Sum of all recorded values, raw units, modulo 2^64.
    public internal(set) var sum: UInt64
    /// First cell of `cells`.
    var firstCell: Int
    var cells: [UInt64]

    /// An empty histogram.
    public init(layout: HistogramLayout) {
        self.layout = layout
        sum = 0
        firstCell = 0
        cells = []
    }

    /// The inverse of `sparseCells`. Cells must be below `layout.cellCount` (a caller that reads
    /// them from a file checks that first); a cell given twice adds up.
    public init(layout: HistogramLayout, sum: UInt64, sparseCells: [(cell: Int, count: UInt64)]) {
        self.init(layout: layout)
        self.sum = sum
        guard let low = sparseCells.map(\.cell).min(), let high = sparseCells.map(\.cell).max()
        else { return }
        cover(low..<high + 1)
        for entry in sparseCells { cells[entry.cell - firstCell] &+= entry.count }
    }

    /// Number of recorded values. O(cells).
    public var count: UInt64 { cells.reduce(0, &+) }

    /// Counts one value.
    public mutating func record(_ value: UInt64) {
        let cell = layout.cell(of: value)
        cover(cell..<cell + 1)
        cells[cell - firstCell] &+= 1
        sum &+= value
    }

    /// Both together. The layouts must be equal.
    public func adding(_ other: HistogramValue) -> HistogramValue {
        var result = self
        result.merge(other, by: &+)
        return result
    }

    /// What was recorded after `earlier`, an older value of the same series.
    public func subtracting(_ earlier: HistogramValue) -> HistogramValue {
        var result = self
        result.merge(earlier, by: &-)
        return result
    }

    /// Nonempty cells, ascending: the exact serial form together with `sum` and the bounds.
    public func sparseCells() -> [(cell: Int, count: UInt64)] {
        var result: [(cell: Int, count: UInt64)] = []
        for (offset, count) in cells.enumerated() where count != 0 {
            result.append((firstCell + offset, count))
        }
        return result
    }

    public static func == (a: HistogramValue, b: HistogramValue) -> Bool {
        guard a.sum == b.sum, a.layout == b.layout else { return false }
        let span = min(a.firstCell, b.firstCell)..<max(a.endCell, b.endCell)
        return span.allSatisfy { a.cellCount(at: $0) == b.cellCount(at: $0) }
    }

    var endCell: Int { firstCell + cells.count }

    func cellCount(at cell: Int) -> UInt64 {
        cell >= firstCell && cell < endCell ? cells[cell - firstCell] : 0
    }

    /// Adds the pages of one histogram out of a cut: per page, page << 32 | bit set of cells, then
    /// their counts.
    mutating func add(_ pages: ArraySlice<UInt64>, sum: UInt64) {
        self.sum &+= sum
        var position = pages.startIndex
        while position < pages.endIndex {
            let start = Int(pages[position] >> 32) * CellSpace.histogramPageCells
            var rest = pages[position] & 0xFFFF_FFFF
            position += 1
            cover(start..<min(start + CellSpace.histogramPageCells, layout.cellCount))
            let base = start - firstCell
            while rest != 0 {
                cells[base + rest.trailingZeroBitCount] &+= pages[position]
                position += 1
                rest &= rest - 1
            }
        }
    }

    /// A copy of the cells that no other value shares, whatever the reference count says. Main
    /// does this before the first change after a snapshot, so a write never meets a reader.
    mutating func detach() {
        cells = unsafe cells.withUnsafeBufferPointer { unsafe [UInt64]($0) }
    }

    /// Extends the dense span to contain `range`.
    mutating func cover(_ range: Range<Int>) {
        precondition(range.upperBound <= layout.cellCount, "BUG: cell beyond the layout")
        if cells.isEmpty {
            firstCell = range.lowerBound
            cells = [UInt64](repeating: 0, count: range.count)
            return
        }
        if range.lowerBound < firstCell {
            let missing = firstCell - range.lowerBound
            cells.insert(contentsOf: repeatElement(0, count: missing), at: 0)
            firstCell = range.lowerBound
        }
        if range.upperBound > endCell {
            cells.append(contentsOf: repeatElement(0, count: range.upperBound - endCell))
        }
    }

    private mutating func merge(_ other: HistogramValue, by combine: (UInt64, UInt64) -> UInt64) {
        precondition(layout == other.layout, "BUG: histograms with different bounds")
        sum = combine(sum, other.sum)
        if other.cells.isEmpty { return }
        cover(other.firstCell..<other.endCell)
        for (offset, count) in other.cells.enumerated() {
            let cell = other.firstCell + offset - firstCell
            cells[cell] = combine(cells[cell], count)
        }
    }
}
