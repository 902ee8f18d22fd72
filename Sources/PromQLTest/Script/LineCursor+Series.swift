// Series lines: `name{label="value"} 1 2+3x4 _ stale {{count:1}}x2`. Names may stand quoted
// inside the braces. Samples of a sequence are added up one by one, as Prometheus does. Any
// thread.

internal import PromQL

extension LineCursor {
    /// The whole line.
    mutating func series() throws(ScriptError) -> SeriesLine {
        let labels = try metric()
        var points: [Point] = []
        guard isAtEnd || next == 0x20 || next == 0x09 else {
            throw failure("expected a space after the labels")
        }
        skipSpaces()
        while !isAtEnd {
            try appendPoints(to: &points)
            guard isAtEnd || next == 0x20 || next == 0x09 else {
                throw failure("expected a space between points")
            }
            skipSpaces()
        }
        return SeriesLine(line: line, labels: labels, points: points)
    }

    /// name | name "{" labels "}" | "{" labels "}"
    mutating func metric() throws(ScriptError) -> Labels {
        var pairs: [(String, String)] = []
        let name = word(while: Self.isName)
        if !name.isEmpty {
            guard name.utf8.first.map(Self.isDigit) == false else {
                place -= name.utf8.count
                throw failure("expected a series")
            }
            pairs.append((Labels.nameLabel, name))
        }
        guard takes("{") else {
            guard !name.isEmpty else { throw failure("expected a series") }
            return Labels(pairs)
        }
        skipSpaces()
        while !takes("}") {
            let isQuoted = isAtQuote
            let label = isQuoted ? try quoted() : word(while: Self.isName)
            skipSpaces()
            if takes("=") {
                skipSpaces()
                pairs.append((label, try quoted()))
            } else if isQuoted, !pairs.contains(where: { $0.0 == Labels.nameLabel }) {
                pairs.append((Labels.nameLabel, label))
            } else {
                throw failure("expected \"=\" after a label name")
            }
            skipSpaces()
            guard takes(",") || next == UInt8(ascii: "}") else {
                throw failure("expected \",\" or \"}\"")
            }
            skipSpaces()
        }
        return Labels(pairs)
    }

    /// One word of the line, which may stand for many points.
    private mutating func appendPoints(to points: inout [Point]) throws(ScriptError) {
        if takes("_") {
            let count = takes("x") ? try repetitions() : 1
            points += Array(repeating: .absent, count: count)
        } else if takes("stale") {
            let count = takes("x") ? try repetitions() + 1 : 1
            points += Array(repeating: .float(StaleMarker.value), count: count)
        } else if bytes[place...].starts(with: "{{".utf8) {
            try appendHistograms(to: &points)
        } else {
            try appendFloats(to: &points)
        }
    }

    private mutating func appendFloats(to points: inout [Point]) throws(ScriptError) {
        var value = try number()
        var increment = 0.0
        var isSequence = false
        if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") {
            increment = try number()
            isSequence = true
        }
        guard takes("x") else {
            if isSequence { throw failure("expected \"x\" after an increment") }
            points.append(.float(value))
            return
        }
        for index in 0...(try repetitions()) {
            if index > 0, isSequence { value += increment }
            points.append(.float(value))
        }
    }

    private mutating func appendHistograms(to points: inout [Point]) throws(ScriptError) {
        let (base, statesHint) = try histogram()
        var isAdded = false
        var change: FloatHistogram?
        if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") {
            isAdded = next == UInt8(ascii: "+")
            place += 1
            change = try histogram().value
        }
        guard takes("x") else {
            if change != nil { throw failure("expected \"x\" after an increment") }
            points.append(.histogram(base, statesHint: statesHint))
            return
        }
        var value = base
        for index in 0...(try repetitions()) {
            if index > 0, let change {
                let mismatch = isAdded ? value.add(change) : value.subtract(change)
                guard mismatch == nil else { throw failure("these histograms do not add up") }
            }
            points.append(.histogram(value, statesHint: statesHint))
        }
    }
}
