// docs/metrics.md out of the catalogue, so that the page cannot go stale: a test compares the two.
// Deterministic: the same families give the same bytes in whatever order they were declared.
// Pure; any thread. Markdown tables, one per first word of the dotted name.

public import Stats

/// The metrics reference.
public enum MetricsReference {
    /// The whole page as markdown.
    public static func render(_ families: [MetricFamily]) -> String {
        var page = """
            # Metrics

            This page is generated from the catalogue; do not edit it.

            Each family has a Prometheus name (`/metrics`) and a dotted name (`/stats`, statsd,
            `statsctl`) with its labels as holes. Times are seconds in Prometheus and
            milliseconds in `/stats` and statsd.

            """
        let groups = Dictionary(grouping: families) { firstWord($0.template) }
        for group in groups.keys.sorted() {
            page += "\n## \(group)\n\n"
            page += "| Prometheus name | dotted name | kind | unit | labels | help |\n"
            page += "|---|---|---|---|---|---|\n"
            for family in (groups[group] ?? []).sorted(by: { $0.template < $1.template }) {
                page += row(family)
            }
        }
        return page
    }

    private static func row(_ family: MetricFamily) -> String {
        let labels = family.labels.map { "`\($0)`" }.joined(separator: ", ")
        let cells = [
            "`\(family.prometheusName)`", "`\(family.template)`", kindWord(family.kind),
            unitWord(family.unit), labels.isEmpty ? "-" : labels, cell(family.help),
        ]
        return "| " + cells.joined(separator: " | ") + " |\n"
    }

    private static func firstWord(_ template: String) -> String {
        String(template.prefix { $0 != "." })
    }

    private static func kindWord(_ kind: MetricKind) -> String {
        switch kind {
        case .counter: return "counter"
        case .gauge: return "gauge"
        case .histogram: return "histogram"
        }
    }

    private static func unitWord(_ unit: MetricUnit) -> String {
        switch unit {
        case .none: return "-"
        case .bytes: return "bytes"
        case .nanoseconds: return "time"
        }
    }

    /// Text that cannot end its table cell.
    private static func cell(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == "|" {
                result += "\\|"
            } else if character.isNewline {
                result += " "
            } else {
                result.append(character)
            }
        }
        return result
    }
}
