// A histogram over time brought to a few rows of a chart: native buckets (base 2^(2^-schema)) and
// classic `le` buckets both become counts by upper bound, which are then put into rows of a round
// factor each. Pure.

import Glibc
import PromQL

enum HeatmapRows {
    /// Observations of one step, by upper bound of their bucket.
    typealias Step = [(upper: Double, count: Double)]

    /// One step per time of the window; a native histogram per sample.
    static func native(_ series: [ResultSeries], _ window: Window) -> [Step] {
        var steps = emptySteps(window)
        for sample in series.flatMap(\.samples) {
            guard case .histogram(let histogram) = sample.value,
                let index = index(sample.time, window, steps.count)
            else { continue }
            steps[index] += buckets(histogram)
        }
        return steps
    }

    /// From `sum by (le)`: each bucket counts all below it, too.
    static func classic(_ series: [ResultSeries], _ window: Window) -> [Step] {
        var steps = emptySteps(window)
        let bounds = series.compactMap { entry -> (Double, ResultSeries)? in
            let text = entry.labels["le"]
            return (text == "+Inf" ? Double.infinity : Double(text)).map { ($0, entry) }
        }.sorted { $0.0 < $1.0 }
        var below = [Double](repeating: 0, count: steps.count)
        for (upper, entry) in bounds {
            for point in entry.points {
                guard let index = index(point.time, window, steps.count) else { continue }
                steps[index].append((upper, max(0, point.value - below[index])))
                below[index] = max(below[index], point.value)
            }
        }
        return steps
    }

    private static func emptySteps(_ window: Window) -> [Step] {
        [Step](repeating: [], count: Int(window.length / window.step) + 1)
    }

    private static func index(_ time: Int64, _ window: Window, _ count: Int) -> Int? {
        let index = Int((time - window.start) / window.step)
        return (0..<count).contains(index) ? index : nil
    }

    /// Positive buckets and the zero bucket.
    private static func buckets(_ histogram: FloatHistogram) -> Step {
        var result: Step = []
        if histogram.zeroCount > 0 { result.append((histogram.zeroThreshold, histogram.zeroCount)) }
        var index = 0
        var place = 0
        for (number, span) in histogram.positiveSpans.enumerated() {
            index = number == 0 ? Int(span.offset) : index + Int(span.offset)
            for _ in 0..<span.length where place < histogram.positive.count {
                result.append((upper(index, histogram), histogram.positive[place]))
                index += 1
                place += 1
            }
        }
        return result
    }

    private static func upper(_ index: Int, _ histogram: FloatHistogram) -> Double {
        if histogram.usesCustomBounds {
            let bounds = histogram.customBounds
            return index < bounds.count ? bounds[index] : .infinity
        }
        return exp2(Double(index) * exp2(-Double(histogram.schema)))
    }

    /// At most `limit` rows, two at least, from the lowest to the highest bound in use. Bounds
    /// that are few enough stay as they are, as those of classic histograms mostly do; more are
    /// gathered in rows whose bounds are round.
    static func rows(_ steps: [Step], limit: Int) -> [HeatmapChart.Row] {
        let used = Set(steps.flatMap { step in step.filter { $0.count > 0 }.map(\.upper) }).sorted()
        guard let high = used.last(where: \.isFinite) ?? used.last else { return [] }
        var bounds = used
        if used.count > limit {
            let rest: [Double] = used.last == .infinity ? [.infinity] : []
            let room = max(1, limit - rest.count)
            bounds = roundBounds(used.filter(\.isFinite), to: high, limit: room) + rest
        }
        var rows = bounds.map {
            HeatmapChart.Row(upper: $0, counts: [Double](repeating: 0, count: steps.count))
        }
        for (column, step) in steps.enumerated() {
            for (upper, count) in step where count > 0 {
                // A bound that floating point put just above its row belongs to the row.
                let row = bounds.firstIndex { upper <= $0 * 1.000_001 } ?? bounds.count - 1
                rows[row].counts[column] += count
            }
        }
        return rows
    }

    /// Round bounds from the first one that takes `high` in down to `low`: as fine as fits, else
    /// powers of ten, the lowest of which takes in whatever is below it. Ascending.
    private static func roundBounds(_ used: [Double], to high: Double, limit: Int) -> [Double] {
        guard high > 0, let low = used.first(where: { $0 > 0 }) else { return [high] }
        var bounds: [Double] = []
        for factors in [[7, 5, 3, 2, 1.5, 1], [5, 2, 1], [3, 1], [1]] {
            bounds = []
            var exponent = ceil(log10(high))
            while bounds.count <= limit, bounds.last ?? .infinity > low * 1.000_001 {
                for bound in factors.map({ $0 * pow(10, exponent) }) {
                    if bound >= high * 0.999_999 {
                        bounds = [bound]
                    } else if bounds.last ?? 0 > low * 1.000_001 {
                        bounds.append(bound)
                    }
                }
                exponent -= 1
            }
            // A row below the lowest bound in use would be empty.
            if bounds.count > 1, let last = bounds.last, last < low * 0.999_999 {
                bounds.removeLast()
            }
            if bounds.count <= limit { break }
        }
        return bounds.prefix(limit).reversed()
    }
}
