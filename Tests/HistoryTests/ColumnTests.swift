// Columns and chunks: every shape of numbers comes back bit by
// bit, and bytes that were cut, flipped or made up give a
// fault and never a trap.

import Testing

@testable import History

@Suite struct ColumnTests {
    private static func noise(_ index: UInt64) -> UInt64 { (index &* 2_654_435_761) >> 16 }

    private static func tag(_ order: TokenOrder) -> UInt8 { ColumnTag.tokens + order.rawValue }

    /// Numbers summed up `times` times over.
    private static func walk(_ times: Int, _ range: ClosedRange<Int>) -> [UInt64] {
        var random = SeededGenerator(seed: 3)
        var values = (0..<900).map { _ in Int.random(in: range, using: &random) }
        for _ in 0..<times {
            for index in values.indices.dropFirst() { values[index] += values[index - 1] }
        }
        return values.map { UInt64(bitPattern: Int64($0)) }
    }

    private static let shapes: [(name: String, tag: UInt8, values: [UInt64])] = [
        ("one", ColumnTag.constant, [7]),
        ("constant", ColumnTag.constant, [UInt64](repeating: .max, count: 900)),
        ("clock", ColumnTag.constantDelta, (0..<900).map { 1_800_000_000_000 + $0 * 1000 }),
        ("falling", ColumnTag.constantDelta, (0..<900).map { 0 &- $0 }),
        ("quiet counter", ColumnTag.growth, (0..<900).map { $0 / 100 * 3 }),
        ("gauge", ColumnTag.deltas, (0..<900).map { $0 / 200 % 2 == 0 ? 100 : 40 }),
        ("speeding up", ColumnTag.deltasOfDeltas, (0..<12).map { $0 * 1_000_000 + $0 * $0 }),
        ("bits", ColumnTag.packed, (0..<50).map { $0 * 1_000_000 + $0 * 7919 % 4 }),
        ("busy counter", tag(.growing), walk(1, 50...86)),
        ("up and down", tag(.signed), walk(1, -900...900)),
        ("bent", tag(.bending), walk(2, -3...3)),
        ("levels", tag(.level), walk(0, 70...90)),
        ("pages", tag(.level), walk(0, 0...20).map { $0 * 4096 }),
        ("extremes", tag(.level), walk(0, 0...1).map { 1 << 63 &- $0 }),
    ]

    @Test(arguments: shapes.indices)
    func shapesComeBack(index: Int) {
        let shape = Self.shapes[index]
        var encoder = ColumnEncoder()
        var bytes: [UInt8] = []
        encoder.append(shape.values[...], to: &bytes)
        #expect(bytes[0] == shape.tag, "\(shape.name): \(bytes.count) bytes")
        var decoder = ColumnDecoder(bytes, from: 0)
        var values: [UInt64] = []
        #expect(decoder.column(shape.values.count, into: &values), "\(shape.name)")
        #expect(values == shape.values && decoder.offset == bytes.count, "\(shape.name)")
    }

