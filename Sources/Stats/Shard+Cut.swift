// How a shard copies what was touched. Scalars: absolute cell values in runs of dirty pages, main
// subtracts its mirror. Histograms: counts are moved out, the cells start again at zero, because a
// mirror of them would cost main another KiB per histogram and worker. Owner thread only; must
// never look beyond the used extent, so an idle shard's cut costs a scan of few marks.

import Synchronization

extension Shard {
    /// Dirty pages as runs (first cell << 32 | cell count) and their values one after another.
    func cutScalars() -> (runs: [UInt64], values: [UInt64]) {
        var runs: [UInt64] = []
        var total = 0
        let shared = families.sharedSlots.load(ordering: .relaxed)
        collectRuns(0..<shared, &runs, &total)
        let half = CellSpace.scalarHalf
        collectRuns(half..<half + births.scalarExtent, &runs, &total)
        if total == 0 { return ([], []) }
        let values = unsafe [UInt64](unsafeUninitializedCapacity: total) { buffer, count in
            guard var target = buffer.baseAddress else { return }
            for run in runs {
                let length = Int(run & 0xFFFF_FFFF)
                unsafe target.initialize(from: cells + Int(run >> 32), count: length)
                unsafe target += length
            }
            count = total
        }
        return (runs, values)
    }

    /// Finds and clears the dirty marks of a range of cells, 8 pages at a time.
    private func collectRuns(_ range: Range<Int>, _ runs: inout [UInt64], _ total: inout Int) {
        let stride = CellSpace.pageCells * 8
        let first = range.lowerBound / stride
        let end = (range.upperBound + stride - 1) / stride
        let words = unsafe UnsafeMutableRawPointer(marks).assumingMemoryBound(to: UInt64.self)
        var start = -1
        var length = 0
        func flush() {
            if length > 0 {
                runs.append(UInt64(start) << 32 | UInt64(length))
                total += length
            }
            length = 0
        }
        for index in first..<max(first, end) {
            var word = unsafe words[index]
            if word == 0 { continue }
            unsafe words[index] = 0
            if word == 0x0101_0101_0101_0101, length > 0, start + length == index * stride {
                length += stride
                continue
            }
            while word != 0 {
                let page = word.trailingZeroBitCount / 8
                word &= ~(0xFF << UInt64(page * 8))
                let cell = index * stride + page * CellSpace.pageCells
                if length == 0 || start + length != cell {
                    flush()
                    start = cell
                }
                length += CellSpace.pageCells
            }
        }
        flush()
    }

    /// Per touched histogram: page count << 32 | directory, sum; then per touched page
    /// page << 32 | bit set of its nonzero cells, and those counts in order.
    func cutHistograms() -> [UInt64] {
        var words: [UInt64] = []
        words.reserveCapacity(lastHistogramWords)
        let shared = families.sharedDirectories.load(ordering: .relaxed)
        collectHistograms(0..<shared, &words)
        let half = CellSpace.directoryHalf
        collectHistograms(half..<half + births.directoryExtent, &words)
        lastHistogramWords = words.count
        return words
    }

    private func collectHistograms(_ range: Range<Int>, _ words: inout [UInt64]) {
        let marked = unsafe UnsafeMutableRawPointer(directoryMarks)
            .assumingMemoryBound(to: UInt64.self)
        for index in range.lowerBound / 8..<(range.upperBound + 7) / 8 {
            var word = unsafe marked[index]
            if word == 0 { continue }
            unsafe marked[index] = 0
            while word != 0 {
                let byte = word.trailingZeroBitCount / 8
                word &= ~(0xFF << UInt64(byte * 8))
                moveOut(index * 8 + byte, &words)
            }
        }
    }

    private func moveOut(_ number: Int, _ words: inout [UInt64]) {
        let directory = unsafe directories + number * CellSpace.directoryWords
        let head = words.count
        words.append(UInt64(number))
        unsafe words.append(directory[CellSpace.directorySum])
        unsafe directory[CellSpace.directorySum] = 0
        for index in 0..<CellSpace.directoryMarksWords {
            var marked = unsafe directory[CellSpace.directoryMarksWord + index]
            if marked == 0 { continue }
            unsafe directory[CellSpace.directoryMarksWord + index] = 0
            while marked != 0 {
                let byte = marked.trailingZeroBitCount / 8
                marked &= ~(0xFF << UInt64(byte * 8))
                unsafe movePage(directory, index * 8 + byte, &words)
                words[head] += 1 << 32
            }
        }
    }

    @unsafe private func movePage(
        _ directory: UnsafeMutablePointer<UInt64>, _ page: Int, _ words: inout [UInt64]
    ) {
        let places = unsafe UnsafeMutableRawPointer(directory + CellSpace.directoryPages)
            .assumingMemoryBound(to: UInt32.self)
        let first = unsafe Int(places[page]) + page * CellSpace.histogramPageCells
        let cells = unsafe buckets + first
        let head = words.count
        words.append(UInt64(page) << 32)
        for cell in 0..<CellSpace.histogramPageCells {
            let count = unsafe cells[cell]
            if count == 0 { continue }
            words.append(count)
            words[head] |= 1 << UInt64(cell)
            unsafe cells[cell] = 0
        }
    }
}
