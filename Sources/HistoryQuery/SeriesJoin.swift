// Each label set once: a family that was declared anew, or an import, may repeat one. Their samples
// are put in the order of time; where both have one the later family wins. Holds all that it was
// given, so only names that several families have come here. Values only.

import PromQL

struct SeriesJoin {
    private(set) var series: [SourceSeries] = []
    private var places: [Labels: Int] = [:]

    mutating func add(_ one: SourceSeries) {
        if one.times.isEmpty && one.histogramTimes.isEmpty { return }
        guard let place = places[one.labels] else {
            places[one.labels] = series.count
            series.append(one)
            return
        }
        let first = series[place]
        var result = SourceSeries(labels: first.labels)
        (result.times, result.values) = Self.join(
            first.times, first.values, one.times, one.values)
        (result.histogramTimes, result.histograms) = Self.join(
            first.histogramTimes, first.histograms, one.histogramTimes, one.histograms)
        result.sparse = (first.sparse + one.sparse).sorted { $0.from < $1.from }
        series[place] = result
    }

    /// By time; the second one wins where both have a sample.
    private static func join<Value>(
        _ times: [Int64], _ values: [Value], _ otherTimes: [Int64], _ otherValues: [Value]
    ) -> ([Int64], [Value]) {
        if otherTimes.isEmpty { return (times, values) }
        if times.isEmpty { return (otherTimes, otherValues) }
        var joined: ([Int64], [Value]) = ([], [])
        var (left, right) = (0, 0)
        while left < times.count || right < otherTimes.count {
            let leftTime = left < times.count ? times[left] : .max
            let rightTime = right < otherTimes.count ? otherTimes[right] : .max
            joined.0.append(min(leftTime, rightTime))
            joined.1.append(leftTime < rightTime ? values[left] : otherValues[right])
            if leftTime <= rightTime, left < times.count { left += 1 }
            if rightTime <= leftTime, right < otherTimes.count { right += 1 }
        }
        return joined
    }
}
