// Lengths of time and instants as the canonical form of a query writes them. Numbers are
// FloatText's. The units are the lexer's own, so that what is printed is read back. Pure; any
// thread.

enum TimePrinting {
    /// 1h30m; days are not gathered into weeks or years unless nothing remains.
    static func duration(milliseconds: Int64) -> String {
        if milliseconds == 0 { return "0s" }
        var rest = milliseconds.magnitude
        var result = milliseconds < 0 ? "-" : ""
        for unit in Lexer.units {
            let length = UInt64(unit.milliseconds)
            let isExactOnly = unit.name == "y" || unit.name == "w"
            if isExactOnly, rest % length != 0 { continue }
            if rest >= length { result += "\(rest / length)\(unit.name)" }
            rest %= length
        }
        return result
    }

    /// Three decimals, as timestamps are written.
    static func seconds(milliseconds: Int64) -> String {
        let magnitude = milliseconds.magnitude
        let fraction = String(magnitude % 1000 + 1000).dropFirst()
        return (milliseconds < 0 ? "-" : "") + "\(magnitude / 1000).\(fraction)"
    }
}
