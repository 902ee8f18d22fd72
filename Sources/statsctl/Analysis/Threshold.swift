// A limit for CI and canaries: `p99<250ms`, `errors<=0.1%`, `rate>100`, or any PromQL expression
// that yields one number against a number: `sum(weir_server_live)>=1`. The last comparison outside
// of quotes and brackets divides the two sides. Pure.

import History

struct Threshold {
    enum Relation: String, CaseIterable {
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"
    }

    var text: String
    /// A measure's name or a query.
    var measure: String
    var relation: Relation
    var limit: Double

    init(_ text: String) throws(Failure) {
        self.text = text
        guard let (place, relation) = Self.comparison(in: text) else {
            throw .usage("--threshold \(text): no comparison; try p99<250ms or errors<1%")
        }
        let right = text[place...].dropFirst(relation.rawValue.count)
        guard let limit = Self.number(Self.trimmed(right)) else {
            throw .usage(
                "--threshold \(text): \(Self.trimmed(right)) is no number;"
                    + " try 250ms, 1%, 0.5 or 100")
        }
        measure = Self.trimmed(text[..<place])
        guard !measure.isEmpty else {
            throw .usage("--threshold \(text): nothing is compared; try p99<250ms")
        }
        self.relation = relation
        self.limit = limit
    }

    func holds(_ value: Double) -> Bool {
        switch relation {
        case .less: value < limit
        case .lessOrEqual: value <= limit
        case .greater: value > limit
        case .greaterOrEqual: value >= limit
        }
    }

    private static func comparison(in text: String) -> (String.Index, Relation)? {
        var depth = 0
        var quote: Character?
        var found: (String.Index, Relation)?
        var place = text.startIndex
        while place < text.endIndex {
            let letter = text[place]
            if let open = quote {
                if letter == open { quote = nil }
            } else if letter == "\"" || letter == "'" || letter == "`" {
                quote = letter
            } else if "([{".contains(letter) {
                depth += 1
            } else if ")]}".contains(letter) {
                depth -= 1
            } else if depth == 0, letter == "<" || letter == ">" {
                let rest = text[place...]
                let relation = Relation.allCases.first { rest.hasPrefix($0.rawValue) }
                found = relation.map { (place, $0) }
            }
            place = text.index(after: place)
        }
        return found
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// "250ms" in seconds, "1%" as a ratio, "64KiB" in bytes, or a plain number.
    static func number(_ text: String) -> Double? {
        if let number = Double(text) { return number.isNaN ? nil : number }
        if text.hasSuffix("%"), let percent = Double(trimmed(text.dropLast())) {
            return percent / 100
        }
        if text.hasSuffix("us"), let micros = Double(text.dropLast(2)) { return micros / 1e6 }
        if text.hasSuffix("ms"), let millis = Double(text.dropLast(2)) { return millis / 1e3 }
        if text.hasSuffix("s"), let seconds = Double(text.dropLast()) { return seconds }
        for (unit, size) in [("KiB", 1024.0), ("MiB", 1_048_576), ("GiB", 1_073_741_824)]
        where text.hasSuffix(unit) {
            return Double(text.dropLast(3)).map { $0 * size }
        }
        return TimeText.duration(text).map { Double($0) / 1000 }
    }
}
