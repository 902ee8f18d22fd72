// Reading the dictionary: families, and the series of one. A row may come from a damaged file, so
// what does not fit is left out. Kept by `NameCache` until somebody commits to the file, since each
// query begins with both. Reader's thread.

extension HistoryReader {
    /// Families that ever had a series, by Prometheus name.
    public func families() throws(HistoryError) -> [StoredFamily] {
        try names.refresh()
        if let known = names.families { return known }
        let rows = try connection.prepare(
            "SELECT \(StoredFamily.columns) FROM family ORDER BY prometheus, id",
            call: "read families")
        var result: [StoredFamily] = []
        while try rows.step() {
            if case .success(let family) = StoredFamily.read(rows) { result.append(family) }
        }
        names.keep(result)
        return result
    }

    /// Series of one family, by label values.
    public func series(of family: StoredFamily) throws(HistoryError) -> [StoredSeries] {
        try names.refresh()
        if let known = names.series(of: family) { return known }
        let rows = try connection.prepare(
            "SELECT \(StoredSeries.columns) FROM series WHERE family = ? ORDER BY labels",
            call: "read series")
        try rows.bind(.integer(family.id))
        var result: [StoredSeries] = []
        while try rows.step() {
            if case .success(let series) = StoredSeries.read(rows, family.id, family.labels.count) {
                result.append(series)
            }
        }
        names.keep(result, of: family)
        return result
    }
}
