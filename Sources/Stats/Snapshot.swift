// One cut of everything, immutable: every view (Prometheus, /stats, statsd, history) is rendered
// from one of these, so all views agree. Sendable, any thread, for as long as anyone holds it.
// Series are addressed by number; a number reused for other labels has a higher generation.

/// All series at one moment.
public struct Snapshot: Sendable {
    /// 1 for the first, then ascending by 1.
    public let sequence: UInt64
    public let wallMillis: Int64
    public let monotonicNanos: UInt64
    /// Names of shards whose values are from an earlier cut.
    public let lateShards: [String]
    /// Series that `series(of:)` lists over all families.
    public let seriesCount: Int
    private let tables: SnapshotTables

    init(
        sequence: UInt64, wallMillis: Int64, monotonicNanos: UInt64, lateShards: [String],
        seriesCount: Int, tables: SnapshotTables
    ) {
        self.sequence = sequence
        self.wallMillis = wallMillis
        self.monotonicNanos = monotonicNanos
        self.lateShards = lateShards
        self.seriesCount = seriesCount
        self.tables = tables
    }

    /// Indexed by `FamilyID.index`.
    public var families: [MetricFamily] { tables.families }

    /// All series numbers are below this; for arrays that sinks keep beside a snapshot.
    public var seriesExtent: Int { tables.entries.count }

    /// Series of a family, sorted by label values.
    public func series(of family: FamilyID) -> [SeriesID] { tables.sorted[family.index] }

    public func family(of series: SeriesID) -> FamilyID {
        FamilyID(index: Int(tables.entries[series.index].family))
    }

    /// Values of the family's labels, in its order.
    public func labelValues(_ series: SeriesID) -> [String] {
        let entry = tables.entries[series.index]
        let count = tables.families[Int(entry.family)].labels.count
        return (0..<count).map { tables.labels[Int(entry.labels[$0])] }
    }

    /// Value of a counter.
    public func value(_ series: SeriesID) -> UInt64 { tables.values[series.index] }

    /// Value of a gauge.
    public func gaugeValue(_ series: SeriesID) -> Int64 {
        Int64(bitPattern: tables.values[series.index])
    }

    /// Value of a histogram.
    public func histogram(_ series: SeriesID) -> HistogramValue {
        let entry = tables.entries[series.index]
        precondition(
            tables.families[Int(entry.family)].kind == .histogram, "BUG: not a histogram series")
        return tables.histograms[Int(entry.histogram)]
    }

    public func familyID(named template: String) -> FamilyID? {
        tables.templates[template].map { FamilyID(index: $0) }
    }

    /// Whether a cut ever brought a change of this series.
    public func touched(_ series: SeriesID) -> Bool { tables.entries[series.index].touched }

    /// Bytes that keeping this snapshot may cost, most of them shared with its neighbours: for
    /// bounds on queues. O(histograms).
    public var extentBytes: Int {
        var bytes = tables.values.count * 8 + tables.entries.chunks.count * 4 * 8
        for chunk in tables.histograms.chunks {
            for histogram in chunk {
                bytes += histogram.cells.count * 8 + MemoryLayout<HistogramValue>.stride
            }
        }
        return bytes
    }

    /// Grows each time a number leaves snapshots; a sink that remembers (number, generation) can
    /// tell a reused number, whose values start from zero, from the series it knew.
    public func generation(_ series: SeriesID) -> UInt32 {
        tables.entries[series.index].generation
    }
}

/// The shared part of a snapshot and its copies.
final class SnapshotTables: Sendable {
    let families: [MetricFamily]
    let templates: [String: Int]
    let sorted: [[SeriesID]]
    let entries: FrozenTable<SeriesEntry>
    let labels: FrozenTable<String>
    let values: FrozenTable<UInt64>
    let histograms: FrozenTable<HistogramValue>

    init(
        families: [MetricFamily], templates: [String: Int], sorted: [[SeriesID]],
        entries: FrozenTable<SeriesEntry>, labels: FrozenTable<String>,
        values: FrozenTable<UInt64>, histograms: FrozenTable<HistogramValue>
    ) {
        self.families = families
        self.templates = templates
        self.sorted = sorted
        self.entries = entries
        self.labels = labels
        self.values = values
        self.histograms = histograms
    }
}
