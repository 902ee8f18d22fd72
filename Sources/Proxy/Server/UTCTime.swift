// Wall time as text, ISO 8601 with milliseconds: "2026-11-24T00:45:22.123Z". Own arithmetic (days
// to civil date, proleptic Gregorian, era of 400 years) instead of gmtime: no locale, no time zone
// database, no static buffer. Also the date of HTTP heads. Any thread.

/// Milliseconds since 1970-01-01 UTC to text.
enum UTCTime {
    static func text(_ wallMillis: Int64) -> String {
        let day = floorDivide(wallMillis, 86_400_000)
        let millis = wallMillis - day * 86_400_000
        let (year, month, dayOfMonth) = civil(day)
        let second = millis / 1000
        return "\(year)-\(padded(month))-\(padded(dayOfMonth))T\(padded(second / 3600)):"
            + "\(padded(second / 60 % 60)):\(padded(second % 60)).\(padded(millis % 1000, 3))Z"
    }

    /// IMF-fixdate of RFC 9110 5.6.7: "Tue, 24 Nov 2026 00:45:22 GMT".
    static func httpDate(_ wallMillis: Int64) -> String {
        let day = floorDivide(wallMillis, 86_400_000)
        let second = (wallMillis - day * 86_400_000) / 1000
        let (year, month, dayOfMonth) = civil(day)
        let weekday = weekdays[Int((day % 7 + 11) % 7)]  // 1970-01-01 was a Thursday
        return "\(weekday), \(padded(dayOfMonth)) \(months[Int(month) - 1]) \(year) "
            + "\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60)) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Year, month 1-12 and day 1-31 of a day number; day 0 is 1970-01-01.
    private static func civil(_ day: Int64) -> (Int64, Int64, Int64) {
        let shifted = day + 719_468  // days since 0000-03-01: leap days come last in a year
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
        a >= 0 ? a / b : -((-a + b - 1) / b)
    }

    private static func padded(_ value: Int64, _ width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
