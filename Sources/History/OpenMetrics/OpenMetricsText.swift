// How OpenMetrics spells what the history holds: the head of a family, the labels of a series, the
// bounds of a histogram, numbers and times. Numbers are written exactly: no float is involved
// unless it came from an import. Pure. https://openmetrics.io, version 1.0.

import Stats

/// What the lines of one family share.
struct OpenMetricsNames {
    let family: StoredFamily
    let sample: String
    /// Upper bounds, the last one +Inf; and the bound of each cell. Histograms only.
    let bounds: [String]
    private let boundOfCell: [Int]

    init(_ family: StoredFamily) {
        self.family = family
        sample = family.prometheusName
        guard family.kind == .histogram else {
            bounds = []
            boundOfCell = []
            return
        }
        let layout = family.layout
        var bound = 0
        boundOfCell = (0..<layout.cellCount).map { cell in
            while bound < family.classicBounds.count,
                family.classicBounds[bound] < layout.upperInclusive(cell)
            { bound += 1 }
            return bound
        }
        bounds = family.classicBounds.map { OpenMetricsText.number($0, family.unit) } + ["+Inf"]
    }

    /// TYPE and HELP.
    var head: String {
        var metric = sample
        var type = "unknown"
        switch family.kind {
        case .counter where sample.hasSuffix("_total"):
            metric = String(sample.dropLast("_total".count))
            type = "counter"
        case .counter: break
        case .gauge: type = "gauge"
        case .histogram: type = "histogram"
        }
        let help = OpenMetricsText.escaped(family.help)
        return "# TYPE \(metric) \(type)\n" + (help.isEmpty ? "" : "# HELP \(metric) \(help)\n")
    }

    func labels(_ series: StoredSeries) -> String {
        if family.labels.isEmpty { return "" }
        let pairs = zip(family.labels, series.labelValues).map {
            "\($0)=\"\(OpenMetricsText.escaped($1))\""
        }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    /// Observations at or below each bound.
    func cumulative(_ histogram: StoredHistogram) -> [UInt64] {
        var counts = [UInt64](repeating: 0, count: bounds.count)
        histogram.forEachCell { cell, count in
            if cell < boundOfCell.count { counts[boundOfCell[cell]] &+= count }
        }
        for index in counts.indices.dropFirst() { counts[index] &+= counts[index - 1] }
        return counts
    }
}

/// Numbers and strings as OpenMetrics writes them.
enum OpenMetricsText {
    /// Unix seconds with at most three places.
    static func seconds(millis: Int64) -> String {
        let sign = millis < 0 ? "-" : ""
        let (whole, rest) = millis.magnitude.quotientAndRemainder(dividingBy: 1000)
        if rest == 0 { return sign + String(whole) }
        return sign + String(whole) + "." + TimeText.padded(Int64(rest), 3)
    }

    /// A count, bytes, or nanoseconds as seconds.
    static func number(_ raw: UInt64, _ unit: MetricUnit) -> String {
        unit == .nanoseconds ? UnitText.exactSeconds(nanoseconds: raw) : String(raw)
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return "\(value)"
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
