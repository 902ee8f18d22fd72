// Retirement: live -> retired -> hidden -> free. A retired series stays in snapshots until every
// open shard has sent a cut and every sink has acknowledged a snapshot with the last change; then
// it is hidden. Its number is reused only when nobody can add to it any more: all retirements
// released, each shard's cut in, no number born in a shard mapped to it. An add that comes before
// that brings a hidden series back, so nothing vanishes and nothing lands in a stranger's series.
// Main only. docs/internals/stats.md has the argument.

/// A reader of snapshots that must not miss the last increments of a series.
struct Sink {
    let name: String
    var acknowledged: UInt64 = 0
    var isActive = true
}

/// What a retired series waits for.
struct RetiredSeries {
    /// Retirements not yet released.
    var tickets = 0
    /// Cuts applied up to this clock may miss what workers added before retirement or release.
    var since: UInt64
    /// First snapshot that holds the last change, once every shard has sent a later cut.
    var sealedAt: UInt64?
    /// A number born in a shard is mapped to it, or it is a gauge that some shard does not hold at
    /// zero. Looked at again when that may have changed.
    var isBlocked = false
}

/// Names the series of one `retire` call until `release`.
public struct Retirement: Sendable {
    let ticket: UInt64
    let series: [Int]
    /// How many series were retired.
    public var count: Int { series.count }
}

extension Registry {
    /// Registers a reader that acknowledges. It has acknowledged nothing yet.
    public func addSink(_ name: String) -> SinkID {
        sinks.append(Sink(name: name))
        return SinkID(index: sinks.count - 1)
    }

    /// The sink is gone for good and holds nothing up any more.
    public func removeSink(_ sink: SinkID) { sinks[sink.index].isActive = false }

    /// The sink has delivered all of snapshot `sequence` and those before it.
    public func acknowledge(_ sink: SinkID, sequence: UInt64) {
        precondition(sequence <= self.sequence, "BUG: acknowledged a snapshot from the future")
        sinks[sink.index].acknowledged = max(sinks[sink.index].acknowledged, sequence)
    }

    /// Retires every series of every family whose `label` has this value: all of a removed
    /// cluster. O(series). Workers may go on adding; call `release` when none can any more.
    public func retire(label: String, value: String) -> Retirement {
        let positions = declared.map { $0.labels.firstIndex(of: label) }
        guard let wanted = series.values.find(value) else { return retire([]) }
        var found: [SeriesID] = []
        for number in 0..<series.count {
            let entry = series[number]
            guard entry.isVisible, let position = positions[Int(entry.family)],
                entry.labels[position] == wanted
            else { continue }
            found.append(SeriesID(index: number))
        }
        return retire(found)
    }

    /// Retires these series. Asking for the same labels again revives a series.
    public func retire(_ list: [SeriesID]) -> Retirement {
        lastTicket += 1
        openTickets.insert(lastTicket)
        for id in list {
            let number = id.index
            precondition(series[number].isVisible, "BUG: retiring a series that is gone")
            var record = retirements[number] ?? RetiredSeries(since: clock)
            record.tickets += 1
            record.since = clock
            record.sealedAt = nil
            record.isBlocked = false
            retirements[number] = record
            series.update(number) { $0.state = .retired }
            unsafe flags[number] = Flag.special
        }
        return Retirement(ticket: lastTicket, series: list.map(\.index))
    }

    /// No thread will add through handles that main gave out before the `retire` call: each worker
    /// has let go of them, and said so by the same way its cuts come. Numbers born in shards are
    /// given back by `Shard.release` instead. Once per retirement.
    public func release(_ retirement: Retirement) {
        precondition(
            openTickets.remove(retirement.ticket) != nil, "BUG: retirement released twice")
        for number in retirement.series {
            guard var record = retirements[number] else { continue }
            record.tickets -= 1
            record.since = clock
            let isOver = record.tickets == 0 && series[number].state == .live
            retirements[number] = isOver ? nil : record
        }
    }

    /// A series on its way out is wanted again.
    func revive(_ number: Int) {
        switch series[number].state {
        case .live: return
        case .free: preconditionFailure("BUG: reviving a free series")
        case .retired: break
        case .hidden: show(number)
        }
        series.update(number) { $0.state = .live }
        if retirements[number]?.tickets == 0 { retirements[number] = nil }
    }

    /// Before a snapshot: hides what is delivered, frees what nobody can reach, and seals what
    /// this snapshot, `sequence`, will hold completely.
    func settle() {
        if retirements.isEmpty { return }
        let cutsUpTo = mirrors.lazy.filter(\.isOpen).map(\.appliedAt).min() ?? .max
        let delivered =
            sinks.lazy.filter(\.isActive).map(\.acknowledged).min() ?? (sequence - 1)
        var candidates: [Int] = []
        for (number, record) in retirements {
            let isQuiet = cutsUpTo > record.since
            switch series[number].state {
            case .live: continue
            case .free: preconditionFailure("BUG: a free series is retired")
            case .retired:
                if let sealed = record.sealedAt, sealed <= delivered {
                    hide(number)
                } else if isQuiet, record.sealedAt == nil {
                    retirements[number]?.sealedAt = sequence
                }
            case .hidden:
                if isQuiet, record.tickets == 0, !record.isBlocked { candidates.append(number) }
            }
        }
        if !candidates.isEmpty { free(candidates) }
    }

    /// Mappings have changed: hidden series may have become free.
    func forgetBlocks() {
        for number in retirements.keys { retirements[number]?.isBlocked = false }
    }

    /// Out of snapshots. Counts end here: whatever comes later is a new generation from zero.
    private func hide(_ number: Int) {
        let family = Int(series[number].family)
        if isLimited(number) { order[family].visible -= 1 }
        order[family].lostSome = true
        seriesCount -= 1
        series.update(number) {
            $0.state = .hidden
            $0.generation &+= 1
            $0.touched = false
        }
        // A gauge is a level, not an amount: if it comes back, its shards still hold it.
        if declared[family].kind == .counter { clearTotal(number) }
        if let layout = families[family].layout {
            let histogram = Int(series[number].histogram)
            histograms.update(histogram) { $0 = HistogramValue(layout: layout) }
            histogramOwnedSince[histogram] = sequence
        }
    }

    private func free(_ candidates: [Int]) {
        var mapped: Set<UInt32> = []
        for mirror in mirrors {
            mapped.formUnion(mirror.localScalars)
            mapped.formUnion(mirror.localHistograms)
        }
        for number in candidates {
            let family = Int(series[number].family)
            let kind = declared[family].kind
            if mapped.contains(UInt32(number)) || (kind == .gauge && isHeld(number)) {
                retirements[number]?.isBlocked = true
                continue
            }
            retirements[number] = nil
            series.remove(number, labelCount: declared[family].labels.count)
            switch kind {
            case .counter: freeCounters.append(number)
            case .gauge: freeGauges.append(number)
            case .histogram: freeHistograms[family, default: []].append(number)
            }
        }
    }

    /// Whether some shard holds the gauge at another level than zero. A gauge's cell is reused at
    /// zero only, or `set` by a new owner would be off by what the old one left.
    private func isHeld(_ number: Int) -> Bool {
        mirrors.contains { unsafe $0.isOpen && $0.cells[number] != 0 }
    }

    func clearTotal(_ number: Int) {
        unsafe totals[number] = 0
        unsafe chunkMarks[number >> Self.valueShift] = 1
    }
}
