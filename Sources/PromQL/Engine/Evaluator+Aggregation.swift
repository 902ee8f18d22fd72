// Aggregations by kind: folds (one number per group and step), histogram sums, selections (topk,
// limitk and their like keep whole series) and count_values. Each series knows its group's number
// before the first step is looked at.

extension Evaluator {
    func evaluate(
        _ aggregation: Aggregation, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        let operation = aggregation.operation
        if operation == .countValues { return try countValues(aggregation, on: grid) }
        var parameter = StepScalar.constant(0)
        if let written = aggregation.parameter { parameter = try scalar(written, on: grid) }
        let input = try vector(aggregation.expression, on: grid, within: operation.rawValue)
        let groups = Grouping(input, aggregation)
        switch operation {
        case .topk, .bottomk, .limitk:
            let limits = try selectionLimits(parameter, on: grid)
            if !limits.contains(where: { $0 > 0 }) { return [] }
            remarkIgnored(input, operation)
            if operation == .limitk { return limited(input, groups, limits, on: grid) }
            return try ranked(input, groups, limits, isTop: operation == .topk, on: grid)
        case .limitRatio:
            let ratios = try ratioLimits(parameter, on: grid)
            return ratioSampled(input, ratios, on: grid)
        case .quantile:
            try reserve(groups.labels.count, on: grid)
            remarkQuantile(parameter, on: grid)
            remarkIgnored(input, operation)
            return try quantiles(input, groups, parameter, on: grid)
        case .sum, .avg, .min, .max, .count, .group, .stddev, .stdvar, .countValues:
            try reserve(groups.labels.count, on: grid)
            remarkIgnored(input, operation)
            return folded(input, groups, operation, on: grid)
        }
    }

    private func folded(
        _ input: [StepSeries], _ groups: Grouping, _ operation: AggregationOperator,
        on grid: StepGrid
    ) -> [StepSeries] {
        var result = FloatFold.apply(operation, input, groups, steps: grid.count)
        guard operation == .sum || operation == .avg,
            input.contains(where: \.hasHistograms)
        else { return result }
        var fold = HistogramFold(operation, groups: groups, steps: grid.count)
        fold.add(input, annotations: &annotations)
        fold.write(to: &result, annotations: &annotations)
        return result
    }

    /// Operators that read numbers only say so when they pass over a histogram.
    private func remarkIgnored(_ input: [StepSeries], _ operation: AggregationOperator) {
        switch operation {
        case .min, .max, .stddev, .stdvar, .quantile, .topk, .bottomk:
            if input.contains(where: \.hasAnyHistogram) {
                annotations.inform("ignored histogram in \(operation.rawValue) aggregation")
            }
        case .sum, .avg, .count, .group, .countValues, .limitk, .limitRatio: break
        }
    }

    private func remarkQuantile(_ parameter: StepScalar, on grid: StepGrid) {
        let range = parameter.range(steps: grid.count)
        if range.hasNaN { remarkQuantile(.nan) }
        if range.most > 1 { remarkQuantile(range.most) }
        if range.least < 0 { remarkQuantile(range.least) }
    }

    func remarkQuantile(_ value: Double) {
        annotations.warn(AnnotationText.badQuantile(value))
    }
}
