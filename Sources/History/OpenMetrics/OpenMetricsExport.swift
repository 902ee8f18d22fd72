// The history as OpenMetrics text with timestamps: metric by metric, series by series, since the
// format wants the lines of a series together. Blocks are read once for 64 series, whose columns
// stay encoded until their lines are written; a stretch of time that would not fit into memory that
// way is read series by series, piece by piece. https://openmetrics.io, version 1.0. Reader's
// thread.

import Stats

public struct OpenMetricsExport {
    private let reader: HistoryReader
    private let from: Int64
    private let to: Int64
    private let tier: TierChoice
    private var text: [UInt8] = []
    /// Samples written so far.
    public private(set) var samples = 0
    /// Samples left out because a clock had stepped back: the text would go back in time.
    public private(set) var skipped = 0
    public private(set) var report = ReadReport()
    /// Encoded columns held at a time, estimated; 64 MiB.
    var windowBytesMax = 64 << 20

    private static let flushBytes = 1 << 18

    /// One metric and labels, in as many families as had that name: bounds of histograms change.
    private struct Item {
        let labels: String
        var places: [(family: Int, series: Int64)]
    }

    /// Samples of from < time <= to.
    public init(_ reader: HistoryReader, from: Int64, to: Int64, tier: TierChoice) {
        self.reader = reader
        self.from = from
        self.to = to
        self.tier = tier
    }

    /// Calls `write` with text, piece by piece; stops when it answers false.
    public mutating func run(_ write: ([UInt8]) -> Bool) throws(HistoryError) {
        guard let range = try reader.timeRange() else {
            _ = write(Array("# EOF\n".utf8))
            return
        }
        let low = max(from, range.lowerBound - 1)
        let high = min(to, range.upperBound)
        let timeline = try ExportTimeline(reader, from: low, to: high, tier.tier)
        var families = try reader.families()[...]
        while let first = families.first {
            let sameName = families.prefix { $0.prometheusName == first.prometheusName }
            families = families.dropFirst(sameName.count)
            let names = sameName.map { OpenMetricsNames($0) }
            text.append(contentsOf: names[0].head.utf8)
            var items = try items(names)[...]
            while !items.isEmpty, low < high {
                let some = Array(items.prefix(ChunkKey.seriesPerPart))
                items = items.dropFirst(some.count)
                if try !export(some, names, timeline, write) { return }
            }
        }
        text.append(contentsOf: "# EOF\n".utf8)
        _ = flush(write)
    }

    private mutating func flush(_ write: ([UInt8]) -> Bool) -> Bool {
        let goesOn = write(text)
        text.removeAll(keepingCapacity: true)
        return goesOn
    }

    private func items(_ names: [OpenMetricsNames]) throws(HistoryError) -> [Item] {
        var items: [Item] = []
        var known: [String: Int] = [:]
        for (place, name) in names.enumerated() {
            for series in try reader.series(of: name.family) {
                let labels = name.labels(series)
                if let index = known[labels] {
                    items[index].places.append((place, series.id))
                } else {
                    known[labels] = items.count
                    items.append(Item(labels: labels, places: [(place, series.id)]))
                }
            }
        }
        return items
    }

    /// False when `write` wants no more.
    private mutating func export(
        _ items: [Item], _ names: [OpenMetricsNames], _ timeline: ExportTimeline,
        _ write: ([UInt8]) -> Bool
    ) throws(HistoryError) -> Bool {
        let bytesEach = names[0].family.kind == .histogram ? 32 : 2
        let samplesMax = windowBytesMax / (bytesEach * ChunkKey.seriesPerPart)
        let slices = timeline.slices(samplesMax: samplesMax)
        let shared = slices.count == 1 ? try windows(items, names, slices[0]) : nil
        for item in items {
            var place = item.places[0].family
            var series = OpenMetricsSeries(names[place], labels: item.labels)
            for slice in slices {
                let read: [SeriesWindow]
                if let shared {
                    read = shared
                } else {
                    read = try windows([item], names, slice)
                }
                for (family, life) in Self.lives(item, read) {
                    if family != place {
                        place = family
                        series = OpenMetricsSeries(
                            names[place], labels: item.labels, after: series, to: &text)
                    }
                    series.append(life, read[family], to: &text)
                }
                if text.count >= Self.flushBytes, !flush(write) { return false }
            }
            series.writePending(to: &text)
            samples += series.samples
            skipped += series.skipped
        }
        return true
    }

    private mutating func windows(
        _ items: [Item], _ names: [OpenMetricsNames], _ slice: (from: Int64, to: Int64)
    ) throws(HistoryError) -> [SeriesWindow] {
        var result: [SeriesWindow] = []
        for (place, name) in names.enumerated() {
            var ids: Set<Int64> = []
            for item in items {
                for known in item.places where known.family == place { ids.insert(known.series) }
            }
            var window = SeriesWindow()
            if !ids.isEmpty {
                window = try reader.window(
                    family: name.family.id, seriesIDs: ids, from: slice.from, to: slice.to,
                    tier: tier)
                report.merge(window.report)
            }
            result.append(window)
        }
        return result
    }

    /// In the order in which they were lived.
    private static func lives(
        _ item: Item, _ windows: [SeriesWindow]
    ) -> [(family: Int, life: StoredLife)] {
        var result: [(family: Int, life: StoredLife)] = []
        for known in item.places {
            for life in windows[known.family].lives where life.seriesID == known.series {
                result.append((known.family, life))
            }
        }
        guard item.places.count > 1 else { return result }
        func start(_ entry: (family: Int, life: StoredLife)) -> Int64 {
            guard let piece = entry.life.pieces.first else { return .max }
            return windows[entry.family].axes[piece.axis].times[piece.range.lowerBound]
        }
        return result.enumerated().sorted {
            (start($0.element), $0.offset) < (start($1.element), $1.offset)
        }.map(\.element)
    }
}
