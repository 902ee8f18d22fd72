// Which group of an aggregation a series belongs to: hashed once per series. Groups are numbered
// in the order in which they appear. Label sets are only made here; the steps of an aggregation
// see numbers. A value, one query's thread.

struct Grouping {
    /// One per group.
    private(set) var labels: [Labels] = []
    /// One per series: the number of its group.
    private(set) var groupOf: [Int] = []
    /// One per group: a member has a metric name that is to go, and so has the result.
    private(set) var dropsName: [Bool] = []

    init(_ input: [StepSeries], _ aggregation: Aggregation) {
        groupOf.reserveCapacity(input.count)
        if aggregation.grouping.isEmpty && !aggregation.isWithout {
            labels = input.isEmpty ? [] : [.empty]
            groupOf = [Int](repeating: 0, count: input.count)
            dropsName = [Bool](repeating: false, count: labels.count)
            return
        }
        let rule = GroupingRule(aggregation)
        var places: [Labels: Int] = [:]
        for series in input {
            let key = rule.key(of: series.labels)
            if let place = places[key] {
                groupOf.append(place)
            } else {
                places[key] = labels.count
                groupOf.append(labels.count)
                labels.append(key)
            }
        }
        dropsName = [Bool](repeating: false, count: labels.count)
        for (series, group) in zip(input, groupOf) where series.dropsName {
            dropsName[group] = true
        }
    }

    /// The series of a group's result, without values.
    func result(_ group: Int, steps: Int) -> StepSeries {
        StepSeries(labels: labels[group], dropsName: dropsName[group], steps: steps)
    }

    /// The series of each group, in order.
    var members: [[Int]] {
        var members = [[Int]](repeating: [], count: labels.count)
        for (index, group) in groupOf.enumerated() { members[group].append(index) }
        return members
    }
}

/// `by` or `without`, on one label set.
struct GroupingRule {
    private let names: Set<String>
    private let isWithout: Bool

    init(_ aggregation: Aggregation) {
        isWithout = aggregation.isWithout
        var names = Set(aggregation.grouping)
        // count_values groups by the label it writes, unless `without` takes it away again.
        if case .string(let label, _)? = aggregation.parameter?.unwrapped, !isWithout {
            names.insert(label)
        }
        if isWithout { names.insert(Labels.nameLabel) }
        self.names = names
    }

    func key(of labels: Labels) -> Labels {
        isWithout ? labels.without(names) : labels.only(names)
    }
}
