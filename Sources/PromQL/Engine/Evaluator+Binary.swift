// Binary and unary operators by the types of their sides. Two vectors are VectorMatcher's matter,
// single pairs of values ElementOperation's. Labels are looked at once per series, values once
// per step. One query's thread.

extension Evaluator {
    func evaluate(_ binary: Binary, on grid: StepGrid) throws(QueryFailure) -> StepValue {
        let left = try evaluate(binary.left, on: grid)
        let right = try evaluate(binary.right, on: grid)
        switch (left, right) {
        case (.scalar(let one), .scalar(let other)):
            return .scalar(try combine(one, other, binary.operation, on: grid))
        case (.vector(let series), .scalar(let scalar)):
            return .vector(combine(series, scalar, binary, isSwapped: false))
        case (.scalar(let scalar), .vector(let series)):
            return .vector(combine(series, scalar, binary, isSwapped: true))
        case (.vector(let one), .vector(let other)):
            if case .set(let operation) = binary.operation {
                return .vector(try combine(one, other, operation, binary.matching, on: grid))
            }
            var matcher = VectorMatcher(binary, steps: grid.count, self)
            return .vector(try matcher.combine(one, other))
        case (.string, _), (_, .string):
            throw .badData("binary expression must contain only scalar and instant vector types")
        }
    }

    func evaluate(_ unary: Unary, on grid: StepGrid) throws(QueryFailure) -> StepValue {
        let value = try evaluate(unary.expression, on: grid)
        guard unary.isNegative else { return value }
        switch value {
        case .scalar(.constant(let number)): return .scalar(.constant(-number))
        case .scalar(.varying(let numbers)): return .scalar(.varying(numbers.map { -$0 }))
        case .string: throw .badData("unary expression only allowed on scalar and instant vector")
        case .vector(var series):
            for index in series.indices {
                series[index].dropsName = true
                series[index].transform {
                    -$0
                } histograms: {
                    $0.scaled(by: -1)
                }
            }
            return .vector(series)
        }
    }

    private func combine(
        _ left: StepScalar, _ right: StepScalar, _ operation: BinaryOperator, on grid: StepGrid
    ) throws(QueryFailure) -> StepScalar {
        let element = ElementOperation(operation)
        if case .constant(let one) = left, case .constant(let other) = right {
            return .constant(element.scalar(one, other))
        }
        try reserve(1, on: grid)
        return .varying((0..<grid.count).map { element.scalar(left[$0], right[$0]) })
    }

    /// `isSwapped`: the scalar is on the left. A comparison keeps the vector's value either way.
    private func combine(
        _ vector: [StepSeries], _ scalar: StepScalar, _ binary: Binary, isSwapped: Bool
    ) -> [StepSeries] {
        let element = ElementOperation(binary.operation)
        var vector = vector
        for index in vector.indices {
            if element.changesMeaning { vector[index].dropsName = true }
            combine(&vector[index].values, scalar, element, isSwapped)
            guard vector[index].hasHistograms else { continue }
            for step in vector[index].histograms.indices {
                guard let histogram = vector[index].histograms[step] else { continue }
                let number = SampleValue.float(scalar[step])
                let outcome =
                    isSwapped
                    ? element.apply(number, .histogram(histogram))
                    : element.apply(.histogram(histogram), number)
                vector[index].histograms[step] = nil
                switch outcome {
                case .value(let value): vector[index].set(value, at: step)
                case .none: break
                case .remark(let remark): remark.add(to: &annotations)
                }
            }
        }
        return vector
    }

    private func combine(
        _ values: inout [Double], _ scalar: StepScalar, _ element: ElementOperation,
        _ isSwapped: Bool
    ) {
        for step in values.indices where !StaleMarker.isStale(values[step]) {
            let value = values[step]
            let number = scalar[step]
            values[step] =
                isSwapped
                ? element.float(number, value, kept: value)
                : element.float(value, number, kept: value)
        }
    }

    /// and, or, unless: by groups of equal match labels, each with a mask over the steps.
    private func combine(
        _ left: [StepSeries], _ right: [StepSeries], _ operation: SetOperator,
        _ matching: VectorMatching?, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        var keys = MatchKeys(matching)
        let leftGroups = left.map { keys.group(of: $0.labels) }
        let rightGroups = right.map { keys.group(of: $0.labels) }
        let (masking, groups) =
            operation == .or ? (left, leftGroups) : (right, rightGroups)
        var masks = [[Bool]?](repeating: nil, count: keys.count)
        for (series, group) in zip(masking, groups) {
            var mask = masks[group] ?? [Bool](repeating: false, count: grid.count)
            masks[group] = nil
            for step in 0..<grid.count where series.isPresent(at: step) { mask[step] = true }
            masks[group] = mask
        }
        var result = operation == .or ? right : left
        let resultGroups = operation == .or ? rightGroups : leftGroups
        for index in result.indices {
            let mask = masks[resultGroups[index]]
            if mask == nil && operation != .and { continue }
            for step in 0..<grid.count where (mask?[step] ?? false) != (operation == .and) {
                result[index].clear(at: step)
            }
        }
        if operation != .or { return result }
        return SeriesMerge.joined(left, result)
    }
}

extension StepSeries {
    /// Every value that is there, by one rule.
    @inline(__always)
    mutating func transform(
        _ floats: (Double) -> Double, histograms change: (FloatHistogram) -> FloatHistogram?
    ) {
        for step in values.indices where !StaleMarker.isStale(values[step]) {
            values[step] = floats(values[step])
        }
        for step in histograms.indices {
            if let histogram = histograms[step] { histograms[step] = change(histogram) }
        }
    }
}