    @Test func randomColumnsComeBack() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var encoder = ColumnEncoder()
        for round in 0..<400 {
            let count = Int.random(in: 1...300, using: &random)
            let width = UInt64.random(in: 0...63, using: &random)
            var value = UInt64.random(in: 0...UInt64.max, using: &random)
            let values = (0..<count).map { _ in
                if Int.random(in: 0..<3, using: &random) > 0 {
                    value &+= UInt64.random(in: 0...(1 << width), using: &random) &- 1
                }
                return value
            }
            var bytes: [UInt8] = []
            let isFloat = round % 2 == 1
            if isFloat {
                encoder.append(floats: values[...], to: &bytes)
            } else {
                encoder.append(values[...], to: &bytes)
            }
            var decoder = ColumnDecoder(bytes, from: 0)
            var back: [UInt64] = []
            #expect(decoder.column(count, into: &back), "seed \(seed) round \(round)")
            #expect(back == values, "seed \(seed) round \(round)")
        }
    }

    @Test func floatsComeBackBitByBit() {
        let columns: [[Double]] = [
            [0, -0.0, 1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude],
            (0..<100).map { Double($0) / 10 }, (0..<100).map { Double($0) * 1e20 },
            [0.1, 0.2, 0.30000000000000004], (0..<50).map { 1.0 / Double($0 + 1) },
            [9_007_199_254_740_994, 4], [Double](repeating: 2.5, count: 40),
        ]
        var encoder = ColumnEncoder()
        for column in columns {
            let bits = column.map(\.bitPattern)
            var bytes: [UInt8] = []
            encoder.append(floats: bits[...], to: &bytes)
            var decoder = ColumnDecoder(bytes, from: 0)
            var back: [UInt64] = []
            #expect(decoder.column(bits.count, into: &back) && back == bits, "\(column)")
        }
    }

    @Test func madeUpColumnsNeverTrap() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0..<40, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            if count > 0 { bytes[0] %= 14 }
            var decoder = ColumnDecoder(bytes, from: 0)
            var values: [UInt64] = []
            if decoder.column(count * 3 + 1, into: &values) {
                #expect(values.count == count * 3 + 1, "seed \(seed)")
            }
        }
    }

    // MARK: chunks

    private static func lives(_ layout: ColumnLayout, _ seed: UInt64) -> [LifeColumns] {
        var random = SeededGenerator(seed: seed)
        return (1...20).map { index in
            let first = index % 3 == 0 ? 5 : 0
            let count = index % 4 == 0 ? 30 : 60 - first
            var life = LifeColumns(
                seriesID: Int64(index * 3), isFresh: index % 2 == 0, first: first)
            life.values = (0..<count).map { _ in UInt64.random(in: 0..<1000, using: &random) }
            if layout == .histogram {
                life.cells = (0..<index).map { cell in
                    CellColumn(
                        cell: UInt32(cell * 7),
                        steps: [CellStep(index: 2, count: 4), CellStep(index: 9, count: 11)])
                }
            }
            if layout == .gaugeSummary {
                life.summary = GaugeSummary(
                    least: life.values.map { $0 &- 3 }, greatest: life.values.map { $0 + 9 },
                    sum: life.values.map { $0 &* 10 }, count: life.values.map { _ in 10 })
            }
            return life
        }
    }

    private static let layouts: [ColumnLayout] = [
        .counter, .gauge, .histogram, .gaugeSummary, .floatCounter, .floatGauge,
    ]

    @Test(arguments: layouts, [CellStyle.columns, .grown])
    func chunksComeBack(layout: ColumnLayout, cells: CellStyle) throws {
        let compression = Compression()
        let lives = Self.lives(layout, 7)
        var encoder = ChunkEncoder()
        encoder.classicBounds = [0: [100, 5000]]
        let blob = encoder.encode(lives, layout, samples: 60, id: 99, compression, cells: cells)
        let chunk = try Chunk.open(blob, id: 99, samples: 60, compression).get()
        #expect(chunk.layout == layout)
        #expect(chunk.lives.map { chunk.columns(of: $0) } == lives)
        for (life, expected) in zip(chunk.lives, lives) {
            var values: [UInt64] = []
            #expect(chunk.values(of: life, into: &values) && values == expected.values)
        }
    }

    @Test(arguments: layouts)
    func damagedChunksAreFaults(layout: ColumnLayout) {
        let compression = Compression()
        var encoder = ChunkEncoder()
        encoder.classicBounds = [0: [100, 5000]]
        let blob = encoder.encode(
            Self.lives(layout, 7), layout, samples: 60, id: 99, compression, cells: .grown)
        for length in blob.indices {
            guard
                case .failure = Chunk.open(Array(blob[..<length]), id: 99, samples: 60, compression)
            else {
                Issue.record("cut at \(length)")
                return
            }
        }
        for place in blob.indices {
            var flipped = blob
            flipped[place] ^= 1 << UInt8(place % 8)
            guard case .failure = Chunk.open(flipped, id: 99, samples: 60, compression) else {
                Issue.record("flipped at \(place)")
                return
            }
        }
        guard case .failure(.badChecksum) = Chunk.open(blob, id: 98, samples: 60, compression)
        else {
            Issue.record("a moved chunk was taken")
            return
        }
    }

    /// Behind the checksum: what a wrong but well-sealed chunk can do.
    @Test func madeUpChunksNeverTrap() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let compression = Compression()
        var encoder = ChunkEncoder()
        encoder.classicBounds = [0: [100, 5000]]
        let styles: [CellStyle] = [.columns, .grown]
        let payloads = Self.layouts.flatMap { layout in
            styles.compactMap { cells -> [UInt8]? in
                let blob = encoder.encode(
                    Self.lives(layout, 7), layout, samples: 60, id: 1, compression, cells: cells)
                return try? SealedBlob.open(blob, key: [1], compression).get()
            }
        }
        for _ in 0..<4000 {
            var payload = payloads.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: payload.indices, using: &random)
                payload[place] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) {
                payload.removeLast(Int.random(in: 0..<payload.count, using: &random))
            }
            guard let chunk = Chunk(payload: payload, samples: 60) else { continue }
            for life in chunk.lives {
                _ = chunk.columns(of: life)
                var values: [UInt64] = []
                _ = chunk.values(of: life, into: &values)
            }
            _ = Block(payload: payload)
        }
    }

    /// Shares raised to 1 take more than the largest one has: 72 tokens often, 72 seldom.
    @Test func manyTokensHaveShares() throws {
        var counts = [Int](repeating: 0, count: Token.count)
        for token in 0..<72 { counts[token] = 1 << 20 }
        for token in 72..<144 { counts[token] = 1 }
        for many in [1, 1 << 6, 1 << 9, 1 << 12, 1 << 20] {
            for token in 72..<144 { counts[token] = many }
            let shares = TokenShares(counts: counts).shares
            #expect(shares.reduce(0, +) == TokenShares.total)
            #expect(zip(counts, shares).allSatisfy { ($0 > 0) == ($1 > 0) })
        }
        var words: [UInt64] = []
        for token in 0..<144 {
            words += repeatElement(Token.base(token), count: token < 72 ? 40 : 2)
        }
        words.shuffle()
        var values: [UInt64] = [0]
        for word in words { values.append(values[values.count - 1] &+ word) }
        var bytes: [UInt8] = []
        var encoder = ColumnEncoder()
        encoder.append(values[...], to: &bytes)
        var decoder = ColumnDecoder(bytes, from: 0)
        var again: [UInt64] = []
        #expect(decoder.column(values.count, into: &again) && again == values)
    }
}
