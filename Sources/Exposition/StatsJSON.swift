// The `/stats?format=json` page in Envoy's shape: counters and gauges by name, then one object
// with the quantiles of all histograms, interval and cumulative, null where there is nothing.
// Times are milliseconds. Pure; any thread. It must stay in step with `StatsText`: both read
// `StatsQuantiles` and `NamedSeries`.

public import Stats

/// `/stats` as JSON.
public enum StatsJSON {
    /// Appends the page; the parameters are those of `StatsText.render`.
    public static func render(
        _ snapshot: Snapshot, previous: Snapshot? = nil, into output: inout ByteOutput,
        usedOnly: Bool = false, include: ((_ dottedName: String) -> Bool)? = nil
    ) {
        let families = snapshot.families
        let all = NamedSeries.sorted(snapshot, usedOnly: usedOnly, include: include)
        JSONWriter.write(into: &output) { json in
            json.object { json in
                json.array("stats") { json in
                    for series in all {
                        let family = families[series.family]
                        if family.kind == .histogram { continue }
                        append(series, family, snapshot, to: &json)
                    }
                    let histograms = all.filter { families[$0.family].kind == .histogram }
                    if histograms.isEmpty { return }
                    json.object { json in
                        json.object("histograms") { json in
                            append(histograms, snapshot, previous, to: &json)
                        }
                    }
                }
            }
        }
        output.append("\n")
    }

    private static func append(
        _ series: NamedSeries, _ family: MetricFamily, _ snapshot: Snapshot,
        to json: inout JSONWriter
    ) {
        let places = StatsValue.places(family.unit)
        json.object { json in
            json.string("name", series.name)
            if family.kind == .counter {
                json.decimal("value", snapshot.value(series.id), places: places)
            } else {
                json.decimal("value", snapshot.gaugeValue(series.id), places: places)
            }
        }
    }

    private static func append(
        _ histograms: [NamedSeries], _ snapshot: Snapshot, _ previous: Snapshot?,
        to json: inout JSONWriter
    ) {
        json.array("supported_quantiles") { json in
            for quantile in StatsQuantiles.supported { json.decimal(nil, quantile, places: 1) }
        }
        json.array("computed_quantiles") { json in
            for series in histograms {
                let value = StatsQuantiles(snapshot, previous, series.id)
                let unit = snapshot.families[series.family].unit
                json.object { json in
                    json.string("name", series.name)
                    json.array("values") { json in append(value, unit, to: &json) }
                }
            }
        }
    }

    private static func append(
        _ value: StatsQuantiles, _ unit: MetricUnit, to json: inout JSONWriter
    ) {
        for quantile in StatsQuantiles.supported {
            json.object { json in
                append("interval", value.interval(quantile, unit), unit, to: &json)
                append("cumulative", value.cumulative(quantile, unit), unit, to: &json)
            }
        }
    }

    private static func append(
        _ key: String, _ value: UInt64?, _ unit: MetricUnit, to json: inout JSONWriter
    ) {
        if let value {
            json.decimal(key, value, places: StatsValue.places(unit))
        } else {
            json.null(key)
        }
    }
}
