// Columns that turn out to be one series: label sets that become equal by an operator, or when
// the metric name goes at the end of a query. They join when no step has a value in both. Where
// two do meet, the query fails with the text that users of Prometheus know. Any thread.

enum SeriesMerge {
    static let duplicate = "vector cannot contain metrics with the same labelset"

    private struct Key: Hashable {
        let labels: Labels
        let dropsName: Bool
    }

    /// `or`: the caller has cleared the steps of `right` that `left` answers, so equal series never
    /// meet at a step.
    static func joined(_ left: [StepSeries], _ right: [StepSeries]) -> [StepSeries] {
        var result = left
        var places: [Key: Int] = [:]
        for (index, series) in left.enumerated() {
            places[Key(labels: series.labels, dropsName: series.dropsName)] = index
        }
        for series in right where !series.isEmpty {
            let key = Key(labels: series.labels, dropsName: series.dropsName)
            if let place = places[key] {
                _ = result[place].absorb(series)
            } else {
                result.append(series)
            }
        }
        return result
    }

    /// Takes the names away that are to go; equal label sets join, or are an error.
    static func withoutDroppedNames(
        _ vector: [StepSeries]
    ) throws(QueryFailure) -> [StepSeries] {
        var result: [StepSeries] = []
        result.reserveCapacity(vector.count)
        var places: [Labels: Int] = [:]
        for var series in vector {
            if series.dropsName {
                series.labels = series.labels.withoutName
                series.dropsName = false
            }
            if let place = places[series.labels] {
                if !result[place].absorb(series) { throw .execution(duplicate) }
            } else {
                places[series.labels] = result.count
                result.append(series)
            }
        }
        return result
    }

    /// For functions that rewrite labels: no two of the whole query may be equal afterwards.
    static func requireDistinct(_ vector: [StepSeries]) throws(QueryFailure) {
        var seen = Set<Labels>(minimumCapacity: vector.count)
        for series in vector where !seen.insert(series.labels).inserted {
            throw .execution(duplicate)
        }
    }
}

extension StepSeries {
    /// Takes the values of a series with the same labels; false when both have one at a step.
    mutating func absorb(_ other: StepSeries) -> Bool {
        for step in values.indices {
            guard let value = other.sample(at: step) else { continue }
            if isPresent(at: step) { return false }
            set(value, at: step)
        }
        return true
    }
}
