// The part of `verify` that a question begins with: the file opens as it does for one, and
// families, series, boots, events, pins and blocks are rows that a reader can use. Blobs are read
// elsewhere.
// Reader's thread.

extension VerifyReport {
    /// Rows that are named; of more, only the number is told.
    static let rowFaultsMax = 100

    mutating func add(rowFault text: String) {
        rowsLost += 1
        if rowFaults.count < Self.rowFaultsMax { rowFaults.append(text) }
    }
}

extension HistoryReader {
    func verifyRows(_ report: inout VerifyReport) throws(HistoryError) {
        try refusing(&report) { _ throws(HistoryError) in
            _ = try HistoryReader(path: self.path)
        }
        var labelCounts: [Int64: Int] = [:]
        // Of rows that are wrong, which cost their series: named once.
        var known: Set<Int64> = []
        try refusing(&report) { report throws(HistoryError) in
            let rows = try self.connection.prepare(
                "SELECT \(StoredFamily.columns) FROM family ORDER BY id", call: "verify families")
            while try rows.step() {
                known.insert(rows.integer(0))
                switch StoredFamily.read(rows) {
                case .success(let family): labelCounts[family.id] = family.labels.count
                case .failure(let fault):
                    report.add(
                        rowFault: "family \(rows.integer(0)) (\(rows.text(2))): \(fault.text)")
                }
            }
        }
        try refusing(&report) { report throws(HistoryError) in
            let rows = try self.connection.prepare(
                "SELECT \(StoredSeries.columns), family FROM series ORDER BY id",
                call: "verify series")
            while try rows.step() {
                let (id, family) = (rows.integer(0), rows.integer(4))
                if let count = labelCounts[family] {
                    if case .failure(let fault) = StoredSeries.read(rows, family, count) {
                        report.add(rowFault: "series \(id) of family \(family): \(fault.text)")
                    }
                } else if !known.contains(family) {
                    report.add(rowFault: "series \(id): there is no family \(family)")
                }
            }
        }
        try refusing(&report) { report throws(HistoryError) in
            let rows = try self.connection.prepare(
                "SELECT id, tier FROM block ORDER BY id", call: "verify blocks")
            while try rows.step() {
                let (id, tier) = (rows.integer(0), rows.integer(1))
                if HistoryTier(rawValue: Int(clamping: tier)) == nil {
                    report.add(rowFault: "block \(id): there is no tier \(tier)")
                }
            }
        }
        try refusing(&report) { _ throws(HistoryError) in _ = try self.boots() }
        try refusing(&report) { _ throws(HistoryError) in _ = try self.pins() }
        try refusing(&report) { _ throws(HistoryError) in _ = try self.events(newest: 10_000) }
    }

    /// What would end a question is a finding here, also what SQLite does not call damage: a table
    /// or a column that is missing. Trouble around the file is none.
    private func refusing(
        _ report: inout VerifyReport,
        _ body: (inout VerifyReport) throws(HistoryError) -> Void
    ) throws(HistoryError) {
        do throws(HistoryError) {
            try body(&report)
        } catch {
            switch error.reason {
            case .busy, .denied, .inputOutput, .full, .missing, .alreadyWriting, .newerVersion:
                throw error
            case .notAHistory, .corrupt, .other: report.add(fault: error)
            }
        }
    }
}
