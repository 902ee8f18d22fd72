// What the writer knows of the last *written* frame: the slots of the current group and where each
// registry index sits in them. A value: `HistoryWriter.append` works on a copy and keeps it only
// after COMMIT, so a full disk loses nothing; the next frame's deltas simply span more time.
// History thread.

import Stats

/// Where one registry series sits.
struct LiveSeries {
    var generation: UInt32
    var seriesID: Int64
    var slot: Int
    /// Sequence of the pass that met it last; what an older pass met has ended.
    var pass: UInt64
}

struct WriterState {
    var slots: [FrameSlot] = []
    /// By `SeriesID.index`; nil where no series is.
    var live: [LiveSeries?] = []
    var liveCount = 0
    var pass: UInt64 = 0
    /// Frames in the current group; 0 before the first.
    var groupFrames: Int64 = 0
    var groupStartMillis: Int64 = 0
    var lastID: Int64
    var lastMillis: Int64?

    init(lastID: Int64) { self.lastID = lastID }

    /// True when the next frame has to begin a group.
    func needsKeyframe(atMillis now: Int64) -> Bool {
        guard groupFrames > 0, groupFrames < FrameFormat.groupFramesMax, let lastMillis else {
            return true
        }
        return now < lastMillis || now - groupStartMillis > FrameFormat.groupMillisMax
    }

    /// Begins a group: slots are numbered anew as the pass meets their series.
    mutating func beginGroup(atMillis now: Int64) {
        slots.removeAll(keepingCapacity: true)
        for index in live.indices { live[index]?.slot = -1 }
        groupFrames = 0
        groupStartMillis = now
    }

    /// The slot of a series that was alive in the frame before; nil for a newcomer.
    mutating func meet(_ index: Int, generation: UInt32, kind: SlotKind) -> Int? {
        guard index < live.count, let known = live[index], known.generation == generation else {
            return nil
        }
        live[index]?.pass = pass
        if known.slot >= 0 { return known.slot }
        slots.append(FrameSlot(seriesID: known.seriesID, kind: kind))
        live[index]?.slot = slots.count - 1
        return slots.count - 1
    }

    /// Gives a newcomer a slot; an older series at the same index ends.
    mutating func admit(
        _ index: Int, generation: UInt32, seriesID: Int64, kind: SlotKind, ended: inout [Int64]
    ) -> Int {
        while live.count <= index { live.append(nil) }
        end(index, &ended)
        var slot = FrameSlot(seriesID: seriesID, kind: kind)
        slot.isFresh = true
        slots.append(slot)
        live[index] = LiveSeries(
            generation: generation, seriesID: seriesID, slot: slots.count - 1, pass: pass)
        liveCount += 1
        return slots.count - 1
    }

    /// Ends what this pass did not meet.
    mutating func endUnmet(_ ended: inout [Int64]) {
        for index in live.indices {
            if let series = live[index], series.pass != pass { end(index, &ended) }
        }
    }

    private mutating func end(_ index: Int, _ ended: inout [Int64]) {
        guard let series = live[index] else { return }
        if series.slot >= 0 { slots[series.slot].isAlive = false }
        ended.append(series.seriesID)
        live[index] = nil
        liveCount -= 1
    }

    /// Ids still carried by some index: a retired series may stand next to its successor.
    var aliveSeriesIDs: Set<Int64> {
        Set(slots.lazy.filter(\.isAlive).map(\.seriesID))
    }

    mutating func store(_ value: UInt64, at slot: Int) { slots[slot].value = value }

    /// Cells are fetched only when something was recorded since the frame before.
    mutating func store(_ histogram: HistogramValue, at slot: Int) {
        let count = histogram.count
        if slots[slot].count == count, slots[slot].value == histogram.sum { return }
        slots[slot].value = histogram.sum
        slots[slot].count = count
        slots[slot].cells = histogram.sparseCells().map {
            HistogramCell(cell: UInt32($0.cell), count: $0.count)
        }
    }
}
