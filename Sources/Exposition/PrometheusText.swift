// A snapshot as Prometheus text exposition format 0.0.4: HELP and TYPE per family, families by
// name, series by label values, histograms with exact classic buckets. Pure; any thread. One-off
// rendering is here; a reader thread that renders often keeps a `PrometheusRenderer`.
// https://prometheus.io/docs/instrumenting/exposition_formats/

public import Stats

/// `/metrics` and `/stats/prometheus`.
public enum PrometheusText {
    public static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    /// Appends the page.
    /// - Parameters:
    ///   - usedOnly: leaves out series that were never written.
    ///   - include: asked with the dotted name of each series; nil takes all.
    public static func render(
        _ snapshot: Snapshot, into output: inout ByteOutput, usedOnly: Bool = false,
        include: ((_ dottedName: String) -> Bool)? = nil
    ) {
        PrometheusRenderer().render(snapshot, into: &output, usedOnly: usedOnly, include: include)
    }

    /// The word of the TYPE line. A gauge whose name ends in `_total` is a count that something
    /// else keeps (the kernel's CPU time), set as a level here: for a scraper it is a counter.
    public static func typeWord(_ family: MetricFamily) -> String {
        switch family.kind {
        case .counter: return "counter"
        case .gauge: return family.prometheusName.hasSuffix("_total") ? "counter" : "gauge"
        case .histogram: return "histogram"
        }
    }

    /// `# HELP` and `# TYPE`.
    static func head(_ family: MetricFamily) -> [UInt8] {
        var head = ByteOutput(capacity: 256)
        head.append("# HELP ")
        head.append(family.prometheusName)
        head.append(" ")
        append(escaped: family.help, quotes: false, to: &head)
        head.append("\n# TYPE ")
        head.append(family.prometheusName)
        head.append(" ")
        head.append(typeWord(family))
        head.append("\n")
        return head.bytes
    }

    /// `a="x",b="y"`; nothing without labels.
    static func append(labels: [String], values: [String], to output: inout ByteOutput) {
        for (position, label) in labels.enumerated() {
            if position > 0 { output.append(",") }
            output.append(label)
            output.append("=\"")
            append(escaped: values[position], quotes: true, to: &output)
            output.append("\"")
        }
    }

    /// Backslash and line feed are escaped, quotes in label values only.
    static func append(escaped text: String, quotes: Bool, to output: inout ByteOutput) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): output.append("\\\\")
            case UInt8(ascii: "\n"): output.append("\\n")
            case UInt8(ascii: "\"") where quotes: output.append("\\\"")
            default: output.append(byte)
            }
        }
    }

    /// Decimal places between raw numbers and the base unit of Prometheus.
    static func places(_ unit: MetricUnit) -> Int {
        switch unit {
        case .none, .bytes: return 0
        case .nanoseconds: return 9
        }
    }
}
