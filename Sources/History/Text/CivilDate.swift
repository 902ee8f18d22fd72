// A calendar date and the scanner of written times, both behind `TimeText`. Dates are checked:
// February 30 is no date. The day count works on eras of 400 years (146,097 days) beginning in
// March, so that the leap day comes last. Any thread.

struct CivilDate: Equatable, CustomStringConvertible {
    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// - Parameter days: since 1970-01-01.
    init(days: Int64) {
        let shifted = days + 719_468
        let era = TimeText.floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Days since 1970-01-01.
    var days: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = TimeText.floorDivide(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    var description: String {
        [TimeText.padded(year, 4), TimeText.padded(month, 2), TimeText.padded(day, 2)]
            .joined(separator: "-")
    }
}

struct TimeScanner {
    struct Clock {
        /// Since midnight.
        var millis: Int64 = 0
    }

    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func take(_ character: Character) -> Bool {
        guard offset < bytes.count, bytes[offset] == character.asciiValue else { return false }
        offset += 1
        return true
    }

    /// Exactly `count` digits, in range.
    private mutating func digits(_ count: Int, _ range: ClosedRange<Int64>) -> Int64? {
        guard offset + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for byte in bytes[offset..<offset + count] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        guard range.contains(value) else { return nil }
        offset += count
        return value
    }

    mutating func date() -> CivilDate? {
        guard let year = digits(4, 1...9999), take("-"), let month = digits(2, 1...12), take("-"),
            let day = digits(2, 1...31)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        return CivilDate(days: date.days) == date ? date : nil
    }

    mutating func clock() -> Clock? {
        guard let hour = digits(2, 0...23), take(":"), let minute = digits(2, 0...59) else {
            return nil
        }
        var clock = Clock(millis: (hour * 60 + minute) * 60_000)
        guard take(":") else { return clock }
        guard let second = digits(2, 0...60) else { return nil }
        clock.millis += second * 1000
        guard take(".") else { return clock }
        var scale: Int64 = 100
        var count = 0
        while let digit = digits(1, 0...9) {
            clock.millis += digit * scale
            scale /= 10
            count += 1
        }
        return count > 0 ? clock : nil
    }

    mutating func offsetMinutes() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let isNegative = take("-")
        guard isNegative || take("+"), let hour = digits(2, 0...23), take(":"),
            let minute = digits(2, 0...59)
        else { return nil }
        return (hour * 60 + minute) * (isNegative ? -1 : 1)
    }
}
