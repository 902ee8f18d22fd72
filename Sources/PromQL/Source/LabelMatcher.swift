// One condition on one label, with its regular expression compiled (RE2: linear time, whole text).
// Values are compared byte by byte, as a label is bytes and not text of some language.
// A value, any thread: RE2 objects may be used by several threads at a time.

/// `label = "value"`; a label that is absent counts as empty.
public struct LabelMatcher: Sendable, Equatable {
    public let label: String
    public let relation: MatchOperator
    public let value: String
    /// The compiled pattern of `=~` and `!~`, anchored at both ends.
    let regex: RegularExpression?

    /// Throws when `value` is no regular expression; `offset` is its place in the query.
    public init(
        label: String, relation: MatchOperator, value: String, at offset: Int = 0
    ) throws(QueryError) {
        self.label = label
        self.relation = relation
        self.value = value
        switch relation {
        case .equal, .notEqual: regex = nil
        case .regex, .notRegex: regex = try RegularExpression(value, at: offset)
        }
    }

    private init(equal label: String, _ value: String) {
        self.label = label
        relation = .equal
        self.value = value
        regex = nil
    }

    /// `__name__ = name`.
    public static func name(_ name: String) -> LabelMatcher {
        LabelMatcher(equal: Labels.nameLabel, name)
    }

    public func accepts(_ candidate: String) -> Bool {
        switch relation {
        case .equal: candidate.isSame(as: value)
        case .notEqual: !candidate.isSame(as: value)
        case .regex: regex?.matches(candidate) ?? false
        case .notRegex: !(regex?.matches(candidate) ?? false)
        }
    }

    public static func == (left: LabelMatcher, right: LabelMatcher) -> Bool {
        left.label == right.label && left.relation == right.relation && left.value == right.value
    }
}
