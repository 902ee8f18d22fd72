// Makes the blob of one chunk: a directory of lives, then their columns.
// docs/internals/ history-format.md draws it. History thread; pure, and it never
// looks at the disk.

/// How the cells of histograms are written.
enum CellStyle {
    /// A column each: fast to read, for the coarser tiers, whose cells grow at every sample.
    case columns
    /// As what grew from sample to sample: a third smaller.
    case grown
}

struct ChunkEncoder {
    private var columns = ColumnEncoder()
    private var scratch: [UInt64] = []
    /// Of histogram families, by id: what their cells measure. A family that is not in it has its
    /// cells written as columns.
    var classicBounds: [Int64: [UInt64]] = [:]

    /// - Parameters:
    ///   - lives: ascending by series id; all of one family.
    ///   - samples: how many samples the block has.
    ///   - cells: how histograms are written.
    mutating func encode(
        _ lives: [LifeColumns], _ layout: ColumnLayout, samples: Int, id: Int64,
        _ compression: Compression, cells: CellStyle = .columns
    ) -> [UInt8] {
        let before = columns.tokenColumns
        let blob = blob(lives, layout, samples: samples, id: id, compression, cells)
        let hasTokens = columns.tokenColumns > before
        let isGrown = layout == .histogram && cells == .grown
        guard hasTokens || isGrown else { return blob }
        // Whether tokens are shorter is known when zstd has seen both; and what replaces frames
        // must say what they said, so coded bits are read once before they are trusted.
        let isTrue = says(lives, blob, samples: samples, id: id, compression)
        if isTrue, !hasTokens { return blob }
        columns.allowsTokens = false
        defer { columns.allowsTokens = true }
        let plain = self.blob(
            lives, layout, samples: samples, id: id, compression, isTrue ? cells : .columns)
        return isTrue && blob.count <= plain.count ? blob : plain
    }

    private func says(
        _ lives: [LifeColumns], _ blob: [UInt8], samples: Int, id: Int64,
        _ compression: Compression
    ) -> Bool {
        guard case .success(let chunk) = Chunk.open(blob, id: id, samples: samples, compression),
            chunk.lives.count == lives.count
        else { return false }
        return zip(chunk.lives, lives).allSatisfy { chunk.columns(of: $0) == $1 }
    }

    private mutating func blob(
        _ lives: [LifeColumns], _ layout: ColumnLayout, samples: Int, id: Int64,
        _ compression: Compression, _ cells: CellStyle
    ) -> [UInt8] {
        var payload: [UInt8] = [layout.rawValue]
        payload.append(varint: UInt64(samples))
        payload.append(varint: UInt64(lives.count))
        var area: [UInt8] = []
        let bounds = cells == .grown ? classicBounds[ChunkKey.family(of: id)] : nil
        var previous: Int64 = 0
        for life in lives {
            let start = area.count
            append(life, layout, bounds, to: &area)
            let isPartial = life.first != 0 || life.end != samples
            let step = ZigZag.encode(life.seriesID &- previous)
            payload.append(varint: step << 2 | (life.isFresh ? 2 : 0) | (isPartial ? 1 : 0))
            if isPartial {
                payload.append(varint: UInt64(life.first))
                payload.append(varint: UInt64(life.values.count))
            }
            payload.append(varint: UInt64(area.count - start))
            previous = life.seriesID
        }
        payload.append(contentsOf: area)
        return SealedBlob.seal(payload, key: [id], compression)
    }

    private mutating func append(
        _ life: LifeColumns, _ layout: ColumnLayout, _ classicBounds: [UInt64]?,
        to area: inout [UInt8]
    ) {
        precondition(!life.values.isEmpty, "BUG: a life without a sample")
        if layout == .histogram, let classicBounds {
            let start = area.count
            area.append(ColumnTag.grown)
            if HistogramColumns.append(life, classicBounds: classicBounds, to: &area) { return }
            area.removeLast(area.count - start)
        }
        if layout.isFloat {
            columns.append(floats: life.values[...], to: &area)
            return
        }
        columns.append(life.values[...], to: &area)
        if layout == .gaugeSummary { appendSummary(life, to: &area) }
        if layout == .histogram { appendCells(life, to: &area) }
    }

    /// As distances to the last value: all zero when the gauge stood still.
    private mutating func appendSummary(_ life: LifeColumns, to area: inout [UInt8]) {
        guard let summary = life.summary else { preconditionFailure("BUG: no summary") }
        let last = life.values
        columns.append(last.indices.map { last[$0] &- summary.least[$0] }[...], to: &area)
        columns.append(last.indices.map { summary.greatest[$0] &- last[$0] }[...], to: &area)
        columns.append(
            last.indices.map { summary.sum[$0] &- last[$0] &* summary.count[$0] }[...], to: &area)
        columns.append(summary.count[...], to: &area)
    }

    private mutating func appendCells(_ life: LifeColumns, to area: inout [UInt8]) {
        area.append(varint: UInt64(life.cells.count))
        var next: UInt32 = 0
        for column in life.cells {
            area.append(varint: UInt64(column.cell - next))
            next = column.cell + 1
            scratch.removeAll(keepingCapacity: true)
            var count: UInt64 = 0
            for step in column.steps {
                scratch.append(
                    contentsOf: repeatElement(count, count: step.index - scratch.count))
                count = step.count
            }
            let left = life.values.count - scratch.count
            scratch.append(contentsOf: repeatElement(count, count: left))
            columns.append(plain: scratch[...], to: &area)
        }
    }
}
