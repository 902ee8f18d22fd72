// The numbers that relate all slot spaces: how many cells, directories and pages a shard may have
// and where they lie in its one reservation. Every handle is below these limits by construction,
// which is why adding needs no bounds check. Address space only: untouched pages cost nothing.
// Lower half of a space = made by main, same number in every shard; upper half = born in the shard.

@usableFromInline enum CellSpace {
    /// Scalar cells per half.
    @inlinable static var scalarHalf: Int { 1 << 21 }
    /// Cells per dirty mark: 8 cells are one cache line.
    @inlinable static var pageShift: UInt32 { 3 }
    static var pageCells: Int { 1 << 3 }
    /// Histogram directories per half.
    @inlinable static var directoryHalf: Int { 1 << 16 }
    /// Cells of a histogram page: 32 cells are two octaves.
    @inlinable static var histogramPageShift: Int { 5 }
    static var histogramPageCells: Int { 1 << 5 }
    /// Pages of one histogram: 1,026 native cells and at most 128 classic cuts fill 37.
    static var histogramPages: Int { 40 }

    // Words of one directory: tables, sum, 40 page marks of a byte, 40 page places of 4 bytes,
    // one spare.
    @inlinable static var directoryWords: Int { 28 }
    @inlinable static var directoryTables: Int { 0 }
    @inlinable static var directorySum: Int { 1 }
    @inlinable static var directoryMarksWord: Int { 2 }
    static var directoryMarksWords: Int { 5 }
    @inlinable static var directoryPages: Int { 7 }

    /// Cells for histogram pages: 128 MiB of address space; what does not fit is refused, counted.
    static var bucketCells: Int { 1 << 24 }
    /// First bucket cell in use: page places are biased by a cell number, and 0 means no page.
    static var bucketOrigin: Int { 2048 }
    /// Values from here on, and 0, take the slow path: a Double no longer holds them exactly.
    @inlinable static var exactLimit: UInt64 { 1 << 53 }

    // Byte offsets in a shard's reservation, which starts with the scalar cells. Constants, so
    // that recording needs one base register only.
    @inlinable static var marksOffset: Int { 2 * scalarHalf * 8 }
    @inlinable static var directoriesOffset: Int { marksOffset + 2 * scalarHalf / 8 }
    @inlinable static var directoryMarksOffset: Int {
        directoriesOffset + 2 * directoryHalf * directoryWords * 8
    }
    @inlinable static var bucketsOffset: Int { directoryMarksOffset + 2 * directoryHalf }
    static var byteCount: Int { bucketsOffset + bucketCells * 8 }
}
