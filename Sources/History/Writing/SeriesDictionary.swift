// Names to ids: finds or makes the `family` and `series` rows of what a snapshot holds, so that a
// series keeps its id over restarts. Looked up when a series first appears, not at open: opening
// stays O(1). History thread, inside the writer's transaction; what a failed transaction made is
// forgotten by `rollBack`, so no id outlives its row.

import Stats

struct SeriesDictionary {
    private let findFamily: Statement
    private let addFamily: Statement
    private let findSeries: Statement
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
        findSeries = try connection.prepare(
            "SELECT id, last_ms FROM series WHERE family = ? AND labels = ?",
            call: "look up a series")
        addSeries = try connection.prepare(
            "INSERT INTO series (family, labels, first_ms) VALUES (?, ?, ?) RETURNING id",
            call: "add a series")
        reviveSeries = try connection.prepare(
            "UPDATE series SET last_ms = NULL WHERE id = ?", call: "revive a series")
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

    func series(
        family: Int64, labelValues: [String], nowMillis: Int64
    ) throws(HistoryError) -> Int64 {
        let labels = SQLValue.text(JSONText.array(labelValues))
        try findSeries.bind(.integer(family), labels)
        if try findSeries.step() {
            let id = findSeries.integer(0)
            let hadEnded = !findSeries.isNull(1)
            findSeries.reset()
            if hadEnded {
                try reviveSeries.bind(.integer(id))
                _ = try reviveSeries.step()
            }
            return id
        }
        try addSeries.bind(.integer(family), labels, .integer(nowMillis))
        return try Self.returnedID(addSeries)
    }

    func end(series: Int64, atMillis: Int64) throws(HistoryError) {
        try endSeries.bind(.integer(atMillis), .integer(series))
        _ = try endSeries.step()
    }

    mutating func commit() { pendingFamilies.removeAll(keepingCapacity: true) }

    mutating func rollBack() {
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
