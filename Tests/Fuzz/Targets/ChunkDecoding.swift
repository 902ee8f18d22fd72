// Bytes of the history: the first byte of an input says what the rest is. A valid checksum is put
// in front, so that what stands behind it is reached. Nothing traps, nothing makes room for more
// than the bytes can say, and what was decoded comes back the same after being encoded. One thread.

@testable import History

enum ChunkDecoding: FuzzTarget {
    static let name = "ChunkDecoding"

    /// Numbers are part of the inputs in the corpus: new kinds come last.
    private enum Kind: UInt8, CaseIterable {
        case sealed, chunk, block, frames, columns, longChunk
    }

    /// As many as a block of an import holds at most.
    private static let samplesMax = 4096
    // One thread at a time: the fuzzer has one, the replay is serialized.
    nonisolated(unsafe) private static let compression = Compression()
    private static let blockKey = BlockKey(
        id: 1, tier: .flush, boot: 1, startMillis: 0, endMillis: 1, firstFrame: 1, lastFrame: 2)

    static func complaint(about input: [UInt8]) -> String? {
        var reader = InputReader(input)
        let kinds = UInt8(Kind.allCases.count)
        guard let kind = Kind(rawValue: reader.byte() % kinds) else { return "no kind" }
        switch kind {
        case .sealed: return sealed(&reader)
        case .chunk: return chunk(&reader, zeros: 0)
        case .longChunk: return chunk(&reader, zeros: 1 << 20)
        case .block: return block(&reader)
        case .frames: return FrameBytes.complaint(&reader)
        case .columns: return columns(&reader)
        }
    }

    /// Format and flags, then what stands behind the checksum.
    private static func sealed(_ reader: inout InputReader) -> String? {
        var blob = [reader.byte(), reader.byte()]
        let samples = 1 + reader.number(below: samplesMax)
        let rest = reader.bytes(atMost: .max)
        var key: [UInt8] = []
        key.append(littleEndian: Int64(1))
        var checksum = CRC32C.checksum(of: key)
        checksum = CRC32C.checksum(of: blob, continuing: checksum)
        blob.append(littleEndian: CRC32C.checksum(of: rest, continuing: checksum))
        blob += rest
        switch Chunk.open(blob, id: 1, samples: samples, compression) {
        case .success(let chunk): return wrong(chunk)
        case .failure(.badChecksum) where blob[0] == SealedBlob.format:
            return "the checksum is computed differently"
        case .failure: return nil
        }
    }

    /// The payload of a chunk, and zeros behind it: few compressed bytes that become many.
    private static func chunk(_ reader: inout InputReader, zeros: Int) -> String? {
        let samples = 1 + reader.number(below: samplesMax)
        let payload = reader.bytes(atMost: .max) + [UInt8](repeating: 0, count: zeros)
        let blob = SealedBlob.seal(payload, key: [1], compression)
        switch SealedBlob.open(blob, key: [1], compression) {
        case .success(let again):
            if again != payload { return "a sealed payload comes back as another" }
        case .failure(let fault): return "a sealed payload is \(fault.rawValue)"
        }
        guard case .success(let chunk) = Chunk.open(blob, id: 1, samples: samples, compression)
        else { return nil }
        return wrong(chunk)
    }

    private static func wrong(_ chunk: Chunk) -> String? {
        var lives: [LifeColumns] = []
        for life in chunk.lives {
            var values: [UInt64] = []
            let isReadable = chunk.values(of: life, into: &values)
            if isReadable, values.count != life.count { return "values that were not asked for" }
            if life.first < 0 || life.end > chunk.samples { return "a life outside of its block" }
            guard let columns = chunk.columns(of: life) else { continue }
            if !isReadable || columns.values != values { return "values differ from the columns" }
            lives.append(columns)
        }
        // The same columns have a shortest form, but a life in it must have something to say.
        if lives.count != chunk.lives.count || lives.isEmpty { return nil }
        var encoder = ChunkEncoder()
        let blob = encoder.encode(
            lives, chunk.layout, samples: chunk.samples, id: 1, compression)
        guard
            case .success(let again) = Chunk.open(
                blob, id: 1, samples: chunk.samples, compression)
        else { return "an encoded chunk does not open" }
        let same = again.lives.map { again.columns(of: $0) }
        return same == lives.map { Optional($0) } ? nil : "an encoded chunk says something else"
    }

    private static func block(_ reader: inout InputReader) -> String? {
        let payload = reader.bytes(atMost: .max)
        let blob = SealedBlob.seal(payload, key: blockKey.columns, compression)
        guard case .success(let block) = Block.open(blob, blockKey, compression) else { return nil }
        if block.times.count != block.frames.count { return "times and frames differ in number" }
        if block.times.count > Block.samplesMax { return "\(block.times.count) samples" }
        let again = Block.open(block.encode(blockKey, compression), blockKey, compression)
        guard case .success(let same) = again else { return "an encoded block does not open" }
        let isSame =
            same.times == block.times && same.frames == block.frames && same.chunks == block.chunks
        return isSame ? nil : "an encoded block says something else"
    }

