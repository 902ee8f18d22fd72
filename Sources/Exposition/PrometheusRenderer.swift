// Renders Prometheus pages again and again: what does not change between scrapes (HELP and TYPE,
// the escaped label text of each series, the `le` texts) is kept per family and rebuilt when the
// family's series or a generation changed. So a line costs three copies and the digits.
// Owned by one reader thread (not Sendable). About 8 bytes a series plus its label text. It is a
// cache only: the page depends on the snapshot alone. It never keeps a snapshot.

public import Stats

/// One per reader thread.
public final class PrometheusRenderer {
    private var texts: [FamilyText] = []
    /// Family numbers by Prometheus name.
    private var order: [Int] = []

    public init() {}

    /// Bytes the cache holds, by extent.
    public var memoryBytes: Int { texts.reduce(0) { $0 + $1.memoryBytes } }

    /// Appends the page; see `PrometheusText.render`.
    public func render(
        _ snapshot: Snapshot, into output: inout ByteOutput, usedOnly: Bool = false,
        include: ((_ dottedName: String) -> Bool)? = nil
    ) {
        let families = snapshot.families
        if texts.count != families.count || !zip(texts, families).allSatisfy({ $0.describes($1) }) {
            texts = families.map(FamilyText.init)
            order = families.indices.sorted {
                families[$0].prometheusName < families[$1].prometheusName
            }
        }
        for index in order {
            let id = FamilyID(index: index)
            let series = snapshot.series(of: id)
            if series.isEmpty {
                texts[index].forget()
                continue
            }
            let family = families[index]
            let text = texts[index]
            text.refresh(snapshot, family, series)
            let start = output.count
            output.append(text.head)
            let afterHead = output.count
            for (position, id) in series.enumerated() {
                if usedOnly, !snapshot.touched(id) { continue }
                if let include, !include(family.dottedName(snapshot.labelValues(id))) { continue }
                switch family.kind {
                case .counter:
                    text.append(counter: snapshot.value(id), at: position, to: &output)
                case .gauge:
                    text.append(gauge: snapshot.gaugeValue(id), at: position, to: &output)
                case .histogram:
                    text.append(histogram: snapshot.histogram(id), at: position, to: &output)
                }
            }
            if output.count == afterHead { output.truncate(to: start) }
        }
    }
}

/// The unchanging text of one family and its series.
private final class FamilyText {
    let prometheusName: String
    let help: String
    let head: [UInt8]
    private let places: Int
    /// `name`, or the three names of a histogram: `name_bucket{`, `name_sum`, `name_count`.
    private let names: [[UInt8]]
    /// Histograms: `le="..."} ` for each classic bound and +Inf.
    private let bounds: [[UInt8]]
    private let isHistogram: Bool
    private var series: [SeriesID] = []
    private var generations: [UInt32] = []
    /// Label texts back to back. Scalars: `{a="x"} ` or one space. Histograms: `a="x",` or nothing.
    private var labels: [UInt8] = []
    private var ends: [UInt32] = []

    init(_ family: MetricFamily) {
        prometheusName = family.prometheusName
        help = family.help
        head = PrometheusText.head(family)
        isHistogram = family.kind == .histogram
        places = PrometheusText.places(family.unit)
        let name = family.prometheusName
        names = (isHistogram ? [name + "_bucket{", name + "_sum", name + "_count"] : [name]).map {
            Array($0.utf8)
        }
        bounds = isHistogram ? Self.boundTexts(family) : []
    }

    var memoryBytes: Int {
        head.count + labels.count + 4 * ends.count + 4 * generations.count
            + bounds.reduce(0) { $0 + $1.count } + names.reduce(0) { $0 + $1.count }
    }

    func describes(_ family: MetricFamily) -> Bool {
        family.prometheusName == prometheusName && family.help == help
    }

    func forget() {
        series = []
        generations = []
        labels = []
        ends = []
    }

    /// Brings the label texts up to date. O(series), without an allocation when nothing changed.
    func refresh(_ snapshot: Snapshot, _ family: MetricFamily, _ current: [SeriesID]) {
        if series == current, isCurrent(snapshot) {
            series = current
            return
        }
        series = current
        generations = current.map { snapshot.generation($0) }
        var text = ByteOutput(capacity: 32 * current.count)
        ends = current.map { id in
            append(labels: family.labels, values: snapshot.labelValues(id), to: &text)
            return UInt32(text.count)
        }
        labels = text.bytes
    }

    func append(counter value: UInt64, at position: Int, to output: inout ByteOutput) {
        output.append(names[0])
        output.append(labels, range(position))
        output.append(decimal: value, places: places)
        output.append(UInt8(ascii: "\n"))
    }

    func append(gauge value: Int64, at position: Int, to output: inout ByteOutput) {
        output.append(names[0])
        output.append(labels, range(position))
        output.append(decimal: value, places: places)
        output.append(UInt8(ascii: "\n"))
    }

    func append(
        histogram value: HistogramValue, at position: Int, to output: inout ByteOutput
    ) {
        let range = range(position)
        let counts = value.cumulativeClassic()
        for (bound, count) in zip(bounds, counts) {
            output.append(names[0])
            output.append(labels, range)
            output.append(bound)
            output.append(decimal: count)
            output.append(UInt8(ascii: "\n"))
        }
        output.append(names[1])
        append(summaryLabels: range, to: &output)
        output.append(decimal: value.sum, places: places)
        output.append(UInt8(ascii: "\n"))
        output.append(names[2])
        append(summaryLabels: range, to: &output)
        output.append(decimal: counts.last ?? 0)
        output.append(UInt8(ascii: "\n"))
    }

    /// The same labels without the comma that `le` needs.
    private func append(summaryLabels range: Range<Int>, to output: inout ByteOutput) {
        if !range.isEmpty {
            output.append(UInt8(ascii: "{"))
            output.append(labels, range.lowerBound..<range.upperBound - 1)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: " "))
    }

    private func append(labels: [String], values: [String], to text: inout ByteOutput) {
        if isHistogram {
            PrometheusText.append(labels: labels, values: values, to: &text)
            if !labels.isEmpty { text.append(",") }
            return
        }
        if !labels.isEmpty {
            text.append("{")
            PrometheusText.append(labels: labels, values: values, to: &text)
            text.append("}")
        }
        text.append(" ")
    }

    private func isCurrent(_ snapshot: Snapshot) -> Bool {
        for (position, id) in series.enumerated()
        where generations[position] != snapshot.generation(id) { return false }
        return true
    }

    private func range(_ position: Int) -> Range<Int> {
        (position == 0 ? 0 : Int(ends[position - 1]))..<Int(ends[position])
    }

    private static func boundTexts(_ family: MetricFamily) -> [[UInt8]] {
        var texts: [[UInt8]] = family.classicBounds.map { bound in
            var text = ByteOutput(capacity: 64)
            text.append("le=\"")
            text.append(decimal: bound, places: PrometheusText.places(family.unit))
            text.append("\"} ")
            return text.bytes
        }
        texts.append(Array("le=\"+Inf\"} ".utf8))
        return texts
    }
}
