// The `date` field's value (IMF-fixdate, RFC 9110 section 5.6.7), made once a second at most. Only
// answers of our own need it: a response that is passed on has its own date.
// One per worker; no locale, no allocation.

import EventLoop
import HTTP1

struct DateText: ~Copyable {
    private var second: Int64 = -1
    private var text = InlineArray<29, UInt8>(repeating: UInt8(ascii: " "))

    mutating func append(to writer: inout ByteWriter) {
        let now = Clock.wallMillis() / 1000
        if now != second {
            second = now
            render(now)
        }
        for index in text.indices { writer.append(text[index]) }
    }

    private mutating func render(_ unixSeconds: Int64) {
        let days = unixSeconds / 86_400
        let inDay = Int(unixSeconds % 86_400)
        let (year, month, day) = Self.civil(fromDays: days)
        put("SunMonTueWedThuFriSat", at: Int((days + 4) % 7) * 3, count: 3, to: 0)
        text[3] = UInt8(ascii: ",")
        putTwoDigits(day, to: 5)
        put("JanFebMarAprMayJunJulAugSepOctNovDec", at: (month - 1) * 3, count: 3, to: 8)
        putTwoDigits(year / 100, to: 12)
        putTwoDigits(year % 100, to: 14)
        putTwoDigits(inDay / 3600, to: 17)
        text[19] = UInt8(ascii: ":")
        putTwoDigits(inDay / 60 % 60, to: 20)
        text[22] = UInt8(ascii: ":")
        putTwoDigits(inDay % 60, to: 23)
        put("GMT", at: 0, count: 3, to: 26)
    }

    private mutating func put(_ source: StaticString, at offset: Int, count: Int, to index: Int) {
        for step in 0..<count { text[index + step] = unsafe source.utf8Start[offset + step] }
    }

    private mutating func putTwoDigits(_ value: Int, to index: Int) {
        text[index] = UInt8(ascii: "0") + UInt8(value / 10)
        text[index + 1] = UInt8(ascii: "0") + UInt8(value % 10)
    }

    /// Proleptic Gregorian date of a day number since 1970-01-01 (era arithmetic in 400-year
    /// cycles that begin on 1 March).
    static func civil(fromDays days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(days) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }
}
