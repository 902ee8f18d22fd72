// Joins what blocks and frames say of each series into lives over the whole window: a life that is
// not fresh goes on with the one that was open before it in the same boot; one that is not there
// any more has ended, unless the chunk that would say so could not be read. Reader's thread.

struct LifeStitcher {
    private(set) var lives: [StoredLife] = []
    private var open: [Int64: [Int]] = [:]
    private var boot: Int64?
    private var isImported = false
    private var lastTime: Int64 = .min
    private let bootEnds: [Int64: Int64]

    /// - Parameter bootEnds: of boots that have ended.
    init(bootEnds: [Int64: Int64]) { self.bootEnds = bootEnds }

    /// Begins an axis; `lives` of it follow, then `endAxis`.
    mutating func begin(_ axis: SampleAxis) {
        if let boot, boot != axis.boot { endBoot(before: axis.startMillis) }
        boot = axis.boot
        isImported = axis.isImported
    }

    /// - Parameters:
    ///   - first: sample of the block at which the life begins, and `end`: one past its last.
    ///   - number: of the axis.
    mutating func take(
        _ seriesID: Int64, _ layout: ColumnLayout, isFresh: Bool, first: Int, end: Int,
        _ source: LifePiece.Source, on axis: SampleAxis, number: Int, reached: inout Set<Int>
    ) {
        let low = max(first, axis.lower)
        let high = min(end, axis.upper)
        guard low < high else { return }
        let piece = LifePiece(
            axis: number, range: low - axis.lower..<high - axis.lower, source: source,
            skip: low - first)
        // What was born before the part of the block that is used goes on with its beginning.
        let isFresh = isFresh && first >= axis.lower
        var place: Int?
        if !isFresh, let known = open[seriesID] {
            place = known.first { !reached.contains($0) }
        }
        if let place {
            lives[place].pieces.append(piece)
        } else {
            let before =
                first == axis.lower
                ? axis.timeBefore ?? axis.startMillis : axis.times[max(0, low - axis.lower - 1)]
            lives.append(
                StoredLife(
                    seriesID: seriesID, layout: layout, bornMillis: isFresh ? before : nil,
                    pieces: [piece], endedMillis: nil, boot: axis.boot))
            open[seriesID, default: []].append(lives.count - 1)
            place = lives.count - 1
        }
        guard let place else { return }
        reached.insert(place)
        if axis.isImported { return }
        if end < axis.upper {
            lives[place].endedMillis = axis.times[end - axis.lower]
            close(place)
        } else if end == axis.upper, end < axis.blockCount, let after = axis.timeAfter {
            lives[place].endedMillis = after
            close(place)
        }
    }

    /// Ends what was open and is not on this axis.
    ///
    /// - Parameter isKnown: whether the chunks that could hold the series were read.
    mutating func endAxis(
        _ axis: SampleAxis, reached: Set<Int>, isKnown: (Int64) -> Bool
    ) {
        if !axis.isImported, let first = axis.times.first {
            let gone = open.values.joined().filter { !reached.contains($0) }
            for place in gone where isKnown(lives[place].seriesID) {
                lives[place].endedMillis = first
                close(place)
            }
        }
        lastTime = axis.times.last ?? lastTime
    }

    /// The lives, sorted. A boot that is over ends what is open, if the window reaches so far.
    mutating func finish(to: Int64, isCut: Bool) -> [StoredLife] {
        if !isCut, let boot, let end = bootEnds[boot], max(end, lastTime + 1) <= to {
            endBoot(before: .max)
        }
        return lives.enumerated().sorted {
            ($0.element.seriesID, $0.offset) < ($1.element.seriesID, $1.offset)
        }.map(\.element)
    }

    private mutating func endBoot(before limit: Int64) {
        let stated = boot.flatMap { bootEnds[$0] } ?? lastTime + 1
        let end = max(lastTime + 1, min(stated, limit))
        if !isImported {
            for place in open.values.joined() { lives[place].endedMillis = end }
        }
        open.removeAll(keepingCapacity: true)
    }

    private mutating func close(_ place: Int) {
        let id = lives[place].seriesID
        open[id]?.removeAll { $0 == place }
        if open[id]?.isEmpty == true { open[id] = nil }
    }
}
