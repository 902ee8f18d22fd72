// What a statsd server is known to have: per series the counter value and the histogram cells
// that were acknowledged. Deltas are always taken against this, so an increment goes out exactly
// once however long the server was away. A value owned by the sink; one thread at a time.
// Bounded by the number of series (12 bytes each, and 16 a touched histogram cell).

public import Stats

/// One acknowledged-or-not step of one series.
public struct StatsdDelta: Sendable, Equatable {
    public enum Amount: Sendable, Equatable {
        /// Raw units.
        case counter(UInt64)
        /// `cell` as `HistogramLayout` numbers them.
        case bucket(cell: Int, count: UInt64)
    }

    public let series: SeriesID
    public let generation: UInt32
    public let amount: Amount
}

/// One packet: lines joined by line feeds, and what they carry.
public struct StatsdDatagram: Sendable {
    public let payload: [UInt8]
    /// Counters and buckets in the payload; gauges carry no delta.
    public let deltas: [StatsdDelta]
    public let lineCount: Int
}

/// The server's side of the account.
public struct StatsdState: Sendable {
    struct Cell: Sendable, Equatable {
        let cell: Int
        var count: UInt64
    }

    private var generations: [UInt32] = []
    private var counters: [UInt64] = []
    /// By series number; cells ascending.
    private var histograms: [Int: [Cell]] = [:]

    /// A server that has nothing.
    public init() {}

    /// The datagram has been sent: its deltas are the server's now.
    public mutating func acknowledge(_ datagram: StatsdDatagram) {
        for delta in datagram.deltas {
            let index = delta.series.index
            if !adopt(index, delta.generation) { continue }
            switch delta.amount {
            case .counter(let amount): counters[index] &+= amount
            case .bucket(let cell, let count): add(count, to: cell, of: index)
            }
        }
    }

    /// Takes an acknowledgement back: a later send told that this datagram was refused
    /// (ECONNREFUSED is reported one call late). Its deltas go out again with the next flush.
    public mutating func revoke(_ datagram: StatsdDatagram) {
        for delta in datagram.deltas {
            let index = delta.series.index
            guard index < generations.count, generations[index] == delta.generation else {
                continue
            }
            switch delta.amount {
            case .counter(let amount): counters[index] &-= amount
            case .bucket(let cell, let count): add(0 &- count, to: cell, of: index)
            }
        }
    }

    /// Acknowledged value of a counter; 0 for a series it has not seen.
    func counter(_ id: SeriesID, _ generation: UInt32) -> UInt64 {
        isKnown(id, generation) ? counters[id.index] : 0
    }

    /// Acknowledged cells of a histogram, ascending.
    func cells(_ id: SeriesID, _ generation: UInt32) -> [Cell] {
        isKnown(id, generation) ? histograms[id.index] ?? [] : []
    }

    private func isKnown(_ id: SeriesID, _ generation: UInt32) -> Bool {
        id.index < generations.count && generations[id.index] == generation
    }

    /// Makes room for a series. A newer generation starts at zero; false for an older one, whose
    /// number has gone to another series since.
    private mutating func adopt(_ index: Int, _ generation: UInt32) -> Bool {
        if index >= generations.count {
            let missing = index + 1 - generations.count
            generations.append(contentsOf: repeatElement(generation, count: missing))
            counters.append(contentsOf: repeatElement(0, count: missing))
        }
        if generations[index] == generation { return true }
        let isUnused = counters[index] == 0 && histograms[index] == nil
        if !isUnused, Int32(bitPattern: generation &- generations[index]) < 0 { return false }
        generations[index] = generation
        counters[index] = 0
        histograms[index] = nil
        return true
    }

    private mutating func add(_ count: UInt64, to cell: Int, of index: Int) {
        var cells = histograms.removeValue(forKey: index) ?? []
        var (low, high) = (0, cells.count)
        while low < high {
            let middle = (low + high) / 2
            if cells[middle].cell < cell { low = middle + 1 } else { high = middle }
        }
        if low < cells.count, cells[low].cell == cell {
            cells[low].count &+= count
        } else {
            cells.insert(Cell(cell: cell, count: count), at: low)
        }
        histograms[index] = cells
    }
}
