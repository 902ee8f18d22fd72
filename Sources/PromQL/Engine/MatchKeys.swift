// Numbers for the label sets by which two vectors match. Each series is hashed once; afterwards
// its group is an index. The metric name never takes part unless `on` names it. Equal keys mean
// that two series match; what happens then is VectorMatcher's. A value, one query's thread.

struct MatchKeys {
    private let names: Set<String>
    private let isOn: Bool
    private var groups: [Labels: Int] = [:]

    init(_ matching: VectorMatching?) {
        isOn = matching?.isOn ?? false
        var names = Set(matching?.labels ?? [])
        if !isOn { names.insert(Labels.nameLabel) }
        self.names = names
    }

    var count: Int { groups.count }

    /// The labels that decide, as errors show them.
    func key(of labels: Labels) -> Labels {
        isOn ? labels.only(names) : labels.without(names)
    }

    mutating func group(of labels: Labels) -> Int {
        let key = key(of: labels)
        if let group = groups[key] { return group }
        groups[key] = groups.count
        return groups.count - 1
    }
}
