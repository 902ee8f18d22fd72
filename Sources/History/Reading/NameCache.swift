// The dictionary of families and series, kept between the questions of one reader until somebody
// commits to the file: a dashboard asks twenty at once, and a file that nobody writes stays read.
// SQLite counts the commits of others, so nothing here can be older than the file was when it was
// asked for. Bounded: what is beyond `seriesMax`, families or series, is read each time. Reader's
// thread.

final class NameCache {
    /// Some 200 bytes each.
    static let seriesMax = 20_000

    private(set) var families: [StoredFamily]?
    private var series: [Int64: (labels: [String], series: [StoredSeries])] = [:]
    private var count = 0
    private var version: Int64?
    private let row: Statement

    init(_ connection: Connection) throws(HistoryError) {
        row = try connection.prepare("PRAGMA data_version", call: "look for changes")
    }

    /// Forgets everything when somebody committed since the last time.
    func refresh() throws(HistoryError) {
        defer { row.reset() }
        let now = try row.step() ? row.integer(0) : nil
        if let now, now == version { return }
        version = now
        families = nil
        series = [:]
        count = 0
    }

    func keep(_ found: [StoredFamily]) {
        if found.count <= Self.seriesMax { families = found }
    }

    /// nil when they have to be read.
    func series(of family: StoredFamily) -> [StoredSeries]? {
        guard let known = series[family.id], known.labels == family.labels else { return nil }
        return known.series
    }

    func keep(_ found: [StoredSeries], of family: StoredFamily) {
        guard series[family.id] == nil, count + found.count <= Self.seriesMax else { return }
        count += found.count
        series[family.id] = (family.labels, found)
    }
}
