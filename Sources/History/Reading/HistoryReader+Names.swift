// Reading the dictionary: families, and the series of one. A row may come from a damaged file, so
// what does not fit is left out. Kept by `NameCache` until somebody commits to the file, since each
// query begins with both. Reader's thread.

import Stats

extension HistoryReader {
    /// Families that ever had a series, by Prometheus name.
    public func families() throws(HistoryError) -> [StoredFamily] {
        try names.refresh()
        if let known = names.families { return known }
        let rows = try connection.prepare(
            """
            SELECT id, template, prometheus, kind, unit, labels, bounds, help FROM family
            ORDER BY prometheus, id
            """, call: "read families")
        var result: [StoredFamily] = []
        while try rows.step() {
            let isFloat = rows.integer(3) & 8 != 0
            guard
                let kind = UInt8(exactly: rows.integer(3) & ~8).flatMap(MetricKind.init(rawValue:)),
                !isFloat || kind != .histogram,
                let unit = UInt8(exactly: rows.integer(4)).flatMap(MetricUnit.init(rawValue:)),
                let labels = JSONText.strings(rows.text(5)),
                let bounds = JSONText.integers(rows.text(6)),
                bounds.count <= MetricFamily.classicBoundLimit,
                zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 })
            else { continue }
            result.append(
                StoredFamily(
                    id: rows.integer(0), template: rows.text(1), prometheusName: rows.text(2),
                    kind: kind, isFloat: isFloat, unit: unit, labels: labels, help: rows.text(7),
                    classicBounds: bounds))
        }
        names.keep(result)
        return result
    }

    /// Series of one family, by label values.
    public func series(of family: StoredFamily) throws(HistoryError) -> [StoredSeries] {
        try names.refresh()
        if let known = names.series(of: family) { return known }
        let rows = try connection.prepare(
            "SELECT id, labels, first_ms, last_ms FROM series WHERE family = ? ORDER BY labels",
            call: "read series")
        try rows.bind(.integer(family.id))
        var result: [StoredSeries] = []
        while try rows.step() {
            guard let values = JSONText.strings(rows.text(1)), values.count == family.labels.count
            else { continue }
            result.append(
                StoredSeries(
                    id: rows.integer(0), familyID: family.id, labelValues: values,
                    firstMillis: rows.integer(2),
                    lastMillis: rows.isNull(3) ? nil : rows.integer(3)))
        }
        names.keep(result, of: family)
        return result
    }
}
