// Times and steps of the test language: `5m`, `1h30m`, `250ms`,
// `0`, a bare number of seconds, each with a sign if need be.
// Any thread.

internal import PromQL

enum DurationText {
    /// Milliseconds.
    static func millis(_ text: some StringProtocol, line: Int) throws(ScriptError) -> Int64 {
        let isNegative = text.hasPrefix("-")
        let magnitude = isNegative ? text.dropFirst() : text[...]
        if let seconds = Double(magnitude), seconds.magnitude < 1e15 {
            return Int64((isNegative ? -seconds : seconds) * 1000)
        }
        guard let millis = DurationSyntax.milliseconds(magnitude) else {
            throw ScriptError(line: line, "\"\(text)\" is not a duration")
        }
        return isNegative ? -millis : millis
    }
}
