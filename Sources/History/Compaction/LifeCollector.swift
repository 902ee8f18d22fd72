// Turns frames, which are rows, into lives, which are columns. The compactor feeds it the groups of
// a block, a reader the frames that no block holds yet: both see the same lives. It keeps
// everything it was fed, 8 bytes a value; the caller bounds how much that is. One thread; it never
// traps on what a frame holds, since the decoder has judged that.

struct LifeCollector {
    private(set) var times: [Int64] = []
    private(set) var frames: [Int64] = []
    private(set) var lives: [LifeColumns] = []
    private(set) var kinds: [SlotKind] = []
    /// Values held: what bounds a block.
    private(set) var samples = 0
    private let wanted: Set<Int64>?
    /// Life of each slot of the current group; -1 for a slot that is not wanted or has ended.
    private var lifeOfSlot: [Int] = []
    /// Cells of each histogram life in the frame before.
    private var cells: [[HistogramCell]] = []

    /// - Parameter wanted: the series to collect; nil for all.
    init(wanted: Set<Int64>? = nil) { self.wanted = wanted }

    var isEmpty: Bool { times.isEmpty }

    /// Takes the next frame, just decoded.
    mutating func take(_ decoder: FrameDecoder, id: Int64, timeMillis: Int64) {
        if decoder.isKeyframe {
            beginGroup(decoder)
        } else {
            for slot in decoder.born { begin(decoder.slots[slot], isContinued: nil) }
            for slot in decoder.ended where slot < lifeOfSlot.count { lifeOfSlot[slot] = -1 }
        }
        append(decoder, id: id, timeMillis: timeMillis)
    }

    private mutating func append(_ decoder: FrameDecoder, id: Int64, timeMillis: Int64) {
        times.append(timeMillis)
        frames.append(id)
        for (slot, life) in lifeOfSlot.enumerated() where life >= 0 {
            append(decoder.slots[slot], to: life)
        }
    }

    /// Takes a frame in the middle of a group, when it is the first one: what lives goes on, only
    /// what was born in it begins.
    mutating func resume(_ decoder: FrameDecoder, id: Int64, timeMillis: Int64) {
        precondition(times.isEmpty, "BUG: resumed in the middle")
        lifeOfSlot.removeAll(keepingCapacity: true)
        for (slot, state) in decoder.slots.enumerated() {
            guard state.isAlive else {
                lifeOfSlot.append(-1)
                continue
            }
            var state = state
            state.isFresh = state.isFresh && decoder.born.contains(slot)
            begin(state, isContinued: nil)
        }
        append(decoder, id: id, timeMillis: timeMillis)
    }

    /// A keyframe numbers slots anew: those that are not fresh go on with the lives that were open.
    private mutating func beginGroup(_ decoder: FrameDecoder) {
        var open: [Int64: [Int]] = [:]
        for life in lifeOfSlot where life >= 0 {
            open[lives[life].seriesID, default: []].append(life)
        }
        lifeOfSlot.removeAll(keepingCapacity: true)
        for slot in decoder.born {
            let state = decoder.slots[slot]
            var continued: Int?
            if !state.isFresh, let candidates = open[state.seriesID], let first = candidates.first {
                continued = first
                open[state.seriesID] = Array(candidates.dropFirst())
            }
            begin(state, isContinued: continued)
        }
    }

    private mutating func begin(_ slot: FrameSlot, isContinued life: Int?) {
        if let life {
            lifeOfSlot.append(life)
            return
        }
        if let wanted, !wanted.contains(slot.seriesID) {
            lifeOfSlot.append(-1)
            return
        }
        lifeOfSlot.append(lives.count)
        lives.append(
            LifeColumns(seriesID: slot.seriesID, isFresh: slot.isFresh, first: times.count))
        kinds.append(slot.kind)
        cells.append([])
    }

    private mutating func append(_ slot: FrameSlot, to life: Int) {
        samples += 1
        if slot.kind == .histogram, cells[life] != slot.cells {
            note(slot.cells, life, at: lives[life].values.count)
        }
        lives[life].values.append(slot.value)
    }

    /// Adds a step to each cell that is not as it was.
    private mutating func note(_ now: [HistogramCell], _ life: Int, at index: Int) {
        let before = cells[life]
        var old = 0
        var column = 0
        for cell in now {
            while old < before.count, before[old].cell < cell.cell { old += 1 }
            if old < before.count, before[old] == cell { continue }
            while column < lives[life].cells.count, lives[life].cells[column].cell < cell.cell {
                column += 1
            }
            let step = CellStep(index: index, count: cell.count)
            samples += 2
            if column < lives[life].cells.count, lives[life].cells[column].cell == cell.cell {
                lives[life].cells[column].steps.append(step)
            } else {
                lives[life].cells.insert(CellColumn(cell: cell.cell, steps: [step]), at: column)
            }
        }
        cells[life] = now
    }
}
