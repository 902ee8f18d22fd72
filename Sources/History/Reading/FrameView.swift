// One decoded frame, as readers get it: the values of all series at one moment, plus what changed.
// A cheap view of the decoder's slots (shared storage); valid as long as it is kept, best not kept.
// Any thread.

public import Stats

/// Cumulative observations of a histogram series.
public struct StoredHistogram: Sendable, Equatable {
    /// Sum of observed values, raw units, modulo 2^64.
    public var sum: UInt64
    public var count: UInt64
    var cells: [HistogramCell]

    public static let empty = StoredHistogram(sum: 0, count: 0, cells: [])

    /// With the family's numbering; nil when a cell lies outside it (a damaged dictionary).
    public func value(layout: HistogramLayout) -> HistogramValue? {
        guard (cells.last?.cell).map({ Int($0) < layout.cellCount }) ?? true else { return nil }
        return HistogramValue(
            layout: layout, sum: sum,
            sparseCells: cells.map { (cell: Int($0.cell), count: $0.count) })
    }

    func adding(_ other: StoredHistogram) -> StoredHistogram { merged(other, &+) }

    func subtracting(_ earlier: StoredHistogram) -> StoredHistogram { merged(earlier, &-) }

    private func merged(
        _ other: StoredHistogram, _ combine: (UInt64, UInt64) -> UInt64
    ) -> StoredHistogram {
        var result: [HistogramCell] = []
        result.reserveCapacity(max(cells.count, other.cells.count))
        var (a, b) = (0, 0)
        while a < cells.count || b < other.cells.count {
            let left = a < cells.count ? cells[a].cell : UInt32.max
            let right = b < other.cells.count ? other.cells[b].cell : UInt32.max
            let cell = min(left, right)
            let count = combine(
                left == cell ? cells[a].count : 0, right == cell ? other.cells[b].count : 0)
            if count != 0 { result.append(HistogramCell(cell: cell, count: count)) }
            if left == cell { a += 1 }
            if right == cell { b += 1 }
        }
        return StoredHistogram(
            sum: combine(sum, other.sum), count: combine(count, other.count), cells: result)
    }
}

/// One value of one series, exact.
public enum SampleValue: Sendable, Equatable {
    /// Since the start of the boot.
    case counter(UInt64)
    case gauge(Int64)
    /// Since the start of the boot.
    case histogram(StoredHistogram)
    /// Imported counters and gauges.
    case float(Double)
}

/// All series at one moment.
public struct FrameView {
    public let id: Int64
    public let timeMillis: Int64
    public let boot: Int64
    let decoder: FrameDecoder

    public var isKeyframe: Bool { decoder.isKeyframe }
    /// Some thread's numbers are from its cut before.
    public var isLate: Bool { decoder.isLate }

    /// Every live series, in slot order. Two entries of one series add up: a retired one may
    /// stand next to its successor.
    public func forEachValue(_ body: (_ seriesID: Int64, _ value: SampleValue) -> Void) {
        for slot in decoder.slots where slot.isAlive { body(slot.seriesID, slot.sample) }
    }
}

extension FrameSlot {
    var sample: SampleValue {
        switch kind {
        case .counter: .counter(value)
        case .gauge: .gauge(Int64(bitPattern: value))
        case .histogram: .histogram(StoredHistogram(sum: value, count: count, cells: cells))
        }
    }
}

extension SampleValue {
    /// Both together; the left one when the kinds differ.
    public func adding(_ other: SampleValue) -> SampleValue {
        switch (self, other) {
        case (.counter(let a), .counter(let b)): .counter(a &+ b)
        case (.gauge(let a), .gauge(let b)): .gauge(a &+ b)
        case (.histogram(let a), .histogram(let b)): .histogram(a.adding(b))
        case (.float(let a), .float(let b)): .float(a + b)
        case (.counter, _), (.gauge, _), (.histogram, _), (.float, _): self
        }
    }

    /// What was counted after `earlier`; all of it when the count went back (a new life).
    func grown(since earlier: SampleValue?) -> SampleValue? {
        switch (self, earlier) {
        case (.gauge, _), (.float, _): nil
        case (_, nil): self
        case (.counter(let now), .counter(let then)): .counter(now >= then ? now - then : now)
        case (.histogram(let now), .histogram(let then)):
            .histogram(now.count >= then.count ? now.subtracting(then) : now)
        case (.counter, _), (.histogram, _): self
        }
    }
}
