// The cell numbering of one histogram family: native buckets in order, each cut into more cells
// where a classic bound falls strictly inside it. Immutable once made, so any thread may read it;
// workers read its tables through a raw pointer while the family list keeps the layout alive.
//
// Cell numbers (stable for given bounds; History stores them): cell 0 is value 0; then native
// buckets 0...1024 ascending, a bucket with n bounds inside it taking n+1 cells in a row. Cell c
// holds the integers v with upper(c-1) < v <= upper(c). Without bounds there are 1026 cells.

/// Which cells a histogram has. Two layouts are equal when their bounds are.
public struct HistogramLayout: Sendable, Equatable {
    let tables: LayoutTables

    /// - Parameter classicBounds: upper bounds, inclusive, raw units, ascending, at most 128.
    public init(classicBounds: [UInt64]) {
        precondition(
            zip(classicBounds, classicBounds.dropFirst()).allSatisfy { $0 < $1 }
                && classicBounds.count <= MetricFamily.classicBoundLimit,
            "BUG: classic bounds must ascend and be at most 128")
        tables = LayoutTables(classicBounds: classicBounds)
    }

    public var classicBounds: [UInt64] { tables.classicBounds }
    /// Cells are numbered 0..<cellCount.
    public var cellCount: Int { tables.uppers.count }

    /// Largest integer a cell can hold.
    public func upperInclusive(_ cell: Int) -> UInt64 { tables.uppers[cell] }

    /// The integer below the smallest one a cell can hold; 0 for cell 0, which holds only 0.
    public func lowerExclusive(_ cell: Int) -> UInt64 { cell == 0 ? 0 : tables.uppers[cell - 1] }

    /// The cell that counts `value`.
    public func cell(of value: UInt64) -> Int { tables.cell(of: value) }

    /// Native bucket of a cell; nil for the zero cell.
    public func nativeIndex(_ cell: Int) -> Int? {
        if cell == 0 { return nil }
        var (low, high) = (0, NativeBuckets.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(tables.starts[middle]) <= cell { low = middle } else { high = middle }
        }
        return low
    }

    public static func == (a: HistogramLayout, b: HistogramLayout) -> Bool {
        a.tables === b.tables || a.tables.classicBounds == b.tables.classicBounds
    }
}

/// Tables behind a layout. `hot` is one block for `Shard.record`; see `LayoutBlock`.
@safe final class LayoutTables: @unchecked Sendable {
    // Unchecked because of `hot` only: written in init, read-only afterwards, freed with the class.
    let classicBounds: [UInt64]
    /// First cell of each native bucket, plus the cell count as a last entry.
    let starts: [UInt16]
    let uppers: [UInt64]
    let hot: UnsafeMutablePointer<UInt64>

    init(classicBounds: [UInt64]) {
        var starts: [UInt16] = []
        var uppers: [UInt64] = [0]
        var bounds = classicBounds.drop { $0 == 0 }
        var lower: UInt64 = 0
        for index in 0..<NativeBuckets.count {
            starts.append(UInt16(uppers.count))
            let upper = NativeBuckets.upper(index)
            bounds = bounds.drop { $0 <= lower }
            while let bound = bounds.first, bound < upper {
                uppers.append(bound)
                bounds.removeFirst()
            }
            uppers.append(upper)
            lower = upper
        }
        starts.append(UInt16(uppers.count))
        self.classicBounds = classicBounds
        self.starts = starts
        self.uppers = uppers
        let words = LayoutBlock.uppers + uppers.count
        // Every record of every worker reads it: no line of it is the heap's next object's.
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: (words * 8 + 127) / 128 * 128, alignment: 128)
        let hot = unsafe memory.bindMemory(to: UInt64.self, capacity: words)
        unsafe hot.initialize(repeating: 0, count: words)
        unsafe self.hot = hot
        fillHot()
    }

    deinit { unsafe UnsafeMutableRawPointer(hot).deallocate() }

    /// The cell that counts `value`.
    func cell(of value: UInt64) -> Int {
        if value == 0 { return 0 }
        var cell = Int(starts[NativeBuckets.index(of: value)])
        while value > uppers[cell] { cell += 1 }
        return cell
    }

    private func fillHot() {
        for (cell, upper) in uppers.enumerated() {
            unsafe hot[LayoutBlock.uppers + cell] = upper
        }
        let firsts = unsafe UnsafeMutableRawPointer(hot).assumingMemoryBound(to: UInt16.self)
        for slice in 0..<LayoutBlock.slices {
            let octave = UInt64(slice / 32)
            let start = (UInt64(32 + slice % 32) << 58) >> (63 - octave)
            let isWhole = start << (63 - octave) == UInt64(32 + slice % 32) << 58
            unsafe firsts[slice] = UInt16(cell(of: isWhole ? start : start + 1))
        }
    }
}

/// Word offsets inside `LayoutTables.hot`.
///
/// An octave is cut into 32 equal slices, each narrower than any native bucket. A slice knows the
/// cell of its smallest integer; comparing with the upper bounds from there on finds the cell, in
/// one step unless a classic bound falls into the same slice as a native one.
@usableFromInline enum LayoutBlock {
    static var slices: Int { 64 * 32 }
    /// Upper bound of each cell; before them the `UInt16` first cell of each slice, 4 to a word.
    @inlinable static var uppers: Int { 512 }
}
