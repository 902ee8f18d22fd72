// Frames for the target ChunkDecoding: a row of bodies, each with a header and a valid checksum put
// in front, applied to one decoder. The slots they leave must be in order, and must come back the
// same from a keyframe that is made of them. One thread.

@testable import History

enum FrameBytes {
    private static let key = FrameKey(id: 7, boot: 1, timeMillis: 1_800_000_000_000)
    private static let bodyBytesMax = 1024

    /// Each frame: flags, two bytes of length, body.
    static func complaint(_ reader: inout InputReader) -> String? {
        var decoder = FrameDecoder()
        var bytes = 0
        while !reader.rest.isEmpty {
            let flags = reader.byte()
            let body = reader.bytes(atMost: reader.number(below: bodyBytesMax))
            bytes += body.count
            switch decoder.apply(sealed(body, flags), key: key) {
            case nil: break
            case .badChecksum: return "the checksum is computed differently"
            case .unreadable: return "a fault of the file, and there is none"
            case .tooShort, .unknownFormat, .malformed, .orphaned: return nil
            }
            if decoder.slots.count > bytes { return "more slots than bytes" }
            if let complaint = wrong(decoder) { return complaint }
        }
        return wrongAgain(decoder.slots)
    }

    private static func sealed(_ body: [UInt8], _ flags: UInt8) -> [UInt8] {
        var blob = [FrameFormat.version, flags, 0, 0, 0, 0] + body
        let checksum = FrameFormat.checksum(key, blob)
        for index in 0..<4 {
            blob[2 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * UInt32(index)))
        }
        return blob
    }

    private static func wrong(_ decoder: FrameDecoder) -> String? {
        let indices = decoder.slots.indices
        if decoder.born.upperBound > indices.upperBound
            || !decoder.ended.allSatisfy(indices.contains)
            || !decoder.changed.allSatisfy({ $0.upperBound <= indices.upperBound })
        {
            return "a slot that is not there was born, ended or changed"
        }
        for slot in decoder.slots {
            if slot.seriesID <= 0 || slot.seriesID >= FrameFormat.seriesIDMax {
                return "a series id of \(slot.seriesID)"
            }
            let cells = slot.cells
            if !zip(cells, cells.dropFirst()).allSatisfy({ $0.cell < $1.cell }) {
                return "cells out of order"
            }
            if slot.count != cells.reduce(0, { $0 &+ $1.count }) { return "a count off its cells" }
        }
        return nil
    }

    /// Counts that wrapped round to zero look untouched to the encoder: real ones only grow.
    private static func wrongAgain(_ slots: [FrameSlot]) -> String? {
        let alive = slots.filter { slot in
            slot.isAlive && (slot.cells.isEmpty || slot.value != 0 || slot.count != 0)
        }
        let blob = FrameEncoder.encode(
            key: key, isKeyframe: true, isLate: false, before: [], after: alive)
        var decoder = FrameDecoder()
        if let fault = decoder.apply(blob, key: key) { return "a keyframe is \(fault.rawValue)" }
        if decoder.slots.count != alive.count { return "a keyframe lost slots" }
        for (old, new) in zip(alive, decoder.slots) {
            let isSame =
                old.seriesID == new.seriesID && old.kind == new.kind && old.value == new.value
                && old.count == new.count && old.isFresh == new.isFresh
                && old.cells.filter { $0.count != 0 } == new.cells
            if !isSame { return "a keyframe says something else" }
        }
        return nil
    }

    /// A keyframe and the frame after it, by the encoder.
    static func seeds() -> [[UInt8]] {
        var before = (1...6).map { index in
            var slot = FrameSlot(
                seriesID: Int64(index * 5), kind: SlotKind(rawValue: UInt8(index % 3)) ?? .gauge)
            slot.value = UInt64(index * 100)
            if slot.kind == .histogram {
                slot.cells = [HistogramCell(cell: 3, count: 1), HistogramCell(cell: 90, count: 70)]
                slot.count = 71
            }
            return slot
        }
        before[3].isFresh = true
        var after = before
        for index in [0, 1, 4] {
            after[index].value += 3
            if after[index].kind == .histogram {
                after[index].cells.append(HistogramCell(cell: 200, count: 2))
                after[index].count += 2
            }
        }
        after[5].isAlive = false
        after.append(FrameSlot(seriesID: 99, kind: .counter))
        let keyframe = FrameEncoder.encode(
            key: key, isKeyframe: true, isLate: false, before: [], after: before)
        let next = FrameEncoder.encode(
            key: key, isKeyframe: false, isLate: true, before: before, after: after)
        return [[keyframe], [keyframe, next]].map { frames in
            frames.flatMap { blob -> [UInt8] in
                let body = blob[FrameFormat.headerBytes...]
                return [blob[1], UInt8(body.count & 255), UInt8(body.count >> 8)] + body
            }
        }
    }
}
