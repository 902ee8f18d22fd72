// The history as OpenMetrics text with timestamps, family by family, series by series, one day at a
// time, so that a file of any size needs little memory. Counters keep their zero at birth, so that
// an increase is the same after an import. Numbers are written exactly: no float is involved unless
// it came from an import. https://openmetrics.io, version 1.0. Reader's thread.

import Stats

public struct OpenMetricsExport {
    private let reader: HistoryReader
    private let from: Int64
    private let to: Int64
    private let tier: TierChoice
    private var text: [UInt8] = []
    /// Samples written so far.
    public private(set) var samples = 0
    public private(set) var report = ReadReport()

    private static let sliceMillis: Int64 = 86_400_000
    private static let flushBytes = 1 << 18

    /// Samples of from < time <= to.
    public init(_ reader: HistoryReader, from: Int64, to: Int64, tier: TierChoice) {
        self.reader = reader
        self.from = from
        self.to = to
        self.tier = tier
    }

    /// Calls `write` with text, piece by piece; stops when it answers false.
    public mutating func run(_ write: ([UInt8]) -> Bool) throws(HistoryError) {
        guard let range = try reader.timeRange() else {
            _ = write(Array("# EOF\n".utf8))
            return
        }
        let low = max(from, range.lowerBound - 1)
        let high = min(to, range.upperBound)
        for family in try reader.families() {
            let names = Names(family)
            append(names.head)
            for series in try reader.series(of: family) {
                let labels = names.labels(series)
                var start = low
                while start < high {
                    let end = min(high, start + Self.sliceMillis)
                    let window = try reader.window(
                        family: family.id, seriesIDs: [series.id], from: start, to: end, tier: tier)
                    report.merge(window.report)
                    for life in window.lives { append(life, window, family, names, labels) }
                    start = end
                    if window.lives.isEmpty {
                        guard let next = try reader.nextTime(after: end) else { break }
                        start = max(end, next - 1)
                    }
                    if text.count >= Self.flushBytes, !flush(write) { return }
                }
            }
        }
        append("# EOF\n")
        _ = flush(write)
    }

    private mutating func flush(_ write: ([UInt8]) -> Bool) -> Bool {
        let goesOn = write(text)
        text.removeAll(keepingCapacity: true)
        return goesOn
    }

    private mutating func append(_ line: String) { text.append(contentsOf: line.utf8) }

    private mutating func append(
        _ life: StoredLife, _ window: SeriesWindow, _ family: StoredFamily, _ names: Names,
        _ labels: String
    ) {
        if let born = life.bornMillis, family.kind != .gauge {
            let zero: SampleValue =
                family.kind == .histogram
                ? .histogram(.empty) : family.isFloat ? .float(0) : .counter(0)
            append(zero, at: born, family, names, labels)
        }
        for piece in life.pieces {
            let times = window.axes[piece.axis].times[piece.range]
            for (time, value) in zip(times, window.samples(of: piece, life.layout)) {
                append(value, at: time, family, names, labels)
            }
        }
    }

    private mutating func append(
        _ value: SampleValue, at time: Int64, _ family: StoredFamily, _ names: Names,
        _ labels: String
    ) {
        samples += 1
        let stamp = " " + OpenMetricsText.seconds(millis: time) + "\n"
        switch value {
        case .counter(let count):
            append(names.sample + labels + " " + names.number(count) + stamp)
        case .gauge(let level):
            let sign = level < 0 ? "-" : ""
            append(names.sample + labels + " " + sign + names.number(level.magnitude) + stamp)
        case .float(let number):
            append(names.sample + labels + " " + OpenMetricsText.number(number) + stamp)
        case .histogram(let histogram):
            var counts = [UInt64](repeating: 0, count: names.bounds.count)
            histogram.forEachCell { cell, count in
                if cell < names.boundOfCell.count { counts[names.boundOfCell[cell]] &+= count }
            }
            var running: UInt64 = 0
            let open = labels.isEmpty ? "{" : labels.dropLast() + ","
            for (bound, count) in zip(names.bounds, counts) {
                running &+= count
                append(names.sample + "_bucket\(open)le=\"\(bound)\"} \(running)" + stamp)
            }
            append(names.sample + "_sum" + labels + " " + names.number(histogram.sum) + stamp)
            append(names.sample + "_count" + labels + " \(histogram.count)" + stamp)
        }
    }

    /// What the lines of one family share.
    private struct Names {
        let head: String
        let sample: String
        let bounds: [String]
        let boundOfCell: [Int]
        private let family: StoredFamily

        init(_ family: StoredFamily) {
            self.family = family
            sample = family.prometheusName
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
            head =
                "# TYPE \(metric) \(type)\n" + (help.isEmpty ? "" : "# HELP \(metric) \(help)\n")
            if family.kind == .histogram {
                let layout = family.layout
                var bound = 0
                boundOfCell = (0..<layout.cellCount).map { cell in
                    while bound < family.classicBounds.count,
                        family.classicBounds[bound] < layout.upperInclusive(cell)
                    { bound += 1 }
                    return bound
                }
                bounds =
                    family.classicBounds.map { Self.number($0, family.unit) } + ["+Inf"]
            } else {
                bounds = []
                boundOfCell = []
            }
        }

        func number(_ raw: UInt64) -> String { Self.number(raw, family.unit) }

        private static func number(_ raw: UInt64, _ unit: MetricUnit) -> String {
            unit == .nanoseconds ? UnitText.exactSeconds(nanoseconds: raw) : String(raw)
        }

        func labels(_ series: StoredSeries) -> String {
            if family.labels.isEmpty { return "" }
            let pairs = zip(family.labels, series.labelValues).map {
                "\($0)=\"\(OpenMetricsText.escaped($1))\""
            }
            return "{" + pairs.joined(separator: ",") + "}"
        }
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
