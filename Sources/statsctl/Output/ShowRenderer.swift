// Rows of `show` as a table, JSON or CSV. Tables speak to people (ms, KiB, separators); JSON and
// CSV are exact: integers whole, nanoseconds as seconds with every digit. Pure. A column means the
// same in each form, so that a script can follow what a person saw.

import History
import Stats

enum ShowRenderer {
    static func table(_ shown: ShownSeries, isRate: Bool) -> String {
        let unit = shown.family.unit
        let head: [String]
        let cells: (StepRow) -> [String]
        switch shown.family.kind {
        case .counter where isRate:
            head = ["RATE", "INCREASE"]
            cells = { [rate($0, unit), growth($0, unit)] }
        case .counter:
            head = ["VALUE", "INCREASE"]
            cells = { [value($0, unit), growth($0, unit)] }
        case .gauge:
            head = ["VALUE", "MIN", "MAX"]
            cells = { row in
                [value(row, unit)]
                    + [row.least, row.greatest].map {
                        $0.map { UnitText.human(Double($0), unit) } ?? "-"
                    }
            }
        case .histogram:
            head = ["COUNT", "RATE", "P50", "P90", "P99", "MAX"]
            let layout = shown.family.layout
            cells = { row in
                let estimates = quantiles(row, layout).map {
                    $0.map { UnitText.human($0, unit) } ?? "-"
                }
                return [row.increase.map { UnitText.grouped($0) } ?? "-", rate(row, .none)]
                    + estimates
            }
        }
        var table = TextTable([("TIME", .whole)] + head.map { ($0, .right) })
        for row in shown.rows {
            table.add([TimeText.localTime(millis: row.endMillis)] + cells(row))
        }
        return Terminal.bold(shown.prometheusText) + Terminal.dim("  \(shown.family.kind)") + "\n"
            + table.rendered()
    }

    static func json(_ shown: [ShownSeries], _ window: ShowWindow, isRate: Bool) -> String {
        let series = shown.map { shown in
            let points = shown.rows.map { row in
                let fields = exactFields(row, shown.family, isRate: isRate).map {
                    "\"\($0.name)\":" + ($0.value.isEmpty ? "null" : $0.value)
                }
                let time = TimeText.rfc3339(millis: row.endMillis)
                return "{\"time\":\"\(time)\",\"time_ms\":\(row.endMillis),"
                    + fields.joined(separator: ",") + "}"
            }
            return "{" + shown.jsonIdentity + ",\"points\":[\n  "
                + points.joined(separator: ",\n  ") + "]}"
        }
        return "{\"start\":\"\(TimeText.rfc3339(millis: window.from))\","
            + "\"end\":\"\(TimeText.rfc3339(millis: window.to))\","
            + "\"step\":\(UnitText.exactSeconds(nanoseconds: window.step * 1_000_000)),"
            + "\"series\":[\n " + series.joined(separator: ",\n ") + "]}\n"
    }

    /// One row a step and series; columns that do not belong to the kind stay empty.
    static func csv(_ shown: [ShownSeries], isRate: Bool) -> String {
        let names = isRate ? rateColumns : columns
        var text = TextTable.csv(["series", "time", "time_ms"] + names)
        for shown in shown {
            for row in shown.rows {
                let fields = exactFields(row, shown.family, isRate: isRate)
                let cells = names.map { name in fields.first { $0.name == name }?.value ?? "" }
                text += TextTable.csv(
                    [
                        shown.prometheusText, TimeText.rfc3339(millis: row.endMillis),
                        "\(row.endMillis)",
                    ] + cells)
            }
        }
        return text
    }

    private static let rateColumns = ["rate", "increase", "p50", "p90", "p99", "max"]
    private static let columns = [
        "value", "increase", "min", "max", "count", "sum", "rate", "p50", "p90", "p99",
    ]

    /// JSON numbers, or "" for none.
    static func exactFields(
        _ row: StepRow, _ family: StoredFamily, isRate: Bool
    ) -> [(name: String, value: String)] {
        let unit = family.unit
        var fields: [(name: String, value: String)] = []
        let isTime = unit == .nanoseconds && family.kind == .counter
        let perSecond = row.rate.map { isTime ? $0 / 1e9 : $0 }
        let rate = (name: "rate", value: perSecond.map { JSONText.number($0) } ?? "")
        switch family.kind {
        case .counter:
            let increase = row.increase.map { ExactText.number($0, unit) } ?? ""
            if !isRate { fields.append(("value", lastValue(row, unit))) }
            fields.append(("increase", increase))
            if isRate { fields.append(rate) }
        case .gauge:
            fields.append(("value", lastValue(row, unit)))
            fields.append(("min", row.least.map { ExactText.number($0, unit) } ?? ""))
            fields.append(("max", row.greatest.map { ExactText.number($0, unit) } ?? ""))
        case .histogram:
            if case .histogram(let growth) = row.growth {
                fields.append((isRate ? "increase" : "count", String(growth.count)))
                if !isRate { fields.append(("sum", ExactText.number(growth.sum, unit))) }
            }
            fields.append(rate)
            let names = ["p50", "p90", "p99", "max"]
            for (name, estimate) in zip(names, quantiles(row, family.layout)) {
                fields.append((name, ExactText.estimate(estimate, unit)))
            }
        }
        return fields
    }

    /// p50, p90, p99 and the largest of what was observed in the step, raw units.
    static func quantiles(_ row: StepRow, _ layout: HistogramLayout) -> [Double?] {
        guard case .histogram(let growth) = row.growth, let value = growth.value(layout: layout)
        else { return [nil, nil, nil, nil] }
        return [0.5, 0.9, 0.99, 1].map { value.quantile($0) }
    }

    private static func lastValue(_ row: StepRow, _ unit: MetricUnit) -> String {
        switch row.last {
        case .counter(let count): ExactText.number(count, unit)
        case .gauge(let value): ExactText.number(value, unit)
        case .float(let value): JSONText.number(value)
        case .histogram(let histogram): String(histogram.count)
        case nil: ""
        }
    }

    private static func value(_ row: StepRow, _ unit: MetricUnit) -> String {
        switch row.last {
        case .counter(let count): UnitText.human(Double(count), unit)
        case .gauge(let value): UnitText.human(Double(value), unit)
        case .float(let value): UnitText.human(value, unit)
        case .histogram(let histogram): UnitText.grouped(histogram.count)
        case nil: "-"
        }
    }

    private static func growth(_ row: StepRow, _ unit: MetricUnit) -> String {
        row.increase.map { "+" + UnitText.human(Double($0), unit) } ?? "-"
    }

    private static func rate(_ row: StepRow, _ unit: MetricUnit) -> String {
        row.rate.map { UnitText.rate($0, unit) } ?? "-"
    }
}
