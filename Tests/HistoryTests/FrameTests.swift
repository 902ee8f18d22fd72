// The frame format alone: round trips, exactness at the edges of the integers, and a decoder that
// stands any bytes.

import Testing

@testable import History

@Suite struct FrameTests {
    private let key = FrameKey(id: 7, boot: 1, timeMillis: 1_800_000_000_000)

    private func slot(
        _ id: Int64, _ kind: SlotKind, _ value: UInt64, cells: [(UInt32, UInt64)] = []
    ) -> FrameSlot {
        var slot = FrameSlot(seriesID: id, kind: kind)
        slot.value = value
        slot.cells = cells.map { HistogramCell(cell: $0.0, count: $0.1) }
        slot.count = cells.reduce(0) { $0 &+ $1.1 }
        return slot
    }

    private func expectSame(_ a: [FrameSlot], _ b: [FrameSlot], _ comment: Comment) {
        #expect(a.count == b.count, comment)
        for (x, y) in zip(a, b) {
            #expect(x.seriesID == y.seriesID && x.kind == y.kind, comment)
            #expect(x.isAlive == y.isAlive, comment)
            if x.isAlive {
                #expect(x.value == y.value && x.count == y.count && x.cells == y.cells, comment)
            }
        }
    }

    @Test(arguments: [
        (UInt32(0), ""), (0xc1d0_4330, "a"), (0xe306_9283, "123456789"),
        (0x22620404, "The quick brown fox jumps over the lazy dog"),
    ])
    func checksumMatchesThePublishedVectors(expected: UInt32, text: String) {
        #expect(CRC32C.checksum(of: Array(text.utf8)) == expected)
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            let first = CRC32C.checksum(of: bytes[..<cut])
            #expect(CRC32C.checksum(of: bytes[cut...], continuing: first) == expected)
        }
    }

    @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, UInt64.max / 2, UInt64.max - 1, UInt64.max])
    func varintsRoundTripAndEveryTruncationIsSeen(value: UInt64) {
        var bytes: [UInt8] = []
        bytes.append(varint: value)
        var reader = ByteReader(bytes)
        #expect(reader.varint() == value && reader.remaining == 0)
        for count in 0..<bytes.count {
            var short = ByteReader(Array(bytes[..<count]))
            #expect(short.varint() == nil)
        }
        let signed = Int64(bitPattern: value)
        #expect(ZigZag.decode(ZigZag.encode(signed)) == signed)
    }

    @Test func overlongVarintsAreRefused() {
        var eleven = ByteReader([UInt8](repeating: 0x80, count: 10) + [0])
        #expect(eleven.varint() == nil)
        var tooLarge = ByteReader([UInt8](repeating: 0xff, count: 9) + [2])
        #expect(tooLarge.varint() == nil)
    }

    @Test func deltasCarryEveryInteger() {
        let before = [
            slot(1, .counter, .max), slot(2, .gauge, UInt64(bitPattern: .min)),
            slot(900, .histogram, 5, cells: [(3, 1), (9, .max)]), slot(4, .counter, 10),
        ]
        var after = before
        after[0].value = 3  // wrapped
        after[1].value = UInt64(bitPattern: .max)
        after[2] = slot(900, .histogram, 2, cells: [(0, 7), (3, 1), (4, 1), (9, 2)])
        after[3].isAlive = false
        var newcomer = slot(5, .histogram, 0, cells: [(0, 4)])
        newcomer.isFresh = true
        after.append(newcomer)

        var decoder = FrameDecoder()
        let whole = FrameEncoder.encode(
            key: key, isKeyframe: true, isLate: false, before: [], after: before)
        #expect(decoder.apply(whole, key: key) == nil)
        expectSame(decoder.slots, before, "keyframe")
        let delta = FrameEncoder.encode(
            key: key, isKeyframe: false, isLate: true, before: before, after: after)
        #expect(decoder.apply(delta, key: key) == nil)
        #expect(decoder.isLate && decoder.ended == [3] && decoder.born == 4..<5)
        #expect(decoder.slots[4].isFresh && !decoder.slots[0].isFresh)
        expectSame(decoder.slots, after, "delta")
    }

    /// The example of docs/internals/history-format.md.
    @Test func theDocumentedExampleHolds() {
        let before = (1...4).map { slot(Int64($0), .counter, 100) }
        var after = before
        after[2].value += 5
        let blob = FrameEncoder.encode(
            key: key, isKeyframe: false, isLate: false, before: before, after: after)
        #expect(Array(blob[..<2]) == [1, 0])
        #expect(Array(blob[FrameFormat.headerBytes...]) == [0, 0, 2, 1, 5])
    }

    @Test func aQuietFrameCostsEightBytes() {
        let slots = (1...5000).map { slot(Int64($0), .counter, UInt64($0)) }
        let quiet = FrameEncoder.encode(
            key: key, isKeyframe: false, isLate: false, before: slots, after: slots)
        #expect(quiet.count == FrameFormat.headerBytes + 2)
        var busy = slots
        for index in 0..<20 { busy[index * 7].value += 3 }
        let few = FrameEncoder.encode(
            key: key, isKeyframe: false, isLate: false, before: slots, after: busy)
        #expect(few.count <= quiet.count + 20 * 3)
    }

    @Test func randomHistoriesRoundTrip() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var decoder = FrameDecoder()
        var state: [FrameSlot] = []
        for step in 0..<300 {
            let isKeyframe = step % 37 == 0
            var next = isKeyframe ? state.filter(\.isAlive) : state
            for index in next.indices where next[index].isAlive && Bool.random(using: &random) {
                mutate(&next[index], &random)
                if !isKeyframe, Int.random(in: 0..<60, using: &random) == 0 {
                    next[index].isAlive = false
                }
            }
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let kind = SlotKind(rawValue: UInt8.random(in: 0...2, using: &random)) ?? .gauge
                var born = FrameSlot(
                    seriesID: Int64.random(in: 1..<FrameFormat.seriesIDMax, using: &random),
                    kind: kind)
                mutate(&born, &random)
                next.append(born)
            }
            let blob = FrameEncoder.encode(
                key: key, isKeyframe: isKeyframe, isLate: false, before: isKeyframe ? [] : state,
                after: next)
            #expect(decoder.apply(blob, key: key) == nil, "seed \(seed) step \(step)")
            expectSame(decoder.slots, next, "seed \(seed) step \(step)")
            state = next
        }
    }

    private func mutate(_ slot: inout FrameSlot, _ random: inout SeededGenerator) {
        let shift = UInt64.random(in: 0..<64, using: &random)
        slot.value &+= UInt64.random(in: 0...UInt64.max, using: &random) >> shift
        guard slot.kind == .histogram else { return }
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let cell = UInt32.random(in: 0..<1100, using: &random)
            let count = UInt64.random(in: 1...3, using: &random)
            if let place = slot.cells.firstIndex(where: { $0.cell == cell }) {
                slot.cells[place].count += count
            } else {
                slot.cells.append(HistogramCell(cell: cell, count: count))
                slot.cells.sort { $0.cell < $1.cell }
            }
            slot.count += count
        }
    }

    @Test func everyChangedOrMissingByteIsFound() {
        let slots = (1...20).map {
            slot(Int64($0 * 3), $0 % 2 == 0 ? .counter : .histogram, 9, cells: [(5, 2), (800, 1)])
        }.map { slot in
            var slot = slot
            if slot.kind == .counter { (slot.cells, slot.count) = ([], 0) }
            return slot
        }
        let blob = FrameEncoder.encode(
            key: key, isKeyframe: true, isLate: false, before: [], after: slots)
        for index in blob.indices {
            var damaged = blob
            damaged[index] ^= 0x10
            var decoder = FrameDecoder()
            #expect(decoder.apply(damaged, key: key) != nil, "byte \(index)")
            decoder = FrameDecoder()
            #expect(decoder.apply(Array(blob[..<index]), key: key) != nil, "cut at \(index)")
        }
        var decoder = FrameDecoder()
        var other = key
        other.timeMillis += 1
        #expect(decoder.apply(blob, key: other) == .badChecksum)
    }

    @Test func anyBytesAreSurvivedWithoutTheChecksum() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let slots = (1...30).map { slot(Int64($0), .counter, 1 << $0) }
        let valid = FrameEncoder.encode(
            key: key, isKeyframe: true, isLate: false, before: [], after: slots)
        var decoder = FrameDecoder()
        for _ in 0..<20_000 {
            var bytes = valid
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 1..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            }
            _ = decoder.applyUnchecked(bytes)
            #expect(decoder.slots.count < 10_000, "seed \(seed)")
            if decoder.slots.count > 1000 { decoder = FrameDecoder() }
        }
    }
}
