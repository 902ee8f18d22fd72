// Arithmetic and comparison between two vectors. Match groups, result labels and their places are
// found once per pair of series; the steps then run over plain columns. "Many" and "one" are the
// sides by cardinality; one-to-one is many-to-one with a check. One query's thread.

struct VectorMatcher {
    private let matching: VectorMatching
    /// Of `on` or `ignoring`.
    private let names: Set<String>
    private let element: ElementOperation
    private let isSwapped: Bool
    private let steps: Int

    private let evaluator: Evaluator
    private var result: [StepSeries] = []
    /// Result labels to places in `result`.
    private var places: [Labels: Int] = [:]
    /// Per match group, the steps that have a result (one-to-one only, and only where two series
    /// of the many side share a group).
    private var taken: [Int: [Bool]] = [:]

    init(_ binary: Binary, steps: Int, _ evaluator: Evaluator) {
        matching =
            binary.matching
            ?? VectorMatching(cardinality: .oneToOne, labels: [], isOn: false, include: [])
        names = Set(matching.labels)
        element = ElementOperation(binary.operation)
        isSwapped = matching.cardinality == .oneToMany
        self.steps = steps
        self.evaluator = evaluator
    }

    mutating func combine(
        _ left: [StepSeries], _ right: [StepSeries]
    ) throws(QueryFailure) -> [StepSeries] {
        let (many, one) = isSwapped ? (right, left) : (left, right)
        var keys = MatchKeys(matching)
        let oneGroups = one.map { keys.group(of: $0.labels) }
        var members = [[Int]](repeating: [], count: keys.count)
        for (index, group) in oneGroups.enumerated() { members[group].append(index) }
        let shared = members.filter { $0.count > 1 }
        if !shared.isEmpty, !many.isEmpty {
            try checkUnique(shared, of: one, many: many, keys)
        }
        let groups = many.map { keys.group(of: $0.labels) }
        var uses = [Int](repeating: 0, count: keys.count)
        for group in groups { uses[group] += 1 }
        for (index, group) in groups.enumerated() where group < members.count {
            try evaluator.checkTime()
            for partner in members[group] {
                try pair(many[index], one[partner], group, isShared: uses[group] > 1)
            }
        }
        return result
    }

    /// Two series of the one side in a group may not meet at a step where both sides have values.
    private func checkUnique(
        _ shared: [[Int]], of one: [StepSeries], many: [StepSeries], _ keys: MatchKeys
    ) throws(QueryFailure) {
        for group in shared {
            for step in 0..<steps {
                let present = group.filter { one[$0].isPresent(at: step) }
                guard present.count > 1, many.contains(where: { $0.isPresent(at: step) }) else {
                    continue
                }
                let (first, second) = (one[present[0]].labels, one[present[1]].labels)
                let side = isSwapped ? "left" : "right"
                throw .execution(
                    "found duplicate series for the match group \(keys.key(of: first).text) on "
                        + "the \(side) hand-side of the operation: [\(second.text), "
                        + "\(first.text)];many-to-many matching not allowed: matching labels must "
                        + "be unique on one side")
            }
        }
    }

    private mutating func pair(
        _ many: StepSeries, _ one: StepSeries, _ group: Int, isShared: Bool
    ) throws(QueryFailure) {
        try evaluator.reserve(1, steps: steps)
        try evaluator.work(steps)
        let labels = resultLabels(many.labels, one.labels)
        var values = StepSeries(labels: labels, dropsName: element.returnsBool, steps: steps)
        floats(many, one, into: &values.values)
        if many.hasHistograms || one.hasHistograms { mixed(many, one, into: &values) }
        if isShared, matching.cardinality == .oneToOne { try claim(values, group) }
        if let place = places[labels] {
            if !result[place].absorb(values) {
                throw .execution(
                    "multiple matches for labels: grouping labels must ensure unique matches")
            }
        } else if !values.isEmpty {
            places[labels] = result.count
            result.append(values)
        }
    }

    private func floats(_ many: StepSeries, _ one: StepSeries, into values: inout [Double]) {
        for step in 0..<steps {
            let (mine, other) = (many.values[step], one.values[step])
            if StaleMarker.isStale(mine) || StaleMarker.isStale(other) { continue }
            values[step] =
                isSwapped
                ? element.float(other, mine, kept: other) : element.float(mine, other, kept: mine)
        }
    }

    private func mixed(
        _ many: StepSeries, _ one: StepSeries, into values: inout StepSeries
    ) {
        for step in 0..<steps {
            guard let mine = many.sample(at: step), let other = one.sample(at: step) else {
                continue
            }
            if case .float = mine, case .float = other { continue }
            switch isSwapped ? element.apply(other, mine) : element.apply(mine, other) {
            case .value(let value): values.set(value, at: step)
            case .none: break
            case .remark(let remark): remark.add(to: &evaluator.annotations)
            }
        }
    }

    private mutating func claim(
        _ values: StepSeries, _ group: Int
    ) throws(QueryFailure) {
        var mask = taken[group] ?? [Bool](repeating: false, count: steps)
        for step in 0..<steps where values.isPresent(at: step) {
            if mask[step] {
                throw .execution(
                    "multiple matches for labels: many-to-one matching must be explicit "
                        + "(group_left/group_right)")
            }
            mask[step] = true
        }
        taken[group] = mask
    }

    private func resultLabels(_ many: Labels, _ one: Labels) -> Labels {
        var labels = many
        if element.changesMeaning && !element.returnsBool { labels = labels.withoutName }
        if matching.cardinality == .oneToOne {
            labels = matching.isOn ? labels.only(names) : labels.without(names)
        }
        for name in matching.include { labels = labels.with(name, one[name]) }
        return labels
    }
}
