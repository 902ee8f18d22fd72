// The answer to "these series, this stretch of time": axes (the times that many series share) and
// lives over them, stitched over blocks, tiers and frames. Columns stay encoded until they are
// asked for, so a caller can count samples before it makes room for them. A value; any thread.

/// The samples of one block, or of frames that no block holds yet, inside the window.
public struct SampleAxis: Sendable {
    public let tier: HistoryTier
    public let boot: Int64
    /// Time of the sample before the first one of the block, or the start of the boot.
    public let startMillis: Int64
    /// Inside the window, ascending; a later axis may begin earlier after a clock stepped back.
    public internal(set) var times: [Int64]
    /// Index in the block of the first of `times`, and how many samples the block has.
    let lower: Int
    let blockCount: Int
    /// Time of the sample before `times`, where the block has one.
    let timeBefore: Int64?
    /// Time of the sample after `times`, where the block has one.
    let timeAfter: Int64?
    /// Imported series have axes of their own: that one is not on this axis says nothing.
    let isImported: Bool

    /// How far samples are apart.
    public var stepMillis: Int64 { tier.stepMillis }
    /// How long each sample stands for itself.
    public var reachMillis: Int64 { tier.reachMillis }
    var upper: Int { lower + times.count }
}

/// A stretch of a life on one axis.
public struct LifePiece: Sendable {
    /// Index into `SeriesWindow.axes`.
    public let axis: Int
    /// Indices into the axis' times.
    public let range: Range<Int>
    let source: Source
    /// Place of `range.lowerBound` in the stored columns.
    let skip: Int

    enum Source: Sendable {
        case chunk(Int, ChunkLife)
        case columns(LifeColumns)
    }
}

/// One life of a series inside the window.
public struct StoredLife: Sendable {
    public let seriesID: Int64
    let layout: ColumnLayout
    /// Its birth lies in the window: its first value was counted from zero since then.
    public let bornMillis: Int64?
    public internal(set) var pieces: [LifePiece]
    /// The first time without it, when it ended in the window.
    public internal(set) var endedMillis: Int64?
    let boot: Int64

    public var isFresh: Bool { bornMillis != nil }
    public var isFloat: Bool { layout.isFloat }
    public var sampleCount: Int { pieces.reduce(0) { $0 + $1.range.count } }
}

/// A column that is malformed under a right checksum was written so by a fault or on purpose: its
/// piece is a gap, and whoever asks for it is told.
public struct SeriesWindow: Sendable {
    public internal(set) var axes: [SampleAxis] = []
    /// Ascending by series, then in the order in which they began.
    public internal(set) var lives: [StoredLife] = []
    public internal(set) var report = ReadReport()
    /// Of the opened chunks.
    public internal(set) var heldBytes = 0
    var chunks: [Chunk] = []

    /// Appends the values of a piece: counters and sums as they are, gauges as bits of Int64,
    /// floats as bits of Double. False, and nothing appended, when the column is malformed.
    public func values(of piece: LifePiece, into values: inout [UInt64]) -> Bool {
        switch piece.source {
        case .columns(let columns):
            values.append(contentsOf: columns.values[piece.skip..<piece.skip + piece.range.count])
        case .chunk(let index, let life):
            let start = values.count
            if !chunks[index].values(of: life, into: &values) {
                values.removeLast(values.count - start)
                return false
            }
            let excess = values.count - start - piece.skip - piece.range.count
            if excess > 0 { values.removeLast(excess) }
            if piece.skip > 0 { values.removeSubrange(start..<start + piece.skip) }
        }
        return true
    }

    /// What a coarser tier knows of a gauge beside its last value.
    public enum GaugeColumn: Sendable { case last, least, greatest, mean }

    /// Appends the values of a gauge as numbers. False, and nothing appended, when malformed.
    public func gauge(
        _ piece: LifePiece, _ column: GaugeColumn, into values: inout [Double]
    ) -> Bool {
        guard let columns = columns(of: piece) else { return false }
        let range = piece.skip..<piece.skip + piece.range.count
        guard let summary = columns.summary, column != .last else {
            for index in range { values.append(Double(Int64(bitPattern: columns.values[index]))) }
            return true
        }
        for index in range {
            switch column {
            case .last, .least: values.append(Double(Int64(bitPattern: summary.least[index])))
            case .greatest: values.append(Double(Int64(bitPattern: summary.greatest[index])))
            case .mean:
                let sum = Double(Int64(bitPattern: summary.sum[index]))
                values.append(sum / Double(max(1, summary.count[index])))
            }
        }
        return true
    }

    /// Calls `body` with each histogram of a piece: its place in the range, and the value. False,
    /// and no call, when the columns are malformed.
    public func forEachHistogram(
        _ piece: LifePiece, _ body: (_ offset: Int, _ value: StoredHistogram) -> Void
    ) -> Bool {
        guard let columns = columns(of: piece) else { return false }
        var cells: [HistogramCell] = []
        var count: UInt64 = 0
        // Steps of all cells in the order of their samples.
        var steps: [(index: Int, cell: UInt32, count: UInt64)] = []
        for column in columns.cells {
            for step in column.steps { steps.append((step.index, column.cell, step.count)) }
        }
        steps.sort { ($0.index, $0.cell) < ($1.index, $1.cell) }
        var next = 0
        for index in 0..<piece.skip + piece.range.count {
            while next < steps.count, steps[next].index <= index {
                let step = steps[next]
                next += 1
                let place = cells.firstIndex { $0.cell >= step.cell } ?? cells.count
                if place < cells.count, cells[place].cell == step.cell {
                    count &+= step.count &- cells[place].count
                    cells[place].count = step.count
                } else {
                    count &+= step.count
                    cells.insert(HistogramCell(cell: step.cell, count: step.count), at: place)
                }
            }
            if index >= piece.skip {
                body(
                    index - piece.skip,
                    StoredHistogram(sum: columns.values[index], count: count, cells: cells))
            }
        }
        return true
    }

    func columns(of piece: LifePiece) -> LifeColumns? {
        switch piece.source {
        case .columns(let columns): columns
        case .chunk(let index, let life): chunks[index].columns(of: life)
        }
    }
}

extension SeriesWindow {
    /// Cumulative counts of a histogram's cells, summed up in groups, at each sample of a piece;
    /// nil when the columns are malformed.
    public func cellSums(
        _ piece: LifePiece, groups: Int, _ group: (_ cell: Int) -> Int
    ) -> [[UInt64]]? {
        guard let columns = columns(of: piece) else { return nil }
        let end = piece.skip + piece.range.count
        var sums = [[UInt64]](repeating: [UInt64](repeating: 0, count: end), count: groups)
        for column in columns.cells {
            let place = group(Int(column.cell))
            var before: UInt64 = 0
            for step in column.steps where step.index < end {
                sums[place][step.index] &+= step.count &- before
                before = step.count
            }
        }
        for place in sums.indices {
            for index in 1..<max(1, end) { sums[place][index] &+= sums[place][index - 1] }
            if piece.skip > 0 { sums[place].removeFirst(piece.skip) }
        }
        return sums
    }
}

extension StoredHistogram {
    /// Touched cells, ascending.
    public func forEachCell(_ body: (_ cell: Int, _ count: UInt64) -> Void) {
        for cell in cells { body(Int(cell.cell), cell.count) }
    }
}
