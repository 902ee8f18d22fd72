// Histograms in coded bits: every life comes back exactly, at any size of
// its numbers, and bytes that were cut or made up give a fault in bounded
// time.

import Stats
import Testing

@testable import History

@Suite struct GrownCellTests {
    private static let bounds: [UInt64] = [50_000, 1_000_000, 25_000_000, 123_456_789_123]

    private static func bytes(_ life: LifeColumns) -> [UInt8]? {
        var bytes: [UInt8] = []
        return HistogramColumns.append(life, classicBounds: bounds, to: &bytes) ? bytes : nil
    }

    private static func back(_ bytes: [UInt8], count: Int) -> LifeColumns? {
        var life = LifeColumns(seriesID: 1, isFresh: false, first: 0)
        return HistogramColumns.read(bytes, 0..<bytes.count, count: count, into: &life)
            ? life : nil
    }

    /// A life of `count` samples with about `rate` observations each, as a histogram would have.
    private static func life(
        count: Int, rate: Int, _ random: inout SeededGenerator
    ) -> LifeColumns {
        let layout = HistogramLayout(classicBounds: bounds)
        var value = HistogramValue(layout: layout)
        var life = LifeColumns(seriesID: 1, isFresh: false, first: 0)
        var columns: [Int: CellColumn] = [:]
        for index in 0..<count {
            for _ in 0..<Int.random(in: 0...2 * rate, using: &random) {
                let octave = UInt64.random(in: 18...23, using: &random)
                value.record(UInt64.random(in: 0..<1 << octave, using: &random))
            }
            for (cell, total) in value.sparseCells()
            where columns[cell]?.steps.last?.count != total {
                columns[cell, default: CellColumn(cell: UInt32(cell), steps: [])].steps.append(
                    CellStep(index: index, count: total))
            }
            life.values.append(value.sum)
        }
        life.cells = columns.keys.sorted().compactMap { columns[$0] }
        return life
    }

    @Test(arguments: [0, 1, 7, 100, 5000])
    func livesComeBack(rate: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for count in [1, 2, 60] {
            let life = Self.life(count: count, rate: rate, &random)
            let bytes = Self.bytes(life) ?? []
            #expect(Self.back(bytes, count: count) == life, "seed \(seed)")
        }
    }

    @Test func itIsShorterThanColumns() {
        var random = SeededGenerator(seed: 5)
        let life = Self.life(count: 900, rate: 20, &random)
        let compression = Compression()
        var encoder = ChunkEncoder()
        encoder.classicBounds = [0: Self.bounds]
        let sizes = [CellStyle.columns, .grown].map {
            encoder.encode([life], .histogram, samples: 900, id: 1, compression, cells: $0).count
        }
        #expect(sizes[1] * 10 < sizes[0] * 8, "\(sizes)")
    }

    /// Sums that fit no cell, counts at their limit, the last cell: all of it comes back.
    @Test func extremesComeBack() {
        var life = LifeColumns(seriesID: 1, isFresh: false, first: 0)
        life.values = [.max, 0, 1 << 63, 5, 5, .max]
        life.cells = [
            CellColumn(
                cell: 0,
                steps: [
                    CellStep(index: 0, count: 1),
                    CellStep(index: 3, count: CellModel.observationsMax),
                ]),
            CellColumn(cell: 2047, steps: [CellStep(index: 5, count: 9)]),
        ]
        #expect(Self.back(Self.bytes(life) ?? [], count: 6) == life)
    }

    /// What no histogram of ours holds is left to columns.
    @Test func otherLivesAreDeclined() {
        func life(_ steps: [CellStep], cell: UInt32 = 1) -> LifeColumns {
            var life = LifeColumns(seriesID: 1, isFresh: false, first: 0)
            life.values = [0, 1]
            life.cells = [CellColumn(cell: cell, steps: steps)]
            return life
        }
        #expect(Self.bytes(life([CellStep(index: 0, count: 2)])) != nil)
        #expect(Self.bytes(life([CellStep(index: 0, count: 2)], cell: 2048)) == nil)
        #expect(Self.bytes(life([CellStep(index: 1, count: .max)])) == nil)
        #expect(
            Self.bytes(life([CellStep(index: 0, count: 2), CellStep(index: 1, count: 1)])) == nil)
    }

    @Test func damagedLivesNeverTrap() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let life = Self.life(count: 60, rate: 7, &random)
        let bytes = Self.bytes(life) ?? []
        for length in bytes.indices { _ = Self.back(Array(bytes[..<length]), count: 60) }
        for _ in 0..<2000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: damaged.indices, using: &random)
                damaged[place] = UInt8.random(in: 0...255, using: &random)
            }
            _ = Self.back(damaged, count: Int.random(in: 1...100, using: &random))
        }
    }

    /// A claim of many samples ends with the bytes, not with the claim.
    @Test func aFewBytesCannotAskForMuch() {
        #expect(Self.back([0, 2, 0, 0], count: Block.samplesMax) == nil)
        #expect(Self.back([0, 2, 255, 255], count: Block.samplesMax) == nil)
    }

    @Test func bitsComeBackByTheirOdds() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let bits = (0..<5000).map { _ in Int.random(in: 0..<50, using: &random) == 0 }
        var encoder = BitEncoder()
        var odds = Odds.even
        for (index, bit) in bits.enumerated() {
            _ = encoder.code(bit, &odds)
            _ = encoder.raw(UInt64(index), bits: index % 65)
        }
        var bytes: [UInt8] = []
        encoder.finish(to: &bytes)
        var reader = ColumnDecoder(bytes, from: 0)
        let coded = reader.count(atMost: bytes.count) ?? 0
        // 5000 bits that are true once in 50: 707 bits by Shannon, plus learning.
        #expect(coded < 110, "seed \(seed)")
        var decoder = BitDecoder(
            bytes, coded: reader.offset..<reader.offset + coded, end: bytes.count)
        odds = Odds.even
        for (index, bit) in bits.enumerated() {
            #expect(decoder.code(false, &odds) == bit, "seed \(seed) bit \(index)")
            let mask: UInt64 = index % 65 == 64 ? .max : (1 << UInt64(index % 65)) - 1
            #expect(decoder.raw(0, bits: index % 65) == UInt64(index) & mask)
        }
        #expect(!decoder.isExhausted)
    }
}
