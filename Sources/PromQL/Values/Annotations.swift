// Remarks beside a result: warnings (the result may be wrong) and infos (it may surprise).
// Each text once, in the order of appearance; bounded where they are shown, not here.
// A value, any thread.

public struct Annotations: Sendable, Equatable {
    public private(set) var warnings: [String] = []
    public private(set) var infos: [String] = []
    private var seen: Set<String> = []

    public init() {}

    /// `text` without its "PromQL warning: " prefix.
    public mutating func warn(_ text: String) {
        if seen.insert("w" + text).inserted { warnings.append("PromQL warning: " + text) }
    }

    public mutating func inform(_ text: String) {
        if seen.insert("i" + text).inserted { infos.append("PromQL info: " + text) }
    }

    public mutating func merge(_ other: Annotations) {
        for text in other.warnings { warn(String(text.dropFirst("PromQL warning: ".count))) }
        for text in other.infos { inform(String(text.dropFirst("PromQL info: ".count))) }
    }
}