    /// A column of small steps, large words or both, as integers and as floats.
    private static func columns(_ reader: inout InputReader) -> String? {
        var values: [UInt64] = []
        var value: UInt64 = 0
        while !reader.rest.isEmpty {
            let step = reader.byte()
            switch step {
            case 0..<200: value &+= UInt64(bitPattern: Int64(step) - 100)
            case 200..<240: values += repeatElement(value, count: Int(step) - 200)
            case 240..<248: value = (Double(value % 1000) / 10).bitPattern
            default: value = reader.word()
            }
            values.append(value)
        }
        if values.isEmpty { return nil }
        var encoder = ColumnEncoder()
        for isFloat in [false, true] {
            var bytes: [UInt8] = []
            isFloat
                ? encoder.append(floats: values[...], to: &bytes)
                : encoder.append(values[...], to: &bytes)
            var decoder = ColumnDecoder(bytes, from: 0)
            var again: [UInt64] = []
            guard decoder.column(values.count, into: &again), decoder.offset == bytes.count,
                again == values
            else { return "a column\(isFloat ? " of floats" : "") comes back as another" }
        }
        return nil
    }

    // MARK: - Seeds

    /// Made by the encoders, so that they are of the format of the day.
    static func seeds() -> [[UInt8]] {
        let layouts: [ColumnLayout] = [
            .counter, .gauge, .histogram, .floatCounter, .floatGauge, .gaugeSummary,
        ]
        var seeds = layouts.flatMap { layout in [5, 300].map { chunkSeed(layout, samples: $0) } }
        seeds += [5, 300].map { chunkSeed(.histogram, samples: $0, cells: .grown) }
        let block = Block(
            times: (0..<40).map { 1_800_000_000_000 + $0 * 1000 }, frames: (0..<40).map { 7 + $0 },
            chunks: [
                ChunkPlace(family: 1, part: 0, firstSeries: 1),
                ChunkPlace(family: 1, part: 1, firstSeries: 65),
                ChunkPlace(family: 4, part: 0, firstSeries: 2),
            ])
        let blob = block.encode(blockKey, compression)
        if case .success(let payload) = SealedBlob.open(
            blob, key: blockKey.columns, compression)
        {
            seeds.append([Kind.block.rawValue] + payload)
        }
        seeds.append(contentsOf: FrameBytes.seeds().map { [Kind.frames.rawValue] + $0 })
        seeds.append(
            [Kind.columns.rawValue] + (0..<80).map { 100 + $0 % 7 } + [230, 241, 105, 255])
        let long = chunkSeed(.counter, samples: 9)
        seeds.append([Kind.longChunk.rawValue] + long.dropFirst())
        seeds += seeds.filter { $0[0] == Kind.chunk.rawValue }.map {
            [Kind.sealed.rawValue, SealedBlob.format, 0] + $0.dropFirst()
        }
        return seeds
    }

    private static func chunkSeed(
        _ layout: ColumnLayout, samples: Int, cells: CellStyle = .columns
    ) -> [UInt8] {
        let lives = (0..<4).map { index in
            let count = index == 2 ? samples - 2 : samples
            var life = LifeColumns(
                seriesID: Int64(index * 3 + 1), isFresh: index == 1, first: samples - count)
            let steps = (0..<count).map { $0 * $0 % (5 + index) }
            life.values = steps.map {
                layout.isFloat
                    ? (index == 3 ? (1 / Double($0 + 3)) : Double($0) / 10).bitPattern
                    : UInt64($0 * (index + 1))
            }
            if layout == .histogram {
                life.cells = (0..<index).map { cell in
                    CellColumn(
                        cell: UInt32(cell * 40),
                        steps: (0..<count - 1).map {
                            CellStep(index: $0, count: UInt64($0 + 1 + cell))
                        })
                }
            }
            if layout == .gaugeSummary {
                life.summary = GaugeSummary(
                    least: life.values.map { $0 / 2 }, greatest: life.values.map { $0 + 1 },
                    sum: life.values.map { $0 * 10 }, count: life.values.map { _ in 10 })
            }
            return life
        }
        var encoder = ChunkEncoder()
        encoder.classicBounds[ChunkKey.family(of: 1)] = [10, 100, 1000, 10_000]
        let blob = encoder.encode(
            lives, layout, samples: samples, id: 1, compression, cells: cells)
        guard case .success(let payload) = SealedBlob.open(blob, key: [1], compression) else {
            return []
        }
        return [
            Kind.chunk.rawValue, UInt8(truncatingIfNeeded: samples - 1), UInt8((samples - 1) >> 8),
        ] + payload
    }
}
