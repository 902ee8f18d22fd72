// A `.test` file as a list of commands: load series, ask queries, start over. The language is
// the one of Prometheus' promqltest: the modes of its v3.0 (`eval_fail`, `eval_warn`, ...) and
// the `expect` lines that came after. Values without storage or engine; any thread.

internal import PromQL

/// What is wrong with a test file itself, and where.
public struct ScriptError: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    public let text: String

    public init(line: Int, _ text: String) {
        self.line = line
        self.text = text
    }

    public var description: String { "\(line): \(text)" }
}

/// A parsed test file.
public struct Script: Sendable {
    enum Command: Sendable {
        case clear
        case load(Load)
        case evaluate(Evaluation)
    }

    let commands: [Command]

    /// Throws at the first line that the language does not know.
    public init(_ text: String) throws(ScriptError) {
        var parser = ScriptParser(text)
        commands = try parser.commands()
    }

    /// How many queries the file asks.
    public var evaluations: Int {
        commands.count { if case .evaluate = $0 { true } else { false } }
    }
}

/// `load 5m` and its series; the first sample of each is at 0.
struct Load: Sendable {
    let line: Int
    let stepMillis: Int64
    /// `load_with_nhcb`: classic histograms become native ones as well.
    let convertsClassic: Bool
    let series: [SeriesLine]
}

/// A series with its samples, in a load or in an expected result.
struct SeriesLine: Sendable {
    let line: Int
    let labels: Labels
    let points: [Point]
}

/// One place of a series line.
enum Point: Sendable {
    /// `_`
    case absent
    case float(Double)
    case histogram(FloatHistogram, statesHint: Bool)
}

/// One `eval` with what is expected of it.
struct Evaluation: Sendable {
    enum Moment: Sendable {
        case instant(Int64)
        case range(start: Int64, end: Int64, step: Int64)
    }

    enum Result: Sendable {
        case series([SeriesLine])
        case scalar(Double)
        case string(String)
    }

    let line: Int
    let moment: Moment
    let query: String
    var expectations = Expectations()
    var result = Result.series([])
    /// `expect range vector`: where the points of the expected lines lie, for an instant query that
    /// yields a range vector.
    var rangeVector: (start: Int64, end: Int64, step: Int64)?

    /// Expected histograms may have any counter reset hint from now on.
    mutating func forgetHints() {
        guard case .series(let lines) = result else { return }
        result = .series(
            lines.map { line in
                let points = line.points.map { point in
                    guard case .histogram(let histogram, _) = point else { return point }
                    return Point.histogram(histogram, statesHint: false)
                }
                return SeriesLine(line: line.line, labels: line.labels, points: points)
            })
    }
}

/// What is expected beside the values.
struct Expectations: Sendable {
    /// The order of the lines counts.
    var isOrdered = false
    var failures: [TextPattern] = []
    var warnings: [TextPattern] = []
    var infos: [TextPattern] = []
    var refusesWarnings = false
    var refusesInfos = false
}

/// A text that is expected.
enum TextPattern: Sendable {
    case anything
    case exact(String)
    /// A search anywhere in the text.
    case regex(String, LabelMatcher)

    func accepts(_ text: String) -> Bool {
        switch self {
        case .anything: true
        case .exact(let expected):
            text == expected || Self.core(of: text) == Self.core(of: expected)
        case .regex(_, let matcher): matcher.accepts(text)
        }
    }

    var description: String {
        switch self {
        case .anything: "any"
        case .exact(let text): "\"\(text)\""
        case .regex(let text, _): "/\(text)/"
        }
    }

    /// What files of all versions agree on: newer ones end a message with its place in the query
    /// and say nothing of a metric that has no name.
    private static func core(of text: String) -> Substring {
        let core = withoutPlace(text)
        let nameless = " for metric name \"\""
        return core.hasSuffix(nameless) ? core.dropLast(nameless.count) : core
    }

    /// `(1:5)` at the end.
    private static func withoutPlace(_ text: String) -> Substring {
        guard text.hasSuffix(")"), let open = text.lastIndex(of: "(") else { return text[...] }
        let inside = text[text.index(after: open)...].dropLast()
        let parts = inside.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ UInt($0) != nil }) else { return text[...] }
        var kept = text[..<open]
        while kept.last == " " { kept = kept.dropLast() }
        return kept
    }
}
