// The `/stats` page: one `dotted.name: value` line per series, sorted by name; a histogram is one
// line of quantiles in the shape Envoy's users know, P50(interval,cumulative), `nan` where there
// is nothing. Times are milliseconds. Pure; any thread. Not for machines at scale: names are
// built and sorted on each call, O(n log n).

public import Stats

/// `/stats` as text.
public enum StatsText {
    /// Appends the page.
    /// - Parameters:
    ///   - previous: an older snapshot of the same registry; the interval is what came after it.
    ///     Without it intervals show as `nan`.
    ///   - usedOnly: leaves out series that were never written.
    ///   - include: asked with the dotted name of each series; nil takes all.
    public static func render(
        _ snapshot: Snapshot, previous: Snapshot? = nil, into output: inout ByteOutput,
        usedOnly: Bool = false, include: ((_ dottedName: String) -> Bool)? = nil
    ) {
        let families = snapshot.families
        for series in NamedSeries.sorted(snapshot, usedOnly: usedOnly, include: include) {
            let unit = families[series.family].unit
            output.append(series.name)
            output.append(": ")
            switch families[series.family].kind {
            case .counter:
                output.append(
                    decimal: snapshot.value(series.id), places: StatsValue.places(unit))
            case .gauge:
                output.append(
                    decimal: snapshot.gaugeValue(series.id), places: StatsValue.places(unit))
            case .histogram:
                let value = StatsQuantiles(snapshot, previous, series.id)
                append(value, unit, to: &output)
            }
            output.append("\n")
        }
    }

    private static func append(
        _ value: StatsQuantiles, _ unit: MetricUnit, to output: inout ByteOutput
    ) {
        if value.isEmpty {
            output.append("No recorded values")
            return
        }
        for (position, quantile) in StatsQuantiles.supported.enumerated() {
            if position > 0 { output.append(" ") }
            output.append("P")
            output.append(decimal: quantile, places: 1)
            output.append("(")
            append(value.interval(quantile, unit), unit, to: &output)
            output.append(",")
            append(value.cumulative(quantile, unit), unit, to: &output)
            output.append(")")
        }
    }

    private static func append(
        _ value: UInt64?, _ unit: MetricUnit, to output: inout ByteOutput
    ) {
        guard let value else {
            output.append("nan")
            return
        }
        output.append(decimal: value, places: StatsValue.places(unit))
    }
}
