// Times and steps of the test language: `5m`, `1h30m`, `250ms`,
// `0`, a bare number of seconds, each with a sign if need be.
// Any thread.

enum DurationText {
    private static let units: [(String, Int64)] = [
        ("ms", 1), ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000),
        ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ]

    /// Milliseconds.
    static func millis(_ text: some StringProtocol, line: Int) throws(ScriptError) -> Int64 {
        let isNegative = text.hasPrefix("-")
        let magnitude = String(isNegative ? text.dropFirst() : text[...])
        if let seconds = Double(magnitude), seconds.magnitude < 1e15 {
            return Int64((isNegative ? -seconds : seconds) * 1000)
        }
        var cursor = LineCursor(magnitude, line: line)
        var total: Int64 = 0
        repeat {
            guard let count = Int64(cursor.word(while: LineCursor.isDigit)) else {
                throw ScriptError(line: line, "\"\(text)\" is not a duration")
            }
            guard let unit = units.first(where: { cursor.takes($0.0) })?.1 else {
                throw ScriptError(line: line, "\"\(text)\" is not a duration")
            }
            let (product, isTooLarge) = count.multipliedReportingOverflow(by: unit)
            let (sum, isTooLong) = total.addingReportingOverflow(product)
            guard !isTooLarge, !isTooLong else {
                throw ScriptError(line: line, "\"\(text)\" is too long")
            }
            total = sum
        } while !cursor.isAtEnd
        return isNegative ? -total : total
    }
}
