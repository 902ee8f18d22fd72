// Functions that rewrite labels or order series by them. Labels are per series, so these cost the
// same for one step and for thousands. What becomes one label set by it is an error. One query's
// thread.

extension Evaluator {
    /// label_replace(vector, destination, replacement, source, pattern)
    func labelReplace(_ call: Call, on grid: StepGrid) throws(QueryFailure) -> [StepSeries] {
        let destination = try string(call.arguments[1])
        let replacement = try string(call.arguments[2])
        let source = try string(call.arguments[3])
        let pattern = try string(call.arguments[4])
        let regex: RegularExpression
        do {
            regex = try RegularExpression(pattern, at: call.arguments[4].place.lowerBound)
        } catch {
            throw .execution("invalid regular expression in label_replace(): \(pattern)")
        }
        guard LabelName.isValid(destination) else {
            throw .execution(
                "invalid destination label name in label_replace(): \(destination)")
        }
        var result = try vector(call.arguments[0], on: grid, within: "label_replace")
        for index in result.indices {
            let text = result[index].labels[source]
            let expansion = regex.expand(
                template: replacement, in: text, bytesMax: Self.labelBytesMax)
            guard let value = expansion else { continue }
            try takeText(value.utf8.count, destination, "label_replace")
            result[index].relabel(destination, value)
        }
        try SeriesMerge.requireDistinct(result)
        return result
    }

    /// label_join(vector, destination, separator, source...)
    func labelJoin(_ call: Call, on grid: StepGrid) throws(QueryFailure) -> [StepSeries] {
        let destination = try string(call.arguments[1])
        let separator = try string(call.arguments[2])
        var sources: [String] = []
        for argument in call.arguments.dropFirst(3) {
            let name = try string(argument)
            guard LabelName.isValid(name) else {
                throw .execution("invalid source label name in label_join(): \(name)")
            }
            sources.append(name)
        }
        guard LabelName.isValid(destination) else {
            throw .execution("invalid destination label name in label_join(): \(destination)")
        }
        var result = try vector(call.arguments[0], on: grid, within: "label_join")
        for index in result.indices {
            let labels = result[index].labels
            let parts = sources.map { labels[$0] }
            let separators = (parts.count - 1) * separator.utf8.count
            try takeText(
                parts.reduce(separators) { $0 + $1.utf8.count }, destination, "label_join")
            let value = parts.joined(separator: separator)
            result[index].relabel(destination, value)
        }
        try SeriesMerge.requireDistinct(result)
        return result
    }

    /// Of a label that a query makes: nested calls could double it at each level.
    private static let labelBytesMax = 65_536

    /// Before a label of so many bytes is made.
    private func takeText(
        _ bytes: Int, _ label: String, _ function: String
    ) throws(QueryFailure) {
        if bytes > Self.labelBytesMax {
            throw .execution(
                "the label \(label) would be longer than \(Self.labelBytesMax) bytes in "
                    + "\(function)()")
        }
        let samples = bytes / 16
        try budget.take(samples)
        try work(1 + samples)
    }

    /// By value; histograms are left out. A range query has no order of its own.
    func sort(
        _ call: Call, isDescending: Bool, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        var result = try vector(call.arguments[0], on: grid, within: call.function.rawValue)
        for index in result.indices { result[index].histograms = [] }
        if grid.count > 1 { return result }
        let order = result.indices.sorted { left, right in
            Self.precedes(result[left].values[0], result[right].values[0], isTop: isDescending)
                ?? (left < right)
        }
        return order.map { result[$0] }
    }

    /// By label values in natural order, then by all labels.
    func sortByLabel(
        _ call: Call, isDescending: Bool, on grid: StepGrid
    ) throws(QueryFailure) -> [StepSeries] {
        let input = try vector(call.arguments[0], on: grid, within: call.function.rawValue)
        var names: [String] = []
        for argument in call.arguments.dropFirst() { names.append(try string(argument)) }
        if grid.count > 1 { return input }
        let sorted = input.sorted { left, right in
            for name in names {
                let (one, other) = (left.labels[name], right.labels[name])
                if one != other { return NaturalOrder.precedes(one, other) }
            }
            return left.labels < right.labels
        }
        return isDescending ? sorted.reversed() : sorted
    }
}

extension StepSeries {
    /// A name that is written on purpose stays.
    fileprivate mutating func relabel(_ name: String, _ value: String) {
        labels = labels.with(name, value)
        if name == Labels.nameLabel { dropsName = false }
    }
}

enum LabelName {
    /// Any text that is UTF-8; what was no UTF-8 in the query carries the replacement character.
    static func isValid(_ name: String) -> Bool {
        !name.isEmpty && !name.unicodeScalars.contains("\u{FFFD}")
    }
}
