// Applies the blob of a frame to the slots of its group. The bytes come from a disk and may hold
// anything: each count is bounded by the bytes that are left, each index by what it addresses, and
// every fault is a value. After a fault the slots mean nothing: the caller leaves the group.
// Any thread; pure.

/// Why a frame could not be used.
public enum FrameFault: String, Sendable, CaseIterable {
    case tooShort = "too short"
    case unknownFormat = "of an unknown format"
    case badChecksum = "damaged (checksum)"
    case malformed = "malformed"
    case orphaned = "without the frame before it"
    /// SQLite cannot get at it: a page on the way is damaged.
    case unreadable = "unreadable (a damaged page), with the rest of its group"
}

struct FrameDecoder {
    /// Slots after the last applied frame.
    private(set) var slots: [FrameSlot] = []
    /// Slots born, ended or changed in the last frame.
    private(set) var born: Range<Int> = 0..<0
    private(set) var ended: [Int] = []
    private(set) var changed: [Range<Int>] = []
    private(set) var isKeyframe = false
    private(set) var isLate = false

    /// Checks and applies a row; nil when all is well.
    mutating func apply(_ blob: [UInt8], key: FrameKey) -> FrameFault? {
        guard blob.count >= FrameFormat.headerBytes else { return .tooShort }
        guard blob[0] == FrameFormat.version else { return .unknownFormat }
        let stored = (0..<4).reduce(UInt32(0)) { $0 | UInt32(blob[2 + $1]) << (8 * UInt32($1)) }
        guard stored == FrameFormat.checksum(key, blob) else { return .badChecksum }
        return applyUnchecked(blob)
    }

    /// Without the checksum: what stands between damaged bytes and memory (fuzzed directly).
    mutating func applyUnchecked(_ blob: [UInt8]) -> FrameFault? {
        guard blob.count >= FrameFormat.headerBytes else { return .tooShort }
        isKeyframe = blob[1] & FrameFormat.keyframeFlag != 0
        isLate = blob[1] & FrameFormat.lateFlag != 0
        if isKeyframe { slots.removeAll(keepingCapacity: true) }
        ended.removeAll(keepingCapacity: true)
        changed.removeAll(keepingCapacity: true)
        var reader = ByteReader(blob, from: FrameFormat.headerBytes)
        guard readBirths(&reader), readDeaths(&reader), readChanges(&reader) else {
            return .malformed
        }
        return nil
    }

    private mutating func readBirths(_ reader: inout ByteReader) -> Bool {
        guard let count = reader.count(atMost: reader.remaining) else { return false }
        let first = slots.count
        var previous: Int64 = 0
        for _ in 0..<count {
            guard let word = reader.varint(), let kind = SlotKind(rawValue: UInt8(word & 3))
            else { return false }
            previous &+= ZigZag.decode(word >> 3)
            guard previous > 0, previous < FrameFormat.seriesIDMax else { return false }
            var slot = FrameSlot(seriesID: previous, kind: kind)
            slot.isFresh = word & 4 != 0
            slots.append(slot)
        }
        born = first..<slots.count
        return true
    }

    private mutating func readDeaths(_ reader: inout ByteReader) -> Bool {
        guard let count = reader.count(atMost: reader.remaining) else { return false }
        var next = 0
        for _ in 0..<count {
            guard let gap = reader.count(atMost: slots.count), next + gap < slots.count,
                slots[next + gap].isAlive
            else { return false }
            slots[next + gap].isAlive = false
            ended.append(next + gap)
            next += gap + 1
        }
        return true
    }

    private mutating func readChanges(_ reader: inout ByteReader) -> Bool {
        var next = 0
        while reader.remaining > 0 {
            guard let skip = reader.count(atMost: slots.count - next) else { return false }
            let start = next + skip
            guard let run = reader.count(atMost: slots.count - start), run > 0 else { return false }
            for index in start..<start + run {
                guard slots[index].isAlive, readValue(&reader, slot: index) else { return false }
            }
            next = start + run
            changed.append(start..<next)
        }
        return true
    }

    private mutating func readValue(_ reader: inout ByteReader, slot: Int) -> Bool {
        guard let word = reader.varint() else { return false }
        switch slots[slot].kind {
        case .counter:
            slots[slot].value &+= word
            return true
        case .gauge:
            slots[slot].value &+= UInt64(bitPattern: ZigZag.decode(word))
            return true
        case .histogram:
            slots[slot].value &+= word
            return readCells(&reader, slot: slot)
        }
    }

    private mutating func readCells(_ reader: inout ByteReader, slot: Int) -> Bool {
        guard let count = reader.count(atMost: reader.remaining) else { return false }
        if count == 0 { return true }
        let old = slots[slot].cells
        var merged: [HistogramCell] = []
        merged.reserveCapacity(old.count + count)
        var oldIndex = 0
        var next = 0
        var total = slots[slot].count
        for _ in 0..<count {
            guard let word = reader.count(atMost: FrameFormat.cellMax << 1) else { return false }
            var difference: UInt64 = 1
            if word & 1 == 1 {
                guard let stated = reader.varint() else { return false }
                difference = stated
            }
            let cell = next + (word >> 1)
            guard cell < FrameFormat.cellMax else { return false }
            while oldIndex < old.count, old[oldIndex].cell < cell {
                merged.append(old[oldIndex])
                oldIndex += 1
            }
            var updated = HistogramCell(cell: UInt32(cell), count: difference)
            if oldIndex < old.count, old[oldIndex].cell == updated.cell {
                updated.count &+= old[oldIndex].count
                oldIndex += 1
            }
            merged.append(updated)
            total &+= difference
            next = cell + 1
        }
        merged.append(contentsOf: old[oldIndex...])
        slots[slot].cells = merged
        slots[slot].count = total
        return true
    }
}
