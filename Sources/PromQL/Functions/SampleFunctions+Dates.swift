// Parts of dates from Unix seconds, in UTC and the proleptic Gregorian calendar.
// Days are counted from 1 March of year 0, so that the leap day is the last one of a
// year. Pure, any thread.

/// A moment by calendar and clock.
struct CivilTime: Equatable {
    var year = 0
    /// 1...12
    var month = 1
    /// 1...31
    var day = 1
    /// 0 is Sunday.
    var weekday = 0
    /// 1...366
    var dayOfYear = 1
    var hour = 0
    var minute = 0

    /// Fractions are cut towards 0. nil for NaN, infinity and what no calendar reaches.
    init?(_ seconds: Double) {
        guard seconds.magnitude < 9e18 else { return nil }
        let seconds = Int64(seconds)
        let days = Self.quotient(seconds, 86_400)
        let clock = seconds - days * 86_400
        hour = Int(clock / 3600)
        minute = Int(clock / 60 % 60)
        // 1 January 1970 was a Thursday.
        weekday = Int(Self.remainder(days + 4, 7))
        // An era is 400 years, 146097 days; 719468 days lie before 1970.
        let shifted = days + 719_468
        let era = Self.quotient(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let century = dayOfEra / 36_524 - dayOfEra / 146_096
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + century) / 365
        let fromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * fromMarch + 2) / 153
        day = Int(fromMarch - (153 * marchMonth + 2) / 5) + 1
        month = Int(marchMonth < 10 ? marchMonth + 3 : marchMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        // From March on there are 59 days before, or 60; January and February end the March year.
        dayOfYear = Int(fromMarch) + (month <= 2 ? -305 : 60 + (isLeap ? 1 : 0))
    }

    var isLeap: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    var daysInMonth: Int {
        switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func quotient(_ number: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private static func remainder(_ number: Int64, _ divisor: Int64) -> Int64 {
        number - quotient(number, divisor) * divisor
    }
}

extension SampleFunctions {
    static func datePart(_ function: Function) -> ((CivilTime?) -> Double)? {
        switch function {
        case .year: { number($0?.year) }
        case .month: { number($0?.month) }
        case .dayOfMonth: { number($0?.day) }
        case .dayOfWeek: { number($0?.weekday) }
        case .dayOfYear: { number($0?.dayOfYear) }
        case .daysInMonth: { number($0?.daysInMonth) }
        case .hour: { number($0?.hour) }
        case .minute: { number($0?.minute) }
        default: nil
        }
    }

    private static func number(_ part: Int?) -> Double {
        part.map(Double.init) ?? .nan
    }
}
