// The syntax tree of a vector selector, and matching it against a name and labels. Regular
// expressions are evaluated by a matcher that the caller brings: this module imports nothing, and
// the engine of the server will be linear-time while the command line may use another. Any thread.

/// How a label is compared.
public enum MatchOperator: String, Sendable, Equatable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case regex = "=~"
    case notRegex = "!~"
}

/// One condition on one label; a label that is absent counts as empty.
public struct LabelMatcher: Sendable, Equatable {
    public let label: String
    public let relation: MatchOperator
    public let value: String
    /// Byte of the value in the query, for errors of the regular expression.
    public let valueOffset: Int

    public init(
        label: String, relation: MatchOperator, value: String, valueOffset: Int = 0
    ) {
        self.label = label
        self.relation = relation
        self.value = value
        self.valueOffset = valueOffset
    }
}

/// `name{label="value",...}`.
public struct VectorSelector: Sendable, Equatable {
    /// The metric name, from before or inside the braces; nil when only matchers are given.
    public let name: String?
    /// Without the one that `name` stands for.
    public let matchers: [LabelMatcher]

    public init(name: String?, matchers: [LabelMatcher]) {
        self.name = name
        self.matchers = matchers
    }

    /// Compiles the regular expressions with `compile`; the result judges series.
    ///
    /// - Parameter compile: an anchored whole-string matcher for a pattern, or nil when the
    ///   pattern is no regular expression.
    public func compiled(
        _ compile: (_ pattern: String) -> ((String) -> Bool)?
    ) throws(QueryError) -> CompiledSelector {
        var conditions: [CompiledSelector.Condition] = []
        if let name { conditions.append(.init(label: "__name__", accepts: { $0 == name })) }
        for matcher in matchers {
            let value = matcher.value
            switch matcher.relation {
            case .equal: conditions.append(.init(label: matcher.label) { $0 == value })
            case .notEqual: conditions.append(.init(label: matcher.label) { $0 != value })
            case .regex, .notRegex:
                guard let test = compile(value) else {
                    throw QueryError(
                        "\"\(value)\" is not a regular expression", at: matcher.valueOffset)
                }
                let isWanted = matcher.relation == .regex
                conditions.append(.init(label: matcher.label) { test($0) == isWanted })
            }
        }
        return CompiledSelector(conditions: conditions)
    }
}

/// A selector ready to judge series.
public struct CompiledSelector {
    struct Condition {
        let label: String
        let accepts: (String) -> Bool
    }

    let conditions: [Condition]

    /// - Parameter value: of a label; nil or "" when the series has no such label. `__name__` asks
    ///   for the metric name.
    public func accepts(_ value: (_ label: String) -> String?) -> Bool {
        conditions.allSatisfy { $0.accepts(value($0.label) ?? "") }
    }
}
