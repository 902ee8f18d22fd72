// From columns to what the caller asked for: samples at a time, or series over a range. Metric
// names that are to go leave here, last of all, and what becomes one series by that joins or
// fails. Nothing else removes a name, so functions further out can always read it. One query's
// thread.

extension Evaluator {
    func result(_ value: QueryValue) -> QueryResult {
        var statistics = QueryStatistics()
        statistics.samplesRead = samplesRead
        statistics.samplesPeak = budget.peak
        return QueryResult(value: value, annotations: annotations, statistics: statistics)
    }

    func instantValue(of expression: Expression) throws(QueryFailure) -> QueryValue {
        if expression.isRangeVector { return .matrix(try samples(of: expression)) }
        let time = grid.start
        switch try evaluate(expression, on: grid) {
        case .scalar(let scalar): return .scalar(time: time, scalar[0])
        case .string(let text): return .string(time: time, text)
        case .vector(let series):
            return .vector(try SeriesMerge.withoutDroppedNames(series).map { $0.result(grid) })
        }
    }

    func rangeValue(of expression: Expression) throws(QueryFailure) -> QueryValue {
        guard expression.type == .scalar || expression.type == .vector else {
            let name = expression.type == .matrix ? "range vector" : "string"
            throw .badData(
                "invalid expression type \"\(name)\" for range query, must be Scalar or "
                    + "instant Vector")
        }
        switch try evaluate(expression, on: grid) {
        case .scalar(let scalar):
            try reserve(1, on: grid)
            let values = (0..<grid.count).map { scalar[$0] }
            return .matrix([StepSeries(labels: .empty, values: values).result(grid)])
        case .string: throw .badData("string in a range query")
        case .vector(let series):
            let sorted = try SeriesMerge.withoutDroppedNames(series)
                .sorted { $0.labels < $1.labels }
            try reserve(sorted.count, on: grid)
            return .matrix(sorted.map { $0.result(grid) })
        }
    }

    /// A range vector asked for by itself: the window's samples at their own times.
    private func samples(of expression: Expression) throws(QueryFailure) -> [ResultSeries] {
        var result: [ResultSeries] = []
        try forEachSeries(of: expression, on: grid) { series, shape throws(QueryFailure) in
            let end = shape.ends.start
            var borders = WindowBorders()
            borders.slide(series, start: end &- shape.range, end: end)
            if borders.isEmpty { return }
            let labels = series.dropsName ? series.labels.withoutName : series.labels
            let samples = series.samples(in: borders)
            // A sample of a result is wider than one of a column.
            try reserve(2, steps: samples.count)
            result.append(ResultSeries(labels: labels, samples: samples))
        }
        result.sort { $0.labels < $1.labels }
        for index in result.indices.dropFirst()
        where result[index].labels == result[index - 1].labels {
            throw .execution(SeriesMerge.duplicate)
        }
        return result
    }
}

extension StepSeries {
    fileprivate func result(_ grid: StepGrid) -> ResultSeries {
        var samples: [Sample] = []
        samples.reserveCapacity(values.count)
        for step in values.indices {
            guard let value = sample(at: step) else { continue }
            samples.append(Sample(time: grid[step], value: value))
        }
        return ResultSeries(labels: labels, samples: samples)
    }
}

extension RangeSeries {
    fileprivate func samples(in borders: WindowBorders) -> [Sample] {
        let floats = (borders.low..<borders.high).map {
            Sample(time: times[$0], value: .float(values[$0]))
        }
        let others = (borders.histogramLow..<borders.histogramHigh).map {
            Sample(time: histogramTimes[$0], value: .histogram(histograms[$0]))
        }
        if others.isEmpty { return floats }
        return (floats + others).sorted { $0.time < $1.time }
    }
}

extension Labels {
    /// `{__name__="a", b="c"}`, as errors show a label set.
    var text: String {
        let pairs = pairs.map { pair in
            let isPlain = NameRules.isPlainLabel(pair.name)
            return (isPlain ? pair.name : StringQuoting.quoted(pair.name)) + "="
                + StringQuoting.quoted(pair.value)
        }
        return "{" + pairs.joined(separator: ", ") + "}"
    }
}
