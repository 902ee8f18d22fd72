// From a finer tier to a coarser one, life by life. Of each window its last sample is kept:
// counters and histograms are cumulative, so they stay exact there; gauges also keep minimum,
// maximum, sum and count of the window. A life that ended inside a window keeps its last value at
// the window's sample, so what it counted is never lost. Pure; the compactor drives it.

enum RollUp {
    /// The last sample of each window of `stepMillis`, ascending; the very last sample is one.
    static func picks(_ times: [Int64], stepMillis: Int64) -> [Int] {
        func window(_ time: Int64) -> Int64 {
            time >= 0 ? time / stepMillis : (time - stepMillis + 1) / stepMillis
        }
        return times.indices.filter {
            $0 + 1 == times.count || window(times[$0]) != window(times[$0 + 1])
        }
    }

    static func layout(above layout: ColumnLayout) -> ColumnLayout {
        layout == .gauge ? .gaugeSummary : layout
    }

    static func roll(_ life: LifeColumns, _ picks: [Int], _ layout: ColumnLayout) -> LifeColumns {
        let first = index(of: life.first, in: picks)
        let last = index(of: life.end - 1, in: picks)
        var result = LifeColumns(seriesID: life.seriesID, isFresh: life.isFresh, first: first)
        result.values.reserveCapacity(last - first + 1)
        for place in first...last {
            result.values.append(life.values[min(picks[place], life.end - 1) - life.first])
        }
        if layout.isGauge { result.summary = summary(life, picks, first...last) }
        result.cells = life.cells.map { column in
            var rolled = CellColumn(cell: column.cell, steps: [])
            for step in column.steps {
                let place = index(of: life.first + step.index, in: picks) - first
                if let end = rolled.steps.indices.last, rolled.steps[end].index == place {
                    rolled.steps[end].count = step.count
                } else {
                    rolled.steps.append(CellStep(index: place, count: step.count))
                }
            }
            return rolled
        }
        return result
    }

    private static func summary(
        _ life: LifeColumns, _ picks: [Int], _ places: ClosedRange<Int>
    ) -> GaugeSummary {
        var result = GaugeSummary()
        for place in places {
            let low = max(place == 0 ? 0 : picks[place - 1] + 1, life.first) - life.first
            let high = min(picks[place], life.end - 1) - life.first
            var (least, greatest) = (Int64.max, Int64.min)
            var (sum, count): (UInt64, UInt64) = (0, 0)
            for index in low...high {
                let value = life.values[index]
                let lowest = life.summary?.least[index] ?? value
                let highest = life.summary?.greatest[index] ?? value
                least = min(least, Int64(bitPattern: lowest))
                greatest = max(greatest, Int64(bitPattern: highest))
                sum &+= life.summary?.sum[index] ?? value
                count &+= life.summary?.count[index] ?? 1
            }
            result.least.append(UInt64(bitPattern: least))
            result.greatest.append(UInt64(bitPattern: greatest))
            result.sum.append(sum)
            result.count.append(count)
        }
        return result
    }

    /// The place of the first pick at or after `sample`.
    private static func index(of sample: Int, in picks: [Int]) -> Int {
        var (low, high) = (0, picks.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if picks[middle] < sample { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Joins the lives of blocks that follow each other into lives over all of them.
struct LifeJoiner {
    private(set) var lives: [LifeColumns] = []
    private var bySeries: [Int64: [Int]] = [:]

    /// - Parameter offset: samples of the blocks before.
    mutating func take(_ life: LifeColumns, offset: Int) {
        var moved = life
        moved.first += offset
        let known = bySeries[life.seriesID] ?? []
        if !life.isFresh, let place = known.first(where: { lives[$0].end == moved.first }) {
            lives[place].append(moved)
            return
        }
        bySeries[life.seriesID, default: []].append(lives.count)
        lives.append(moved)
    }
}

extension LifeColumns {
    /// Goes on with `next`, whose first sample is the one after the last of this.
    fileprivate mutating func append(_ next: LifeColumns) {
        let shift = values.count
        values.append(contentsOf: next.values)
        if let added = next.summary {
            summary?.least.append(contentsOf: added.least)
            summary?.greatest.append(contentsOf: added.greatest)
            summary?.sum.append(contentsOf: added.sum)
            summary?.count.append(contentsOf: added.count)
        }
        var place = 0
        for column in next.cells {
            while place < cells.count, cells[place].cell < column.cell { place += 1 }
            var steps = column.steps.map { CellStep(index: $0.index + shift, count: $0.count) }
            if place < cells.count, cells[place].cell == column.cell {
                if cells[place].steps.last?.count == steps.first?.count { steps.removeFirst() }
                cells[place].steps.append(contentsOf: steps)
            } else {
                cells.insert(CellColumn(cell: column.cell, steps: steps), at: place)
            }
        }
    }
}
