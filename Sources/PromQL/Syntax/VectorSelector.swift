// A vector selector and the conditions in it. How a condition is matched is in Source/LabelMatcher;
// what a source makes of a selector is its own matter.
// Values, any thread.

/// How a label is compared.
public enum MatchOperator: String, Sendable, Equatable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case regex = "=~"
    case notRegex = "!~"
}

/// `name{label="value",...} offset 5m @ 0`.
public struct VectorSelector: Sendable, Equatable {
    /// The metric name, from before or inside the braces; nil when only matchers are given.
    public var name: String?
    /// Without the one that `name` stands for.
    public var matchers: [LabelMatcher]
    public var shift: TimeShift
    public var place: Place

    public init(
        name: String?, matchers: [LabelMatcher], shift: TimeShift = TimeShift(),
        place: Place = 0..<0
    ) {
        self.name = name
        self.matchers = matchers
        self.shift = shift
        self.place = place
    }

    /// Every condition, the name's among them.
    public var allMatchers: [LabelMatcher] {
        guard let name else { return matchers }
        return [LabelMatcher.name(name)] + matchers
    }
}
