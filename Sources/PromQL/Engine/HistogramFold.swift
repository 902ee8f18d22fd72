// sum and avg over native histograms: beside FloatFold, for groups that have any. A group with
// numbers and histograms at a step, or with buckets that do not go together, has no value there.
// One query's thread.

struct HistogramFold {
    private let operation: AggregationOperator
    private let groups: Grouping
    private let steps: Int
    /// One per group and step.
    private var sums: [FloatHistogram?]
    private var counts: [Double]
    private var isBroken: [Bool]

    init(_ operation: AggregationOperator, groups: Grouping, steps: Int) {
        self.operation = operation
        self.groups = groups
        self.steps = steps
        let count = groups.labels.count * steps
        sums = [FloatHistogram?](repeating: nil, count: count)
        counts = [Double](repeating: 0, count: count)
        isBroken = [Bool](repeating: false, count: count)
    }

    mutating func add(_ input: [StepSeries], annotations: inout Annotations) {
        for (series, group) in zip(input, groups.groupOf) where series.hasHistograms {
            for step in 0..<steps {
                guard let histogram = series.histograms[step] else { continue }
                let place = group * steps + step
                // What does not go together is said once; the rest of the group is not looked at.
                if isBroken[place] { continue }
                counts[place] += 1
                guard let mismatch = add(histogram, at: place) else { continue }
                isBroken[place] = true
                let name = series.labels.metricName
                annotations.warn(AnnotationText.mismatch(mismatch, name))
            }
        }
    }

    private mutating func add(_ histogram: FloatHistogram, at place: Int) -> HistogramMismatch? {
        guard sums[place] != nil else {
            sums[place] = histogram
            return nil
        }
        if operation == .sum { return sums[place]?.add(histogram) }
        // The mean moves by its share of the difference, so that counts never overflow.
        var change = histogram.divided(by: counts[place])
        if let share = sums[place]?.divided(by: counts[place]),
            let mismatch = change.subtract(share)
        {
            return mismatch
        }
        return sums[place]?.add(change)
    }

    func write(to result: inout [StepSeries], annotations: inout Annotations) {
        for group in result.indices {
            for step in 0..<steps {
                let place = group * steps + step
                guard let sum = sums[place] else { continue }
                if result[group].isPresent(at: step) {
                    annotations.warn(
                        "encountered a mix of histograms and floats for aggregation")
                    result[group].clear(at: step)
                } else if !isBroken[place] {
                    result[group].set(sum.compacted(), at: step)
                }
            }
        }
    }
}
