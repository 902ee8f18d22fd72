// Rows of the dictionary as readers take them: a family or a series, or what is wrong with its row.
// Questions pass over a wrong row, `verify` names it; both judge here, so that they agree. Nothing
// here traps on what a row holds. Any thread that owns the statement.

import Stats

/// Why a row of the dictionary cannot be used, naming its column.
struct RowFault: Error, Equatable {
    let text: String

    init(_ text: String) { self.text = text }
}

extension StoredFamily {
    static let columns = "id, template, prometheus, kind, unit, labels, bounds, help"

    /// - Parameter row: of `columns`.
    static func read(_ row: Statement) -> Result<StoredFamily, RowFault> {
        let isFloat = row.integer(3) & 8 != 0
        guard
            let kind = UInt8(exactly: row.integer(3) & ~8).flatMap(MetricKind.init(rawValue:)),
            !isFloat || kind != .histogram
        else { return .failure(RowFault("there is no kind \(row.integer(3))")) }
        guard let unit = UInt8(exactly: row.integer(4)).flatMap(MetricUnit.init(rawValue:)) else {
            return .failure(RowFault("there is no unit \(row.integer(4))"))
        }
        guard let labels = JSONText.strings(row.text(5)) else {
            return .failure(RowFault("its labels are no JSON array of strings"))
        }
        guard let bounds = JSONText.integers(row.text(6)) else {
            return .failure(RowFault("its bounds are no JSON array of whole numbers"))
        }
        guard bounds.count <= MetricFamily.classicBoundLimit else {
            return .failure(
                RowFault(
                    "\(bounds.count) bounds, where \(MetricFamily.classicBoundLimit) are most"))
        }
        guard zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else {
            return .failure(RowFault("its bounds do not ascend"))
        }
        return .success(
            StoredFamily(
                id: row.integer(0), template: row.text(1), prometheusName: row.text(2),
                kind: kind, isFloat: isFloat, unit: unit, labels: labels, help: row.text(7),
                classicBounds: bounds))
    }
}

extension StoredSeries {
    static let columns = "id, labels, first_ms, last_ms"

    /// - Parameter row: of `columns`.
    static func read(
        _ row: Statement, _ family: Int64, _ labelCount: Int
    ) -> Result<StoredSeries, RowFault> {
        guard let values = JSONText.strings(row.text(1)) else {
            return .failure(RowFault("its label values are no JSON array of strings"))
        }
        guard values.count == labelCount else {
            return .failure(
                RowFault("\(values.count) label values, where its family has \(labelCount) labels"))
        }
        return .success(
            StoredSeries(
                id: row.integer(0), familyID: family, labelValues: values,
                firstMillis: row.integer(2), lastMillis: row.isNull(3) ? nil : row.integer(3)))
    }
}
