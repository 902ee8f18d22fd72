// Names to ids: finds or makes the `family` and `series` rows of what a snapshot holds, so that a
// series keeps its id over restarts. Looked up when a series first appears, not at open: opening
// stays O(1). History thread, inside the writer's transaction; what a failed transaction made is
// forgotten by `rollBack`, so no id outlives its row.

import Stats

struct SeriesDictionary {
    private let findFamily: Statement
    private let addFamily: Statement
    private var names: SeriesNames
    private let addSeries: Statement
    private let reviveSeries: Statement
    private let endSeries: Statement
    private var familyIDs: [Int64?] = []
    private var pendingFamilies: [Int] = []

    init(_ connection: Connection) throws(HistoryError) {
        findFamily = try connection.prepare(
            """
            SELECT id, prometheus, help FROM family
            WHERE template = ? AND kind = ? AND unit = ? AND labels = ? AND bounds = ?
            """, call: "look up a family")
        addFamily = try connection.prepare(
            """
            INSERT INTO family (template, kind, unit, labels, bounds, prometheus, help)
            VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id
            """, call: "add a family")
        names = try SeriesNames(connection)
        addSeries = try connection.prepare(
            "INSERT INTO series (family, labels, first_ms) VALUES (?, ?, ?) RETURNING id",
            call: "add a series")
        reviveSeries = try connection.prepare(
            "UPDATE series SET last_ms = NULL WHERE id = ? AND last_ms IS NOT NULL",
            call: "revive a series")
        endSeries = try connection.prepare(
            "UPDATE series SET last_ms = ? WHERE id = ?", call: "end a series")
    }

    /// - Parameter index: the family's index in its registry.
    mutating func family(_ index: Int, _ family: MetricFamily) throws(HistoryError) -> Int64 {
        while familyIDs.count <= index { familyIDs.append(nil) }
        if let known = familyIDs[index] { return known }
        let key: [SQLValue] = [
            .text(family.template), .integer(Int64(family.kind.rawValue)),
            .integer(Int64(family.unit.rawValue)), .text(JSONText.array(family.labels)),
            .text(JSONText.array(family.classicBounds)),
        ]
        try findFamily.bind(key[0], key[1], key[2], key[3], key[4])
        var id: Int64
        if try findFamily.step() {
            id = findFamily.integer(0)
            findFamily.reset()
        } else {
            try addFamily.bind(
                key[0], key[1], key[2], key[3], key[4], .text(family.prometheusName),
                .text(family.help))
            id = try Self.returnedID(addFamily)
        }
        familyIDs[index] = id
        pendingFamilies.append(index)
        return id
    }

    mutating func series(
        family: Int64, labelValues: [String], nowMillis: Int64
    ) throws(HistoryError) -> Int64 {
        let labels = JSONText.array(labelValues)
        if let id = try names.id(family: family, labels: labels) {
            try reviveSeries.bind(.integer(id))
            _ = try reviveSeries.step()
            return id
        }
        try addSeries.bind(.integer(family), .text(labels), .integer(nowMillis))
        let id = try Self.returnedID(addSeries)
        names.add(id, family: family, labels: labels)
        return id
    }

    func end(series: Int64, atMillis: Int64) throws(HistoryError) {
        try endSeries.bind(.integer(atMillis), .integer(series))
        _ = try endSeries.step()
    }

    mutating func commit() {
        pendingFamilies.removeAll(keepingCapacity: true)
        names.forget()
    }

    mutating func rollBack() {
        names.forget()
        for index in pendingFamilies { familyIDs[index] = nil }
        pendingFamilies.removeAll(keepingCapacity: true)
    }

    private static func returnedID(_ statement: Statement) throws(HistoryError) -> Int64 {
        guard try statement.step() else { return 0 }
        let id = statement.integer(0)
        while try statement.step() {}
        return id
    }
}

/// Series ids by name, a family at a time: its names are read when the first is asked for, and
/// forgotten at the end of the transaction, so that what is kept does not grow with what has been.
/// A birth costs the names of its family: 5 ms when there are 10,000.
struct SeriesNames {
    private let rows: Statement
    /// Names as bytes: a String would take two ways to write an accent for one.
    private var families: [Int64: [[UInt8]: Int64]] = [:]

    init(_ connection: Connection) throws(HistoryError) {
        rows = try connection.prepare(
            "SELECT id, labels FROM series WHERE family = ?", call: "look up a series")
    }

    /// - Parameter labels: the JSON array of label values, as the row has it.
    mutating func id(family: Int64, labels: String) throws(HistoryError) -> Int64? {
        let name = Array(labels.utf8)
        if let known = families[family] { return known[name] }
        var names: [[UInt8]: Int64] = [:]
        try rows.bind(.integer(family))
        while try rows.step() { names[Array(rows.text(1).utf8)] = rows.integer(0) }
        families[family] = names
        return names[name]
    }

    mutating func add(_ id: Int64, family: Int64, labels: String) {
        families[family]?[Array(labels.utf8)] = id
    }

    mutating func forget() { families.removeAll() }
}
