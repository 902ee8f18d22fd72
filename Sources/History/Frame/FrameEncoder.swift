// Makes the blob of one frame out of the state before and the state after: births, deaths, then
// every slot whose value differs, in runs. Row-major and changed-only: a quiet series costs
// nothing, a busy counter two bytes. History thread; pure, and it never looks at the disk.

enum FrameEncoder {
    /// - Parameters:
    ///   - before: slots of the frame before, empty for a keyframe.
    ///   - after: the same slots (dead or alive) followed by the ones born since.
    static func encode(
        key: FrameKey, isKeyframe: Bool, isLate: Bool, before: [FrameSlot], after: [FrameSlot]
    ) -> [UInt8] {
        precondition(!isKeyframe || before.isEmpty, "BUG: a keyframe has nothing before it")
        precondition(after.count >= before.count, "BUG: slots vanish only at a keyframe")
        var blob: [UInt8] = []
        blob.reserveCapacity(64 + after.count)
        blob.append(FrameFormat.version)
        blob.append(
            (isKeyframe ? FrameFormat.keyframeFlag : 0) | (isLate ? FrameFormat.lateFlag : 0))
        blob.append(littleEndian: UInt32(0))
        appendBirths(after[before.count...], to: &blob)
        appendDeaths(before: before, after: after, to: &blob)
        appendChanges(before: before, after: after, to: &blob)
        let checksum = FrameFormat.checksum(key, blob)
        for index in 0..<4 {
            blob[2 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index)))
        }
        return blob
    }

    private static func appendBirths(_ born: ArraySlice<FrameSlot>, to blob: inout [UInt8]) {
        blob.append(varint: UInt64(born.count))
        var previous: Int64 = 0
        for slot in born {
            let step = ZigZag.encode(slot.seriesID &- previous)
            blob.append(varint: step << 3 | (slot.isFresh ? 4 : 0) | UInt64(slot.kind.rawValue))
            previous = slot.seriesID
        }
    }

    private static func appendDeaths(
        before: [FrameSlot], after: [FrameSlot], to blob: inout [UInt8]
    ) {
        let dead = before.indices.filter { before[$0].isAlive && !after[$0].isAlive }
        blob.append(varint: UInt64(dead.count))
        var next = 0
        for slot in dead {
            blob.append(varint: UInt64(slot - next))
            next = slot + 1
        }
    }

    private static func appendChanges(
        before: [FrameSlot], after: [FrameSlot], to blob: inout [UInt8]
    ) {
        func isChanged(_ index: Int) -> Bool {
            let old = index < before.count ? (before[index].value, before[index].count) : (0, 0)
            return after[index].isAlive && old != (after[index].value, after[index].count)
        }
        var index = 0
        var next = 0
        while index < after.count {
            guard isChanged(index) else {
                index += 1
                continue
            }
            var end = index + 1
            while end < after.count, isChanged(end) { end += 1 }
            blob.append(varint: UInt64(index - next))
            blob.append(varint: UInt64(end - index))
            for slot in index..<end {
                appendValue(slot < before.count ? before[slot] : nil, after[slot], to: &blob)
            }
            index = end
            next = end
        }
    }

    private static func appendValue(
        _ old: FrameSlot?, _ new: FrameSlot, to blob: inout [UInt8]
    ) {
        let difference = new.value &- (old?.value ?? 0)
        switch new.kind {
        case .counter:
            blob.append(varint: difference)
        case .gauge:
            blob.append(varint: ZigZag.encode(Int64(bitPattern: difference)))
        case .histogram:
            blob.append(varint: difference)
            appendCells(old?.cells ?? [], new.cells, to: &blob)
        }
    }

    /// Cells whose count differs: gap, and the difference unless it is one.
    private static func appendCells(
        _ old: [HistogramCell], _ new: [HistogramCell], to blob: inout [UInt8]
    ) {
        var changes: [HistogramCell] = []
        var oldIndex = 0
        for cell in new {
            while oldIndex < old.count, old[oldIndex].cell < cell.cell { oldIndex += 1 }
            let isKnown = oldIndex < old.count && old[oldIndex].cell == cell.cell
            let difference = cell.count &- (isKnown ? old[oldIndex].count : 0)
            if difference != 0 { changes.append(HistogramCell(cell: cell.cell, count: difference)) }
        }
        blob.append(varint: UInt64(changes.count))
        var next: UInt32 = 0
        for change in changes {
            let gap = UInt64(change.cell - next) << 1
            if change.count == 1 {
                blob.append(varint: gap)
            } else {
                blob.append(varint: gap | 1)
                blob.append(varint: change.count)
            }
            next = change.cell + 1
        }
    }
}
