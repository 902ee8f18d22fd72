// Moments and lengths of time as people type them on the command line, everywhere the same. "Now"
// is the newest number of the source, so that a stopped weir and a copied file answer as a running
// one does; clock times are those of its day, in the local zone. What is no time is refused with
// examples. Pure.

import ArgumentParser
import History

/// `10m`, `14:03`, `yesterday 14:03`, RFC 3339, Unix seconds, `now`, `now-2h`.
enum TimeArgument {
    /// Room for sums and differences of a few times; longer than anybody remembers.
    private static let longest: Int64 = 100 * 365 * 86_400_000

    /// A bare duration is that long before `now`; nil when it is no time.
    static func instant(_ text: String, now: Int64) -> Int64? {
        if let ago = duration(before: text) { return now - ago }
        for (word, days) in [("today", Int64(0)), ("yesterday", 1)] where text.hasPrefix(word) {
            let date = TimeText.localTime(millis: now - days * 86_400_000).prefix(10)
            return TimeText.instant(
                String(date + text.suffix(text.count - word.count)), nowMillis: now)
        }
        return TimeText.instant(text, nowMillis: now)
    }

    /// `2h`, `-2h`, `now-2h` and `2h ago`; nil for everything else.
    private static func duration(before text: String) -> Int64? {
        var rest = Substring(text)
        if rest.hasPrefix("now-") {
            rest = rest.dropFirst(4)
        } else if rest.hasPrefix("-") {
            rest = rest.dropFirst()
        } else if rest.hasSuffix(" ago") {
            rest = rest.dropLast(4)
        }
        return TimeText.duration(String(rest)).flatMap { $0 <= longest ? $0 : nil }
    }

    /// Lines of a table: a count of at least one.
    static func checkLimit(_ limit: Int) throws {
        if limit < 1 { throw ValidationError("--limit \(limit): at least 1.") }
    }

    static func required(_ flag: String, _ text: String, now: Int64) throws -> Int64 {
        guard let time = instant(text, now: now) else {
            throw Failure.usage(
                "\(flag) \(text): not a time; try 14:03, 'yesterday 14:03', 2h (ago),"
                    + " 2026-11-24T14:03:00Z or 1795528980")
        }
        return time
    }

    /// A length of time above zero.
    static func length(_ flag: String, _ text: String) throws -> Int64 {
        guard let millis = TimeText.duration(text), millis > 0, millis <= longest else {
            throw Failure.usage("\(flag) \(text): not a duration; try 30s, 10m, 1h30m or 2d")
        }
        return millis
    }
}
