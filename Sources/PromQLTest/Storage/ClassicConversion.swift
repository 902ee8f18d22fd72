// `load_with_nhcb`: classic histograms become native ones with custom bounds. Series `x_bucket`,
// `x_sum` and `x_count` with the same labels but `le` are one histogram `x`; sample by sample its
// cumulative counts are turned into those of single buckets. Single-threaded.

internal import PromQL

struct ClassicConversion {
    /// What is known of one histogram at one time.
    private struct Parts {
        /// Cumulative counts by upper bound.
        var buckets: [Double: Double] = [:]
        var sum: Double?
        var count: Double?
    }

    private enum Part {
        case bucket(Double)
        case sum
        case count
    }

    private var histograms: [Labels: [Int64: Parts]] = [:]

    mutating func add(_ labels: Labels, at time: Int64, _ value: Double) {
        guard let (base, part) = Self.role(of: labels) else { return }
        var parts = histograms[base]?[time] ?? Parts()
        switch part {
        case .bucket(let bound): parts.buckets[bound] = value
        case .sum: parts.sum = value
        case .count: parts.count = value
        }
        histograms[base, default: [:]][time] = parts
    }

    /// Every histogram that could be made, ascending by labels and time. Sets whose cumulative
    /// counts fall are none.
    func converted() -> [(labels: Labels, time: Int64, value: FloatHistogram)] {
        histograms.sorted { $0.key < $1.key }.flatMap { labels, samples in
            samples.sorted { $0.key < $1.key }.compactMap { time, parts in
                Self.histogram(parts).map { (labels, time, $0) }
            }
        }
    }

    /// The histogram that a series belongs to, and as what.
    private static func role(of labels: Labels) -> (base: Labels, part: Part)? {
        let name = labels.metricName
        if name.hasSuffix("_bucket") {
            guard let bound = bound(labels["le"]) else { return nil }
            let base = labels.without(["le"])
            return (base.with(Labels.nameLabel, String(name.dropLast(7))), .bucket(bound))
        }
        if name.hasSuffix("_sum") {
            return (labels.with(Labels.nameLabel, String(name.dropLast(4))), .sum)
        }
        if name.hasSuffix("_count") {
            return (labels.with(Labels.nameLabel, String(name.dropLast(6))), .count)
        }
        return nil
    }

    private static func bound(_ text: String) -> Double? {
        var cursor = LineCursor(text, line: 0)
        guard let value = try? cursor.number(), cursor.isAtEnd, !value.isNaN else { return nil }
        return value
    }

    private static func histogram(_ parts: Parts) -> FloatHistogram? {
        var buckets = parts.buckets.sorted { $0.key < $1.key }
        let count = parts.count ?? buckets.last?.value ?? 0
        if buckets.last?.key != .infinity { buckets.append((.infinity, count)) }
        var histogram = FloatHistogram()
        histogram.schema = FloatHistogram.customSchema
        histogram.count = count
        histogram.sum = parts.sum ?? 0
        histogram.customBounds = buckets.dropLast().map(\.key)
        var before = 0.0
        for (index, bucket) in buckets.enumerated() {
            guard bucket.value >= before else { return nil }
            if bucket.value > before {
                // One span for each bucket in use, at a distance from the one before.
                let end = histogram.positiveSpans.isEmpty ? 0 : histogram.spanEnd
                histogram.positiveSpans.append(
                    FloatHistogram.Span(offset: Int32(index) - end, length: 1))
                histogram.positive.append(bucket.value - before)
            }
            before = bucket.value
        }
        return histogram
    }
}

extension FloatHistogram {
    /// One after the last positive index.
    fileprivate var spanEnd: Int32 {
        positiveSpans.reduce(0) { $0 + $1.offset + Int32($1.length) }
    }
}
