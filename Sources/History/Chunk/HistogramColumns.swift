// The columns of one histogram's life in coded bits: sample by sample the cells that grew
// (`CellModel`), then the sum, as a distance to what these cells let expect. The first sample grows
// from nothing. docs/internals/history-format.md draws the bytes. Pure; any thread; reading judges
// bytes and never traps.

enum HistogramColumns {
    /// Steps of all cells of a life that a reader makes room for.
    static let stepsMax = 1 << 22

    // MARK: writing

    /// Appends bounds and streams; false, with nothing written, when the life is none that
    /// `CellModel` can tell: cells that shrank, or too many of them.
    static func append(
        _ life: LifeColumns, classicBounds: [UInt64], to output: inout [UInt8]
    ) -> Bool {
        guard let rows = rows(life) else { return false }
        append(classicBounds, to: &output)
        let ruler = CellRuler(classicBounds: classicBounds)
        var encoder = BitEncoder()
        var cells = CellModel()
        var sums = SumModel()
        var before: UInt64 = 0
        for (index, sum) in life.values.enumerated() {
            var growth = rows[index]
            _ = cells.code(&growth, &encoder, isSpeaking: true)
            _ = sums.code(sum &- before, after: growth, ruler, &encoder)
            before = sum
        }
        encoder.finish(to: &output)
        return true
    }

    /// What grew, by sample.
    private static func rows(_ life: LifeColumns) -> [[CellGrowth]]? {
        var rows = [[CellGrowth]](repeating: [], count: life.values.count)
        var totals = [UInt64](repeating: 0, count: life.values.count)
        var steps = 0
        for column in life.cells {
            guard column.cell < CellModel.cellsMax else { return nil }
            var before: UInt64 = 0
            for step in column.steps {
                guard step.count > before, step.count <= CellModel.observationsMax else {
                    return nil
                }
                rows[step.index].append(
                    CellGrowth(cell: column.cell, count: step.count - before))
                totals[step.index] += step.count - before
                before = step.count
            }
            steps += column.steps.count
        }
        guard steps <= stepsMax, totals.allSatisfy({ $0 <= CellModel.observationsMax }) else {
            return nil
        }
        return rows
    }

    // MARK: reading

    /// Appends sums and cells to an empty life of `count` samples.
    static func read(
        _ bytes: [UInt8], _ place: Range<Int>, count: Int, into life: inout LifeColumns
    ) -> Bool {
        var reader = ColumnDecoder(bytes, from: place.lowerBound)
        guard let bounds = bounds(&reader), let coded = reader.count(atMost: place.count),
            reader.offset + coded <= place.upperBound
        else { return false }
        var decoder = BitDecoder(
            bytes, coded: reader.offset..<reader.offset + coded, end: place.upperBound)
        let ruler = CellRuler(classicBounds: bounds)
        var cells = CellModel()
        var sums = SumModel()
        var columns = [[CellStep]](repeating: [], count: CellModel.cellsMax)
        var growth: [CellGrowth] = []
        var sum: UInt64 = 0
        var steps = 0
        life.values.reserveCapacity(count)
        for index in 0..<count {
            growth.removeAll(keepingCapacity: true)
            guard cells.code(&growth, &decoder, isSpeaking: false) else { return false }
            steps += growth.count
            guard steps <= stepsMax else { return false }
            for grown in growth {
                let before = columns[Int(grown.cell)].last?.count ?? 0
                columns[Int(grown.cell)].append(
                    CellStep(index: index, count: before &+ grown.count))
            }
            sum &+= sums.code(0, after: growth, ruler, &decoder)
            life.values.append(sum)
            if decoder.isExhausted { return false }
        }
        for (cell, steps) in columns.enumerated() where !steps.isEmpty {
            life.cells.append(CellColumn(cell: UInt32(cell), steps: steps))
        }
        return true
    }

    // MARK: bounds

    /// Bounds are round: mantissa and power of ten share a number; 15 says that it follows whole.
    private static func append(_ bounds: [UInt64], to output: inout [UInt8]) {
        output.append(varint: UInt64(bounds.count))
        for bound in bounds {
            var (mantissa, exponent) = (bound, UInt64(0))
            while mantissa % 10 == 0, mantissa > 0, exponent < 14 {
                mantissa /= 10
                exponent += 1
            }
            if mantissa < 1 << 60 {
                output.append(varint: mantissa << 4 | exponent)
            } else {
                output.append(varint: 15)
                output.append(varint: bound)
            }
        }
    }

    private static func bounds(_ reader: inout ColumnDecoder) -> [UInt64]? {
        guard let count = reader.count(atMost: 1024) else { return nil }
        var result: [UInt64] = []
        for _ in 0..<count {
            guard let word = reader.varint() else { return nil }
            var bound = word >> 4
            if word & 15 == 15 {
                guard let whole = reader.varint() else { return nil }
                bound = whole
            } else {
                for _ in 0..<word & 15 { bound &*= 10 }
            }
            guard result.last.map({ $0 < bound }) ?? true else { return nil }
            result.append(bound)
        }
        return result
    }
}

/// The growth of a sum, given the cells that grew.
struct SumModel {
    private var odds = [UInt32](repeating: Odds.even, count: 3 * NumberModel.words)

    mutating func code<Coder: BitCoder>(
        _ growth: UInt64, after cells: [CellGrowth], _ ruler: CellRuler, _ coder: inout Coder
    ) -> UInt64 {
        var doubled: UInt64 = 0
        var variance = 0.0
        for cell in cells {
            doubled &+= ruler.doubledSum(Int(cell.cell), cell.count)
            variance += ruler.variance(Int(cell.cell), cell.count)
        }
        let expected = doubled >> 1
        // The bits below half a standard deviation are noise.
        let noise = variance >= 16 ? min(Int(variance.exponent) / 2 - 1, 62) : 0
        let distance = Int64(bitPattern: growth &- expected)
        let low = coder.raw(
            UInt64(bitPattern: distance) & ((1 << UInt64(noise)) - 1), bits: noise)
        var span = odds.mutableSpan
        let high = NumberModel.code(
            ZigZag.encode(distance >> Int64(noise)), &coder, &span,
            at: min(cells.count, 2) * NumberModel.words)
        let found = UInt64(bitPattern: ZigZag.decode(high)) << UInt64(noise) | low
        return expected &+ found
    }
}
