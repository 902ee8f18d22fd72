// What came of a test file: one outcome for
// each eval, in the file's order. A value, any
// thread.

/// One eval.
public struct ScriptOutcome: Sendable, Equatable {
    /// In the file, from 1.
    public let line: Int
    public let query: String
    /// The first difference from what was expected; nil when there is none.
    public let difference: String?
}

public struct ScriptReport: Sendable, Equatable {
    public let outcomes: [ScriptOutcome]

    public var passed: Int { outcomes.count { $0.difference == nil } }
    public var failures: [ScriptOutcome] { outcomes.filter { $0.difference != nil } }
}
