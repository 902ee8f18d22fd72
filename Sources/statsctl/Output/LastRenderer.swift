// `show --last`: the newest cumulative value of each series, exact: what tests and scripts
// compare. `increase` is the growth over the window; `value` and `count` count since the start of
// `boot`. Pure.

import History
import Stats

enum LastRenderer {
    static func table(_ shown: [ShownSeries]) -> String {
        var table = TextTable([
            ("SERIES", .left), ("VALUE", .right), ("INCREASE", .right), ("TIME", .whole),
        ])
        for shown in shown {
            guard let row = shown.rows.last, let last = row.last else { continue }
            let unit = shown.family.unit
            let value: String
            var growth = row.increase.map { "+" + UnitText.human(Double($0), unit) } ?? "-"
            switch last {
            case .counter(let count): value = UnitText.human(Double(count), unit)
            case .gauge(let number): value = UnitText.human(Double(number), unit)
            case .float(let number): value = UnitText.human(number, unit)
            case .histogram(let histogram):
                value = UnitText.grouped(histogram.count)
                growth = row.increase.map { "+" + UnitText.grouped($0) } ?? "-"
            }
            table.add([
                shown.prometheusText, value, growth, TimeText.localTime(millis: row.lastMillis),
            ])
        }
        return table.rendered()
    }

    static func json(_ shown: [ShownSeries]) -> String {
        let objects = shown.compactMap { shown -> String? in
            guard let row = shown.rows.last, row.last != nil else { return nil }
            let fields = fields(row, shown.family).map {
                "\"\($0.name)\":" + ($0.value.isEmpty ? "null" : $0.value)
            }
            return "{" + shown.jsonIdentity + ","
                + "\"time\":\"\(TimeText.rfc3339(millis: row.lastMillis))\","
                + "\"time_ms\":\(row.lastMillis),\"boot\":\(row.lastBoot),"
                + fields.joined(separator: ",") + "}"
        }
        return "[" + objects.joined(separator: ",\n ") + "]\n"
    }

    static func csv(_ shown: [ShownSeries]) -> String {
        let names = ["value", "count", "sum", "p50", "p90", "p99", "max", "increase"]
        var text = TextTable.csv(["series", "time", "time_ms", "boot"] + names)
        for shown in shown {
            guard let row = shown.rows.last, row.last != nil else { continue }
            let fields = fields(row, shown.family)
            text += TextTable.csv(
                [
                    shown.prometheusText, TimeText.rfc3339(millis: row.lastMillis),
                    "\(row.lastMillis)", "\(row.lastBoot)",
                ] + names.map { name in fields.first { $0.name == name }?.value ?? "" })
        }
        return text
    }

    private static func fields(
        _ row: StepRow, _ family: StoredFamily
    ) -> [(name: String, value: String)] {
        let unit = family.unit
        var fields: [(name: String, value: String)] = []
        switch row.last {
        case .counter(let count): fields.append(("value", ExactText.number(count, unit)))
        case .gauge(let value): fields.append(("value", ExactText.number(value, unit)))
        case .float(let value): fields.append(("value", JSONText.number(value)))
        case .histogram(let histogram):
            fields.append(("count", String(histogram.count)))
            fields.append(("sum", ExactText.number(histogram.sum, unit)))
            let value = histogram.value(layout: family.layout)
            for (name, quantile) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)] {
                fields.append((name, ExactText.estimate(value?.quantile(quantile), unit)))
            }
        case nil: break
        }
        switch row.growth {
        case .counter(let count): fields.append(("increase", ExactText.number(count, unit)))
        case .histogram(let growth): fields.append(("increase", String(growth.count)))
        case .gauge, .float, nil: fields.append(("increase", ""))
        }
        return fields
    }
}
