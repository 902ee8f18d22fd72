// Making series: by main's own request, or by adopting a worker's birth under the family's limit.
// Over it, or with the table full, the answer is the family's `other` series, and that is counted.
// Main only. Labels that exist, also retired ones, always get their series back.

import Synchronization

extension Registry {
    /// The series for these labels, found, revived, made or folded.
    func intern(_ family: Int, _ labels: [String], isLimited: Bool = true) -> Int {
        let record = families[family]
        let isFoldable = !labels.isEmpty && !Self.isOther(labels)
        let isFull =
            isFoldable && isLimited && order[family].visible >= record.family.seriesLimit
        if let known = series.find(family, labels) {
            if series[known].isVisible || !isFull {
                revive(known)
                return known
            }
            return fold(family, labels)
        }
        if isFull || (isFoldable && !hasRoom(family, record.family.kind)) {
            return fold(family, labels)
        }
        return make(family, labels, record)
    }

    static func isOther(_ labels: [String]) -> Bool {
        !labels.isEmpty && labels.allSatisfy { $0 == MetricFamily.otherValue }
    }

    private func fold(_ family: Int, _ labels: [String]) -> Int {
        foldedSeries &+= 1
        return intern(family, labels.map { _ in MetricFamily.otherValue })
    }

    private func hasRoom(_ family: Int, _ kind: MetricKind) -> Bool {
        switch kind {
        case .counter:
            return !freeCounters.isEmpty || series.count < cellCapacity - FamilyList.limit
        case .gauge:
            return !freeGauges.isEmpty || series.count < cellCapacity - FamilyList.limit
        case .histogram:
            return !(freeHistograms[family] ?? []).isEmpty
                || (series.count < cellCapacity - FamilyList.limit
                    && histogramSeries.count < CellSpace.directoryHalf - FamilyList.limit)
        }
    }

    /// A number out of the free list or a new one. Histogram numbers are reused within a family:
    /// the shards' directories point to its layout.
    private func make(_ family: Int, _ labels: [String], _ record: FamilyRecord) -> Int {
        let reused: Int?
        switch record.family.kind {
        case .counter: reused = freeCounters.popLast()
        case .gauge: reused = freeGauges.popLast()
        case .histogram: reused = freeHistograms[family]?.popLast()
        }
        let number = reused ?? series.count
        var histogram: UInt32 = 0
        if let layout = record.layout {
            if let reused {
                histogram = series[reused].histogram
            } else {
                histogram = UInt32(histogramSeries.count)
                histogramSeries.append(number)
                histogramOwnedSince.append(sequence)
                histograms.append(HistogramValue(layout: layout))
                families.sharedDirectories.store(histogramSeries.count, ordering: .releasing)
            }
        }
        series.insert(at: number, family, labels, histogram: histogram)
        if reused == nil {
            values.append(0)
            families.sharedSlots.store(series.count, ordering: .releasing)
        }
        clearTotal(number)
        unsafe flags[number] = Flag.special
        show(number)
        return number
    }

    /// A series enters snapshots.
    func show(_ number: Int) {
        let family = Int(series[number].family)
        order[family].newcomers.append(number)
        if isLimited(number) { order[family].visible += 1 }
        seriesCount += 1
    }

    /// Whether the series counts against its family's limit.
    func isLimited(_ number: Int) -> Bool {
        let labels = labelValues(number)
        return !labels.isEmpty && !Self.isOther(labels)
    }

    func labelValues(_ number: Int) -> [String] {
        let family = Int(series[number].family)
        return series.labelValues(number, count: declared[family].labels.count)
    }
}
