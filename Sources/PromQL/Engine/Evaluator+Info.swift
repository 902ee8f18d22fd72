// info(vector, [selector]): labels of info metrics (`target_info` unless the selector names
// another) added to the series that share their instance and job. Per step, as info series come
// and go; the labels of one pairing are made once.

extension Evaluator {
    private static let identifying: Set<String> = ["instance", "job"]

    func info(_ call: Call, on grid: StepGrid) throws(QueryFailure) -> [StepSeries] {
        var base = try vector(call.arguments[0], on: grid, within: "info")
        var matchers: [LabelMatcher] = []
        if call.arguments.count > 1, case .vector(let selector) = call.arguments[1].unwrapped {
            matchers = selector.allMatchers
        }
        let written = matchers.filter { $0.label == Labels.nameLabel }
        let names = written.isEmpty ? [.name("target_info")] : written
        let data = matchers.filter { $0.label != Labels.nameLabel }
        // Info series themselves pass as they are, unless only other labels are asked for.
        let passing = call.arguments.count > 1 ? written : names
        let isInfo = base.map { series in
            !passing.isEmpty && passing.allSatisfy { $0.accepts(series.labels.metricName) }
        }
        let candidates = try infoSeries(names + data, on: grid)
        var keys = MatchKeys(
            VectorMatching(
                cardinality: .manyToMany, labels: Array(Self.identifying), isOn: true, include: []))
        let groups = candidates.map { keys.group(of: $0.series.labels) }
        var members = [[Int]](repeating: [], count: keys.count)
        for (index, group) in groups.enumerated() { members[group].append(index) }
        var result: [StepSeries] = []
        for index in base.indices {
            try checkTime()
            let group = keys.group(of: base[index].labels)
            if isInfo[index] {
                result.append(base[index])
                continue
            }
            // A series with neither of the two labels belongs to no info series.
            let isIdentified = Self.identifying.contains { !base[index].labels[$0].isEmpty }
            let mine =
                isIdentified && group < members.count ? members[group].map { candidates[$0] } : []
            try join(&base[index], with: mine, data, into: &result, on: grid)
        }
        return result
    }

    private struct Candidate {
        let series: StepSeries
        /// When each step's sample was taken.
        let times: StepSeries
    }

    private func infoSeries(
        _ matchers: [LabelMatcher], on grid: StepGrid
    ) throws(QueryFailure) -> [Candidate] {
        let selector = VectorSelector(name: nil, matchers: matchers)
        var candidates: [Candidate] = []
        try forEachSeries(selector, grid, "info") { series throws(QueryFailure) in
            guard series.histogramTimes.isEmpty else {
                throw .execution(
                    "this should be an info metric, with float samples: \(series.labels.text)")
            }
            // Values and times.
            try reserve(2, on: grid)
            candidates.append(
                Candidate(
                    series: latest(of: series, at: grid), times: timesOfLatest(series, at: grid)))
        }
        return candidates
    }

    private func join(
        _ base: inout StepSeries, with candidates: [Candidate], _ data: [LabelMatcher],
        into result: inout [StepSeries], on grid: StepGrid
    ) throws(QueryFailure) {
        let wanted = Set(data.map(\.label))
        let isRequired = data.contains { !$0.accepts("") }
        var places: [Labels: Int] = [:]
        for step in 0..<grid.count {
            guard let value = base.sample(at: step) else { continue }
            let current = try newest(candidates, at: step)
            if current.isEmpty && isRequired { continue }
            var labels = base.labels
            var added: [String: String] = [:]
            for candidate in current {
                for pair in candidate.series.labels.pairs {
                    if pair.name == Labels.nameLabel || Self.identifying.contains(pair.name) {
                        continue
                    }
                    if !wanted.isEmpty && !wanted.contains(pair.name) { continue }
                    if let other = added[pair.name], other != pair.value {
                        throw .execution("conflicting label: \(pair.name)")
                    }
                    added[pair.name] = pair.value
                    if base.labels[pair.name].isEmpty {
                        labels = labels.with(pair.name, pair.value)
                    }
                }
            }
            let place = places[labels] ?? result.count
            if place == result.count {
                try reserve(1, on: grid)
                places[labels] = place
                result.append(
                    StepSeries(labels: labels, dropsName: base.dropsName, steps: grid.count))
            }
            result[place].set(value, at: step)
        }
    }

    /// Of each info metric the series sampled last.
    private func newest(
        _ candidates: [Candidate], at step: Int
    ) throws(QueryFailure) -> [Candidate] {
        var chosen: [Candidate] = []
        for candidate in candidates where candidate.series.isPresent(at: step) {
            let labels = candidate.series.labels
            guard
                let rival = chosen.firstIndex(where: {
                    $0.series.labels.metricName == labels.metricName
                })
            else {
                chosen.append(candidate)
                continue
            }
            let (old, new) = (chosen[rival].times.values[step], candidate.times.values[step])
            if old == new {
                throw .execution(
                    "found duplicate series for info metric: existing "
                        + "\(chosen[rival].series.labels.text) @ \(Int64(old * 1000)), new "
                        + "\(labels.text) @ \(Int64(new * 1000))")
            }
            if new > old { chosen[rival] = candidate }
        }
        return chosen
    }
}
