// Times and lengths of time as the API's parameters spell them: float seconds, RFC 3339, `5m`.
// Nothing is guessed: what does not match whole is nil. Fractions are rounded where Prometheus
// rounds them, since a step that is off by a millisecond misses a sample. Pure; any thread.

enum TimeText {
    /// What "no start" and "no end" mean: far away, with room for arithmetic. Unix milliseconds.
    static let earliest: Int64 = .min / 4
    static let latest: Int64 = .max / 4

    /// Unix milliseconds.
    static func time(_ text: String) -> Int64? {
        if let seconds = number(text) {
            // The fraction is rounded by itself, as Prometheus does: 1.0005 is 1, not 1.001.
            let whole = seconds.rounded(.towardZero)
            let millis = whole * 1000 + ((seconds - whole) * 1000).rounded()
            guard millis.isFinite else { return nil }
            return clamped(millis)
        }
        // The ends of time as Prometheus' client library formats them.
        if text == "-292273086-05-16T16:47:06Z" { return earliest }
        if text == "292277025-08-18T07:12:54.999999999Z" { return latest }
        return rfc3339(text)
    }

    enum Length: Equatable {
        /// Milliseconds, cut off.
        case millis(Int64)
        case overflow
        case malformed
    }

    static func length(_ text: String) -> Length {
        if let seconds = number(text) {
            let nanos = seconds * 1e9
            guard nanos.magnitude <= 9.223372036854775e18 else { return .overflow }
            return .millis(Int64(nanos / 1e6))
        }
        return units(text).map { .millis($0) } ?? .malformed
    }

    /// A decimal number; hexadecimal, infinities and NaN are no times.
    private static func number(_ text: String) -> Double? {
        let allowed = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
                || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
        }
        guard allowed, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    private static func clamped(_ value: Double) -> Int64 {
        if value <= Double(earliest) { return earliest }
        if value >= Double(latest) { return latest }
        return Int64(value)
    }

    // MARK: - 1h30m

    private static let unitMillis: [(name: [UInt8], millis: Int64)] = [
        (Array("y".utf8), 365 * 86_400_000), (Array("w".utf8), 7 * 86_400_000),
        (Array("d".utf8), 86_400_000), (Array("h".utf8), 3_600_000), (Array("m".utf8), 60_000),
        (Array("s".utf8), 1000), (Array("ms".utf8), 1),
    ]

    /// Each unit at most once, the larger before the smaller.
    private static func units(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        if rest.isEmpty { return nil }
        var total: Int64 = 0
        var next = 0
        while !rest.isEmpty {
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            rest = rest.dropFirst(name.count)
            guard let count = Int64(String(decoding: digits, as: UTF8.self)),
                let unit = unitMillis[next...].firstIndex(where: { $0.name.elementsEqual(name) })
            else { return nil }
            let (part, tooLong) = count.multipliedReportingOverflow(by: unitMillis[unit].millis)
            let (sum, overflows) = total.addingReportingOverflow(part)
            if tooLong || overflows || sum > .max / 1_000_000 { return nil }
            total = sum
            next = unit + 1
        }
        return total
    }

    // MARK: - RFC 3339

    private static func rfc3339(_ text: String) -> Int64? {
        var scan = Scan(text: Array(text.utf8))
        guard let year = scan.digits(4), scan.take("-"), let month = scan.digits(2),
            scan.take("-"), let day = scan.digits(2), scan.take("T"),
            let hour = scan.digits(2), scan.take(":"), let minute = scan.digits(2),
            scan.take(":"), let second = scan.digits(2), let fraction = scan.fractionMillis(),
            let offsetMinutes = scan.zone(), scan.isAtEnd,
            (1...12).contains(month), (1...daysIn(month, of: year)).contains(day),
            hour < 24, minute < 60, second < 60
        else { return nil }
        let days = daysSinceEpoch(year, month, day)
        let seconds = days * 86_400 + hour * 3600 + (minute - offsetMinutes) * 60 + second
        return seconds * 1000 + fraction
    }

    /// `2026-11-25T10:43:19.5Z` without needless digits.
    static func rfc3339(_ millis: Int64) -> String {
        let time = min(max(millis, -62_135_596_800_000), 253_402_300_799_999)
        let (days, ofDay) = time.quotientAndRemainder(dividingBy: 86_400_000)
        let dayMillis = ofDay < 0 ? ofDay + 86_400_000 : ofDay
        let (year, month, day) = date(ofDay < 0 ? days - 1 : days)
        let seconds = dayMillis / 1000
        var text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        text += "T\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2))"
        text += ":\(padded(seconds % 60, 2))"
        if dayMillis % 1000 != 0 {
            text += ".\(padded(dayMillis % 1000, 3))"
            while text.hasSuffix("0") { text.removeLast() }
        }
        return text + "Z"
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// The inverse of `daysSinceEpoch`; eras of 400 years.
    private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func daysIn(_ month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Of the proleptic Gregorian calendar; years begin in March here, so that a leap day ends one.
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        return shifted * 365 + leapDays + (monthFromMarch * 153 + 2) / 5 + day - 1 - 719_468
    }

    private struct Scan {
        let text: [UInt8]
        var place = 0

        var isAtEnd: Bool { place == text.count }

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard place < text.count, text[place] == UInt8(ascii: scalar) else { return false }
            place += 1
            return true
        }

        mutating func digit() -> Int64? {
            guard place < text.count,
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[place])
            else { return nil }
            defer { place += 1 }
            return Int64(text[place] - UInt8(ascii: "0"))
        }

        mutating func digits(_ count: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<count {
                guard let next = digit() else { return nil }
                value = value * 10 + next
            }
            return value
        }

        /// Nothing, or a point and digits; what is finer than a millisecond is cut off.
        mutating func fractionMillis() -> Int64? {
            guard take(".") else { return 0 }
            var value: Int64 = 0
            var count = 0
            while let next = digit() {
                if count < 3 { value = value * 10 + next }
                count += 1
            }
            if count == 0 { return nil }
            while count < 3 {
                value *= 10
                count += 1
            }
            return value
        }

        /// Minutes east of Greenwich.
        mutating func zone() -> Int64? {
            if take("Z") { return 0 }
            let isWest = place < text.count && text[place] == UInt8(ascii: "-")
            guard take("+") || take("-"), let hours = digits(2), take(":"),
                let minutes = digits(2), hours < 24, minutes < 60
            else { return nil }
            return (hours * 60 + minutes) * (isWest ? -1 : 1)
        }
    }
}
