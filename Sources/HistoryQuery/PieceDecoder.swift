// The numbers of one piece of a life, in the units of /metrics. Classic buckets are exact: no cell
// straddles a bound. Native histograms of nanoseconds have custom bounds, all of the layout's cells
// in seconds, since a grid of powers of two in nanoseconds is none in seconds; the others are
// exponential, schema 4. What cannot be read is a gap: stale markers. One thread.

import History
import PromQL
import Stats

struct PieceDecoder {
    private let window: SeriesWindow
    private let view: FamilyView
    private let gaugeColumn: SeriesWindow.GaugeColumn
    private let layout: HistogramLayout?
    /// First classic bound at or above each cell; for buckets.
    private let boundOfCell: [Int]
    let empty: FloatHistogram
    /// Kept for its room.
    private var raw: [UInt64] = []

    init(_ window: SeriesWindow, _ view: FamilyView, _ hints: SelectHints) {
        self.window = window
        self.view = view
        gaugeColumn = Resolution.gaugeColumn(hints.function)
        let layout = view.family.kind == .histogram ? view.family.layout : nil
        self.layout = layout
        boundOfCell =
            view.kind == .bucket && layout != nil
            ? Self.boundOfCell(layout, view.family.classicBounds) : []
        var empty = FloatHistogram()
        if let layout, view.family.unit == .nanoseconds {
            empty.schema = FloatHistogram.customSchema
            empty.customBounds = (0..<layout.cellCount - 1).map {
                Double(layout.upperInclusive($0)) / 1e9
            }
        } else {
            empty.schema = Int32(HistogramValue.schema)
            empty.zeroThreshold = 0x1p-128
        }
        self.empty = empty
    }

    private static func boundOfCell(
        _ layout: HistogramLayout?, _ bounds: [UInt64]
    ) -> [Int] {
        guard let layout else { return [] }
        var bound = 0
        return (0..<layout.cellCount).map { cell in
            while bound < bounds.count, bounds[bound] < layout.upperInclusive(cell) { bound += 1 }
            return bound
        }
    }

    /// Appends a piece to each column, one for each output.
    mutating func append(
        _ piece: LifePiece, _ life: StoredLife, _ outputs: [FamilyView.Output],
        to columns: inout [[Double]]
    ) {
        switch view.kind {
        case .number: appendNumbers(piece, life, to: &columns[0])
        case .sum: appendRaw(piece, to: &columns[0])
        case .count: appendCounts(piece, to: &columns[0])
        case .bucket: appendBuckets(piece, outputs, to: &columns)
        case .native: break
        }
    }

    private mutating func appendNumbers(
        _ piece: LifePiece, _ life: StoredLife, to column: inout [Double]
    ) {
        let start = column.count
        if view.family.kind == .gauge, !life.isFloat {
            guard window.gauge(piece, gaugeColumn, into: &column) else {
                return Self.appendGap(piece, to: &column)
            }
            if view.divisor != 1 {
                for index in start..<column.count { column[index] /= view.divisor }
            }
            return
        }
        guard life.isFloat else { return appendRaw(piece, to: &column) }
        raw.removeAll(keepingCapacity: true)
        guard window.values(of: piece, into: &raw) else {
            return Self.appendGap(piece, to: &column)
        }
        column.append(addingCapacity: raw.count) { output in
            for value in raw { output.append(Double(bitPattern: value)) }
        }
    }

    /// Integers as numbers in the unit of /metrics.
    private mutating func appendRaw(_ piece: LifePiece, to column: inout [Double]) {
        raw.removeAll(keepingCapacity: true)
        guard window.values(of: piece, into: &raw) else {
            return Self.appendGap(piece, to: &column)
        }
        let divisor = view.divisor
        column.append(addingCapacity: raw.count) { output in
            if divisor == 1 {
                for value in raw { output.append(Double(value)) }
            } else {
                for value in raw { output.append(Double(value) / divisor) }
            }
        }
    }

    private func appendCounts(_ piece: LifePiece, to column: inout [Double]) {
        guard let sums = window.cellSums(piece, groups: 1, { _ in 0 }) else {
            return Self.appendGap(piece, to: &column)
        }
        for count in sums[0] { column.append(Double(count)) }
    }

    private static func appendGap(_ piece: LifePiece, to column: inout [Double]) {
        column.append(contentsOf: repeatElement(StaleMarker.value, count: piece.range.count))
    }

    private func appendBuckets(
        _ piece: LifePiece, _ outputs: [FamilyView.Output], to columns: inout [[Double]]
    ) {
        let groups = view.boundTexts.count
        let found = window.cellSums(piece, groups: groups) { cell in
            cell < boundOfCell.count ? boundOfCell[cell] : groups - 1
        }
        guard let sums = found else {
            for column in outputs.indices { Self.appendGap(piece, to: &columns[column]) }
            return
        }
        var running = [UInt64](repeating: 0, count: piece.range.count)
        var next = 0
        for (column, output) in outputs.enumerated() {
            while next <= output.bound {
                for index in running.indices { running[index] &+= sums[next][index] }
                next += 1
            }
            for value in running { columns[column].append(Double(value)) }
        }
    }

    // MARK: native

    /// Returns what they took of the budget.
    func append(
        histograms piece: LifePiece, to result: inout [FloatHistogram],
        _ budget: inout SampleBudget
    ) throws(QueryFailure) -> Int {
        result.reserveCapacity(result.count + piece.range.count)
        var last: (cells: StoredHistogram, value: FloatHistogram)?
        var cost = 0
        var failure: QueryFailure?
        let isReadable = window.forEachHistogram(piece) { _, stored in
            if let last, last.cells == stored {
                result.append(last.value)
            } else if failure == nil {
                let value = histogram(stored)
                last = (stored, value)
                result.append(value)
                do throws(QueryFailure) {
                    try budget.take(value.ownCost)
                    try budget.work(value.ownCost)
                    cost += value.ownCost
                } catch { failure = error }
            }
        }
        if let failure { throw failure }
        if !isReadable {
            var gap = empty
            gap.sum = StaleMarker.value
            result.append(contentsOf: repeatElement(gap, count: piece.range.count))
        }
        return cost
    }

    private func histogram(_ stored: StoredHistogram) -> FloatHistogram {
        var result = empty
        result.count = Double(stored.count)
        result.sum = Double(stored.sum) / view.divisor
        guard let layout else { return result }
        var next: Int32 = 0
        if empty.usesCustomBounds {
            stored.forEachCell { cell, count in
                Self.append(Int32(cell), Double(count), to: &result, &next)
            }
        } else if let value = stored.value(layout: layout) {
            result.zeroCount = Double(value.zeroCount)
            for bucket in value.nativeBuckets() {
                Self.append(Int32(bucket.index), Double(bucket.count), to: &result, &next)
            }
        }
        return result
    }

    /// Appends a bucket beyond those that are there; `next` is the first index after them.
    private static func append(
        _ index: Int32, _ count: Double, to result: inout FloatHistogram, _ next: inout Int32
    ) {
        if let last = result.positiveSpans.indices.last, next == index {
            result.positiveSpans[last].length += 1
        } else {
            result.positiveSpans.append(.init(offset: index - next, length: 1))
        }
        result.positive.append(count)
        next = index + 1
    }
}
