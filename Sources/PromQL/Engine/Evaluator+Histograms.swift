// histogram_quantile and histogram_fraction: over native histograms column by column, and over
// classic ones, whose buckets are series that differ in `le` alone. Buckets find their histogram
// once per series.

extension Evaluator {
    func histogramQuantile(_ call: Call, on grid: StepGrid) throws(QueryFailure) -> [StepSeries] {
        let quantile = try scalar(call.arguments[0], on: grid)
        let input = try vector(call.arguments[1], on: grid, within: "histogram_quantile")
        for step in 0..<grid.count {
            let value = quantile[step]
            if value.isNaN || value < 0 || value > 1 { remarkQuantile(value) }
            if case .constant = quantile { break }
        }
        var remarks = Annotations()
        let result = try overHistograms(input, on: grid) { step, source, name in
            switch source {
            case .native(let histogram):
                let found = histogram.quantile(quantile[step])
                Self.remark(found.remark, name, in: &remarks)
                return found.value
            case .classic(var buckets):
                let found = buckets.quantile(quantile[step])
                if found.wasForcedMonotonic {
                    remarks.inform(AnnotationText.forcedMonotonic(name))
                }
                return found.value
            }
        }
        annotations.merge(remarks)
        return result
    }

    func histogramFraction(_ call: Call, on grid: StepGrid) throws(QueryFailure) -> [StepSeries] {
        let lower = try scalar(call.arguments[0], on: grid)
        let upper = try scalar(call.arguments[1], on: grid)
        let input = try vector(call.arguments[2], on: grid, within: "histogram_fraction")
        var remarks = Annotations()
        let result = try overHistograms(input, on: grid) { step, source, name in
            switch source {
            case .native(let histogram):
                let (from, to) = (lower[step], upper[step])
                if from < to, histogram.hasNaNObservations {
                    remarks.inform(AnnotationText.fractionLeavesOut(name))
                }
                return histogram.fraction(from: from, to: to)
            case .classic(let buckets):
                return buckets.fraction(from: lower[step], to: upper[step])
            }
        }
        annotations.merge(remarks)
        return result
    }

    /// A quantile of one histogram, in samples looked at.
    private static let histogramWork = 64

    private enum Histogram {
        case native(FloatHistogram)
        case classic(ClassicBuckets)
    }

    private func overHistograms(
        _ input: [StepSeries], on grid: StepGrid, _ body: (Int, Histogram, String) -> Double
    ) throws(QueryFailure) -> [StepSeries] {
        var classic = ClassicGroups(input, annotations: &annotations)
        let native = input.filter(\.hasHistograms)
        try reserve(native.count + classic.groups.count, on: grid)
        var result: [StepSeries] = []
        for series in native {
            try checkTime()
            let rival = classic.place(of: series.labels)
            var values = StepSeries(labels: series.labels, dropsName: true, steps: grid.count)
            for step in 0..<grid.count {
                guard let histogram = series.histograms[step] else { continue }
                try work(Self.histogramWork)
                if let rival, classic.exclude(rival, at: step, input) {
                    annotations.warn(
                        AnnotationText.mixedClassicAndNative(series.labels.metricName))
                    continue
                }
                values.values[step] = body(step, .native(histogram), series.labels.metricName)
            }
            result.append(values)
        }
        for group in classic.groups {
            try checkTime()
            var values = StepSeries(labels: group.labels, dropsName: true, steps: grid.count)
            for step in 0..<grid.count where !group.excluded.contains(step) {
                let buckets = group.buckets(at: step, input)
                if buckets.isEmpty { continue }
                try work(Self.histogramWork)
                values.values[step] = body(
                    step, .classic(ClassicBuckets(ascending: buckets)), group.labels.metricName)
            }
            result.append(values)
        }
        return result
    }

    private static func remark(
        _ remark: HistogramQuantile.Remark, _ name: String, in remarks: inout Annotations
    ) {
        switch remark {
        case .none: break
        case .isNotANumber: remarks.inform(AnnotationText.quantileIsNotANumber(name))
        case .skewed: remarks.inform(AnnotationText.quantileIsSkewed(name))
        }
    }
}

/// The classic histograms of a vector.
private struct ClassicGroups {
    struct Group {
        let labels: Labels
        /// Upper bound and series, ascending by bound.
        var members: [(upper: Double, index: Int)] = []
        /// Steps at which a native histogram of the same name stands beside.
        var excluded: Set<Int> = []

        func buckets(at step: Int, _ input: [StepSeries]) -> [ClassicBuckets.Bucket] {
            var buckets: [ClassicBuckets.Bucket] = []
            buckets.reserveCapacity(members.count)
            for (upper, index) in members {
                let count = input[index].values[step]
                if !StaleMarker.isStale(count) {
                    buckets.append(ClassicBuckets.Bucket(upper: upper, count: count))
                }
            }
            return buckets
        }
    }

    private static let boundLabel = "le"

    private(set) var groups: [Group] = []
    private var places: [Labels: Int] = [:]

    init(_ input: [StepSeries], annotations: inout Annotations) {
        for (index, series) in input.enumerated() {
            guard series.values.contains(where: { !StaleMarker.isStale($0) }) else { continue }
            let text = series.labels[Self.boundLabel]
            guard let upper = Double(text) else {
                annotations.warn(
                    AnnotationText.badBucketLabel(text, name: series.labels.metricName))
                continue
            }
            let key = series.labels.with(Self.boundLabel, "")
            let place = places[key] ?? groups.count
            if place == groups.count {
                places[key] = place
                groups.append(Group(labels: key))
            }
            groups[place].members.append((upper, index))
        }
        for place in groups.indices { groups[place].members.sort { $0.upper < $1.upper } }
    }

    func place(of labels: Labels) -> Int? {
        places[labels]
    }

    /// True when the group has a bucket at the step; it yields nothing there then.
    mutating func exclude(_ place: Int, at step: Int, _ input: [StepSeries]) -> Bool {
        if groups[place].buckets(at: step, input).isEmpty { return false }
        groups[place].excluded.insert(step)
        return true
    }
}
