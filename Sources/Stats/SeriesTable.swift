// Which series exist: family, labels, generation and state of each, found by labels in O(1).
// Entries are 32 bytes in chunks that snapshots share; the index is open addressing over entry
// numbers, 4 bytes a slot. Main only. A series number is also its shared cell number, so merging a
// shared cell needs no lookup. Must never free a number that a worker may still add to.

/// Life of a series; docs/internals/stats.md draws it.
enum SeriesState: UInt8 {
    case free
    case live
    /// Retired, still in snapshots until every sink has its last increments.
    case retired
    /// Out of snapshots, its number not yet safe to reuse.
    case hidden
}

struct SeriesEntry: Sendable {
    var family: UInt16
    var state: SeriesState
    var touched: Bool
    var generation: UInt32
    /// Histograms: number of the histogram (and of its shared directory).
    var histogram: UInt32
    var labels: InlineArray<5, UInt32>

    var isVisible: Bool { state == .live || state == .retired }
}

struct SeriesTable {
    private(set) var entries = ChunkedTable<SeriesEntry>(shift: 6)
    private(set) var values = LabelValues()
    private var slots: [UInt32] = Array(repeating: 0, count: 64)
    private var used = 0

    var count: Int { entries.count }

    subscript(series: Int) -> SeriesEntry { entries[series] }

    mutating func update(_ series: Int, _ body: (inout SeriesEntry) -> Void) {
        entries.update(series, body)
    }

    func labelValues(_ series: Int, count: Int) -> [String] {
        let labels = entries[series].labels
        return (0..<count).map { values[labels[$0]] }
    }

    /// The series with these labels, unless free.
    func find(_ family: Int, _ labels: [String]) -> Int? {
        var numbers = InlineArray<5, UInt32>(repeating: 0)
        for (position, label) in labels.enumerated() {
            guard let number = values.find(label) else { return nil }
            numbers[position] = number
        }
        var slot = hash(family, numbers) & (slots.count - 1)
        while slots[slot] != 0 {
            let series = Int(slots[slot]) - 1
            let entry = entries[series]
            if Int(entry.family) == family, same(entry.labels, numbers) { return series }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Puts a live series at `series`, which is free or the next number.
    mutating func insert(
        at series: Int, _ family: Int, _ labels: [String], histogram: UInt32
    ) {
        var numbers = InlineArray<5, UInt32>(repeating: 0)
        for (position, label) in labels.enumerated() { numbers[position] = values.retain(label) }
        if series == entries.count {
            entries.append(
                SeriesEntry(
                    family: UInt16(family), state: .live, touched: false, generation: 0,
                    histogram: histogram, labels: numbers))
        } else {
            entries.update(series) {
                precondition($0.state == .free, "BUG: series number in use")
                $0.family = UInt16(family)
                $0.state = .live
                $0.touched = false
                $0.histogram = histogram
                $0.labels = numbers
            }
        }
        if (used + 1) * 4 > slots.count * 3 { grow() }
        place(series)
        used += 1
    }

    /// Forgets a series' labels and marks its number free. The generation stays as it is.
    mutating func remove(_ series: Int, labelCount: Int) {
        unplace(series)
        used -= 1
        let labels = entries[series].labels
        for position in 0..<labelCount { values.release(labels[position]) }
        entries.update(series) { $0.state = .free }
    }

    mutating func freezeEntries() -> FrozenTable<SeriesEntry> { entries.freeze() }
    mutating func freezeValues() -> FrozenTable<String> { values.freeze() }

    var memoryBytes: Int {
        count * MemoryLayout<SeriesEntry>.stride + slots.count * 4 + values.byteCount
            + values.count * 64
    }

    private func home(_ series: Int) -> Int {
        let entry = entries[series]
        return hash(Int(entry.family), entry.labels) & (slots.count - 1)
    }

    private func hash(_ family: Int, _ labels: InlineArray<5, UInt32>) -> Int {
        var hash = UInt64(family) &+ 0x9E37_79B9_7F4A_7C15
        for position in 0..<5 {
            hash = (hash ^ UInt64(labels[position])) &* 0xD6E8_FEB8_6659_FD93
            hash ^= hash >> 32
        }
        return Int(truncatingIfNeeded: hash >> 1)
    }

    private func same(_ a: InlineArray<5, UInt32>, _ b: InlineArray<5, UInt32>) -> Bool {
        for position in 0..<5 where a[position] != b[position] { return false }
        return true
    }

    private mutating func place(_ series: Int) {
        var slot = home(series)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(series) + 1
    }

    /// Linear probing without tombstones: later members of the cluster move back into the gap.
    private mutating func unplace(_ series: Int) {
        let mask = slots.count - 1
        var gap = home(series)
        while Int(slots[gap]) != series + 1 { gap = (gap + 1) & mask }
        var next = (gap + 1) & mask
        while slots[next] != 0 {
            let wanted = home(Int(slots[next]) - 1)
            if (next - wanted) & mask >= (next - gap) & mask {
                slots[gap] = slots[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        slots[gap] = 0
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 { place(Int(entry) - 1) }
    }
}
