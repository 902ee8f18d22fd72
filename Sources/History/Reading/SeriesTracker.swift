// Walks the lives of one series along the axes of a window and says at each sample what its value
// is and how much it grew: exactly, over blocks, tiers, births, deaths and restarts, because a
// fresh life counts from zero and every other one has the value before it. Reader's thread.

struct SeriesTracker {
    /// One series at one sample.
    struct Track {
        /// nil while the series is not alive.
        var value: SampleValue?
        /// Growth since the sample before; nil for gauges and where no base line exists.
        var growth: SampleValue?
        /// Gauges of coarser tiers: extremes since the sample before.
        var least: Int64?
        var greatest: Int64?
    }

    private let lives: [StoredLife]
    /// The value of each life at its newest sample so far.
    private var previous: [SampleValue?]

    init(lives: [StoredLife]) {
        self.lives = lives
        previous = [SampleValue?](repeating: nil, count: lives.count)
    }

    /// The tracks of the next axis; call once for each, in order.
    mutating func tracks(_ window: SeriesWindow, axis: Int) -> [Track] {
        var result = [Track](repeating: Track(), count: window.axes[axis].times.count)
        for (number, life) in lives.enumerated() {
            for piece in life.pieces where piece.axis == axis {
                let summary =
                    life.layout == .gaugeSummary ? window.columns(of: piece)?.summary : nil
                for (offset, value) in window.samples(of: piece, life.layout).enumerated() {
                    let index = piece.range.lowerBound + offset
                    let isFirst = previous[number] == nil
                    let growth =
                        isFirst && !life.isFresh ? nil : value.grown(since: previous[number])
                    previous[number] = value
                    result[index].add(value, growth)
                    if let summary {
                        result[index].least = Int64(bitPattern: summary.least[piece.skip + offset])
                        result[index].greatest = Int64(
                            bitPattern: summary.greatest[piece.skip + offset])
                    }
                }
            }
        }
        return result
    }
}

extension SeriesTracker.Track {
    fileprivate mutating func add(_ value: SampleValue, _ growth: SampleValue?) {
        self.value = self.value?.adding(value) ?? value
        if let growth { self.growth = self.growth?.adding(growth) ?? growth }
    }
}

extension SeriesWindow {
    /// The exact values of a piece; none when its columns are malformed.
    func samples(of piece: LifePiece, _ layout: ColumnLayout) -> [SampleValue] {
        var result: [SampleValue] = []
        result.reserveCapacity(piece.range.count)
        if layout == .histogram {
            _ = forEachHistogram(piece) { _, value in result.append(.histogram(value)) }
            return result
        }
        var values: [UInt64] = []
        guard self.values(of: piece, into: &values) else { return [] }
        for value in values {
            switch layout {
            case .counter, .histogram: result.append(.counter(value))
            case .gauge, .gaugeSummary: result.append(.gauge(Int64(bitPattern: value)))
            case .floatCounter, .floatGauge: result.append(.float(Double(bitPattern: value)))
            }
        }
        return result
    }

    /// For each sample of each axis how long the file was observed since the sample before it.
    var coveredMillis: [[Int64]] {
        var result: [[Int64]] = []
        var last: (boot: Int64, time: Int64)?
        for axis in axes {
            let before = axis.timeBefore ?? axis.startMillis
            var previous = last?.boot == axis.boot ? last?.time ?? before : before
            result.append(
                axis.times.map { time in
                    defer { previous = time }
                    return max(0, time - previous)
                })
            if let time = axis.times.last { last = (axis.boot, time) }
        }
        return result
    }
}
