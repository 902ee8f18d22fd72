// What both forms of `/stats` share: series with their dotted names in order, and the quantiles
// of a histogram for all time and since an older snapshot. Pure; any thread. A series number that
// was reused meanwhile has another generation: its interval is then all it has.

import Stats

/// A series under its dotted name.
struct NamedSeries {
    let name: String
    let family: Int
    let id: SeriesID

    /// All wanted series by name, byte by byte.
    static func sorted(
        _ snapshot: Snapshot, usedOnly: Bool, include: ((String) -> Bool)?
    ) -> [NamedSeries] {
        var found: [NamedSeries] = []
        for (index, family) in snapshot.families.enumerated() {
            for id in snapshot.series(of: FamilyID(index: index)) {
                if usedOnly, !snapshot.touched(id) { continue }
                let name = family.dottedName(snapshot.labelValues(id))
                if let include, !include(name) { continue }
                found.append(NamedSeries(name: name, family: index, id: id))
            }
        }
        return found.sorted { $0.name == $1.name ? $0.id.index < $1.id.index : $0.name < $1.name }
    }
}

/// How `/stats` and statsd show raw numbers.
enum StatsValue {
    /// Decimal places: nanoseconds show as milliseconds.
    static func places(_ unit: MetricUnit) -> Int {
        switch unit {
        case .none, .bytes: return 0
        case .nanoseconds: return 6
        }
    }
}

/// One histogram, now and since an older snapshot.
struct StatsQuantiles {
    /// Tenths of a per cent: P0 ... P100.
    static let supported: [UInt64] = [0, 250, 500, 750, 900, 950, 990, 995, 999, 1000]

    private let all: HistogramValue
    private let recent: HistogramValue?

    init(_ snapshot: Snapshot, _ previous: Snapshot?, _ id: SeriesID) {
        all = snapshot.histogram(id)
        guard let previous else {
            recent = nil
            return
        }
        let isKnown =
            id.index < previous.seriesExtent
            && previous.generation(id) == snapshot.generation(id)
            && previous.family(of: id) == snapshot.family(of: id)
        recent = isKnown ? all.subtracting(previous.histogram(id)) : all
    }

    /// Nothing was ever recorded.
    var isEmpty: Bool { all.count == 0 }

    func interval(_ tenths: UInt64, _ unit: MetricUnit) -> UInt64? {
        recent.flatMap { Self.rounded($0.quantile(Double(tenths) / 1000), unit) }
    }

    func cumulative(_ tenths: UInt64, _ unit: MetricUnit) -> UInt64? {
        Self.rounded(all.quantile(Double(tenths) / 1000), unit)
    }

    /// Raw units; times at 4 significant digits, which is finer than a bucket is wide.
    private static func rounded(_ value: Double?, _ unit: MetricUnit) -> UInt64? {
        guard let value else { return nil }
        let whole = value >= 0x1p64 ? UInt64.max : UInt64(value.rounded())
        switch unit {
        case .none, .bytes: return whole
        case .nanoseconds:
            var step: UInt64 = 1
            while whole / step >= 10_000 { step *= 10 }
            let down = whole / step * step
            let (up, overflow) = down.addingReportingOverflow(step)
            return whole - down >= step - step / 2 && step > 1 && !overflow ? up : down
        }
    }
}
