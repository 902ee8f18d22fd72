// The numbers that relate all slot spaces: how many cells, directories and pages a shard may have
// and where they lie in its one reservation. Every handle is below these limits by construction,
// which is why adding needs no bounds check. Address space only: untouched pages cost nothing.
// Lower half of a space = made by main, same number in every shard; upper half = born in the shard.

@usableFromInline enum CellSpace {
    /// Scalar cells per half.
    static let scalarHalf = 1 << 21
    /// Cells per dirty mark: 8 cells are one cache line.
    @usableFromInline static let pageShift: UInt32 = 3
    static let pageCells = 1 << 3
    /// Histogram directories per half.
    static let directoryHalf = 1 << 16
    /// Cells of a histogram page: 32 cells are two octaves.
    @usableFromInline static let histogramPageShift = 5
    static let histogramPageCells = 1 << 5
    /// Pages of one histogram: 1,026 native cells and at most 128 classic cuts fill 37.
    static let histogramPages = 40
    /// Words of one directory: tables, sum, 40 page marks of a byte, 40 page places of 4 bytes,
    /// one spare.
    @usableFromInline static let directoryWords = 28
    @usableFromInline static let directoryTables = 0
    @usableFromInline static let directorySum = 1
    @usableFromInline static let directoryMarksWord = 2
    static let directoryMarksWords = 5
    @usableFromInline static let directoryPages = 7
    /// Cells for histogram pages: 128 MiB of address space; what does not fit is refused, counted.
    static let bucketCells = 1 << 24
    /// First bucket cell in use: page places are biased by a cell number, and 0 means no page.
    static let bucketOrigin = 2048
    /// Values from here on, and 0, take the slow path: a Double no longer holds them exactly.
    @usableFromInline static let exactLimit: UInt64 = 1 << 53

    // Byte offsets in the reservation.
    static let marksOffset = 2 * scalarHalf * 8
    static let directoriesOffset = marksOffset + 2 * scalarHalf / pageCells
    static let directoryMarksOffset = directoriesOffset + 2 * directoryHalf * directoryWords * 8
    static let bucketsOffset = directoryMarksOffset + 2 * directoryHalf
    static let byteCount = bucketsOffset + bucketCells * 8
}
