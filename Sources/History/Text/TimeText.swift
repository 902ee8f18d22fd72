// Times as people write and read them: durations (90s, 1h30m), RFC 3339, Unix seconds, and clock
// times of today; printed as RFC 3339 in UTC or as local time. Proleptic Gregorian, by days since
// 1970 (the civil-from-days arithmetic on 400-year eras). Any thread; no Foundation.

import Glibc

public enum TimeText {
    /// Milliseconds of "250ms", "10s", "5m", "1h30m", "2d", "1w", "3y" (of 365 days); nil for
    /// anything else.
    public static func duration(_ text: String) -> Int64? {
        let units: [(String, Int64)] = [
            ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
            ("w", 604_800_000), ("y", 365 * 86_400_000),
        ]
        var rest = Substring(text)
        var total: Int64 = 0
        if rest.isEmpty { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let number = Int64(digits), let unit = units.first(where: { $0.0 == name }) else {
                return nil
            }
            let (product, isTooLarge) = number.multipliedReportingOverflow(by: unit.1)
            let (sum, isOver) = total.addingReportingOverflow(product)
            if isTooLarge || isOver { return nil }
            total = sum
        }
        return total
    }

    /// "1h30m" for milliseconds; "0s" for none.
    public static func duration(millis: Int64) -> String {
        let units: [(String, Int64)] = [
            ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
        ]
        var rest = millis
        var parts: [String] = []
        for (name, size) in units where rest >= size {
            parts.append("\(rest / size)\(name)")
            rest %= size
            if parts.count == 2 { break }
        }
        return parts.isEmpty ? "0s" : parts.joined()
    }

    /// Unix milliseconds of an instant: `now`, Unix seconds with or without a fraction, RFC 3339
    /// (`T` or a space; without an offset it is local time; without seconds; a date alone), or a
    /// clock time `14:03[:05]` of the local day that holds `nowMillis`. nil for anything else.
    public static func instant(_ text: String, nowMillis: Int64) -> Int64? {
        if text == "now" { return nowMillis }
        if let seconds = Double(text), seconds.isFinite, abs(seconds) < 1e14, !text.contains("x") {
            return Int64((seconds * 1000).rounded())
        }
        var scanner = TimeScanner(text)
        if text.utf8.count <= 8, let clock = scanner.clock(), scanner.isAtEnd {
            let today = local(millis: nowMillis)
            return localMillis(today.date, clock)
        }
        scanner = TimeScanner(text)
        guard let date = scanner.date() else { return nil }
        if scanner.isAtEnd { return localMillis(date, TimeScanner.Clock()) }
        guard scanner.take("T") || scanner.take("t") || scanner.take(" "),
            let clock = scanner.clock()
        else { return nil }
        if scanner.isAtEnd { return localMillis(date, clock) }
        guard let offset = scanner.offsetMinutes(), scanner.isAtEnd else { return nil }
        return date.days * 86_400_000 + clock.millis - offset * 60_000
    }

    /// `2026-11-24T14:03:05Z`, with milliseconds when there are any.
    public static func rfc3339(millis: Int64) -> String {
        let date = CivilDate(days: floorDivide(millis, 86_400_000))
        let rest = millis - date.days * 86_400_000
        let fraction = rest % 1000 == 0 ? "" : "." + padded(rest % 1000, 3)
        return "\(date)T\(clock(rest / 1000))\(fraction)Z"
    }

    /// `20261124-140305`, UTC: for file names.
    public static func compact(millis: Int64) -> String {
        rfc3339(millis: floorDivide(millis, 1000) * 1000).filter { $0.isNumber || $0 == "T" }
            .replacing("T", with: "-")
    }

    /// `2026-11-24 14:03:05` in the time zone of the process.
    public static func localTime(millis: Int64) -> String {
        let now = local(millis: millis)
        return "\(now.date) \(clock(now.seconds))"
    }

    /// The zone's offset at an instant, "+01:00".
    public static func localOffset(millis: Int64) -> String {
        let now = local(millis: millis)
        let minutes = now.offsetSeconds / 60
        let size = abs(minutes)
        return (minutes < 0 ? "-" : "+") + padded(size / 60, 2) + ":" + padded(size % 60, 2)
    }

    private static func clock(_ seconds: Int64) -> String {
        [seconds / 3600, seconds / 60 % 60, seconds % 60].map { padded($0, 2) }
            .joined(separator: ":")
    }

    static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
        a >= 0 ? a / b : -((-a + b - 1) / b)
    }

    private static func local(
        millis: Int64
    ) -> (date: CivilDate, seconds: Int64, offsetSeconds: Int64) {
        var seconds = time_t(floorDivide(millis, 1000))
        var parts = unsafe tm()
        unsafe localtime_r(&seconds, &parts)
        let date = unsafe CivilDate(
            year: Int64(parts.tm_year) + 1900, month: Int64(parts.tm_mon) + 1,
            day: Int64(parts.tm_mday))
        let clock = unsafe Int64(parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec)
        return (date, clock, unsafe Int64(parts.tm_gmtoff))
    }

    private static func localMillis(_ date: CivilDate, _ clock: TimeScanner.Clock) -> Int64 {
        var parts = unsafe tm()
        unsafe parts.tm_year = Int32(date.year - 1900)
        unsafe parts.tm_mon = Int32(date.month - 1)
        unsafe parts.tm_mday = Int32(date.day)
        unsafe parts.tm_sec = Int32(clock.millis / 1000)
        unsafe parts.tm_isdst = -1
        return unsafe Int64(mktime(&parts)) * 1000 + clock.millis % 1000
    }
}
