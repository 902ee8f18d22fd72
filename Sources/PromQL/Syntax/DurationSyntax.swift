// Lengths of time outside of queries (`5m`, `1h30m`, `10ms`), by the
// rules that hold inside: the home of these rules for other modules.
// Pure; any thread.

public enum DurationSyntax {
    /// nil when the whole of `text` is no length of time or too long. No sign, no bare number.
    public static func milliseconds(_ text: some StringProtocol) -> Int64? {
        var lexer = Lexer(String(text))
        guard lexer.skipDuration(), lexer.offset == lexer.bytes.count else { return nil }
        return try? lexer.parsedDuration(0)
    }
}
