// The texts of an alternation of literals, compared byte by byte: String's own equality takes
// different spellings of one character for the same, a label value does not. Dashboards write such
// patterns with hundreds of names. A value, any thread.

struct LiteralSet: Sendable {
    /// From here on hashing is cheaper than comparing one by one.
    private static let hashedFrom = 9

    private let texts: [String]
    /// Texts that String takes for equal share a key; empty when the set is small.
    private let byEquivalence: [String: [String]]

    init(_ texts: [String]) {
        self.texts = texts
        let isHashed = texts.count >= Self.hashedFrom
        byEquivalence = isHashed ? Dictionary(grouping: texts, by: \.self) : [:]
    }

    /// O(1) for large sets, else O(texts).
    func contains(_ candidate: String) -> Bool {
        let near = byEquivalence.isEmpty ? texts : byEquivalence[candidate] ?? []
        for text in near where text.isSame(as: candidate) { return true }
        return false
    }
}

extension String {
    /// Byte by byte. `==` comes first because it ends unequal texts at their first difference.
    func isSame(as other: String) -> Bool {
        self == other && utf8.elementsEqual(other.utf8)
    }
}
