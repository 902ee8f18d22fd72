// Functions of single samples: values of
// the published test files, and dates
// against a count of days.

import Testing

@testable import PromQL

@Suite struct SampleFunctionTests {
    static func apply(
        _ function: Function, _ value: SampleValue, _ parameters: [Double] = []
    ) -> Double? {
        let body = SampleFunctions.body(of: function)
        guard case .float(let result) = body?(value, parameters) else { return nil }
        return result
    }

    static let numbers: [(Function, Double, [Double], Double)] = [
        (.abs, -2.5, [], 2.5), (.ceil, -2.5, [], -2), (.floor, -2.5, [], -3),
        (.round, -2.5, [], -2), (.round, 2.5, [], 3), (.round, 14.3, [5], 15),
        (.round, 0.26, [0.1], 0.3), (.round, .nan, [], .nan),
        (.sgn, -.infinity, [], -1), (.sgn, .nan, [], .nan), (.sgn, 0, [], 0),
        (.clamp, -50, [-25, 75], -25), (.clamp, 100, [-25, 75], 75), (.clamp, 1, [0, .nan], .nan),
        (.clampMin, -50, [-25], -25), (.clampMax, 100, [75], 75), (.clampMax, 1, [.nan], .nan),
        (.exp, 10, [], 22026.465794806718), (.ln, 20, [], 2.995732273553991),
        (.ln, -10, [], .nan), (.log2, 10, [], 3.3219280948873626), (.log10, 0, [], -.infinity),
        (.sqrt, 20, [], 4.47213595499958), (.deg, .pi, [], 180), (.rad, 180, [], .pi),
        (.sin, 10, [], -0.5440211108893699), (.acosh, 10, [], 2.993222846126381),
        (.atanh, 0.5, [], 0.5493061443340548), (.cosh, 1, [], 1.5430806348152437),
        (.year, 1_136_239_445, [], 2006), (.month, 1_136_239_445, [], 1),
        (.dayOfMonth, 1_136_239_445, [], 2), (.dayOfYear, 1_136_239_445, [], 2),
        (.dayOfWeek, 0, [], 4), (.dayOfWeek, 1_136_239_445, [], 1),
        (.hour, 1_136_239_445, [], 22), (.minute, 1_136_239_445, [], 4),
        (.year, 1_230_767_999, [], 2008), (.year, 1_230_768_000, [], 2009),
        (.dayOfMonth, 1_456_790_399, [], 29), (.dayOfMonth, 1_456_790_400, [], 1),
        (.dayOfYear, 1_483_191_420, [], 366), (.dayOfYear, 1_672_493_820, [], 365),
        (.daysInMonth, 1_454_284_800, [], 29), (.daysInMonth, 1_485_907_200, [], 28),
        (.year, -1, [], 1969), (.hour, -1, [], 23), (.dayOfWeek, -86_400, [], 3),
        (.year, .nan, [], .nan), (.month, 1e300, [], .nan),
    ]

    @Test(arguments: numbers)
    func computes(function: Function, value: Double, parameters: [Double], expected: Double) {
        let result = Self.apply(function, .float(value), parameters)
        #expect(isClose(result ?? -1e99, expected), "\(function) of \(value): \(result ?? -1e99)")
        #expect(Self.apply(function, .histogram(FloatHistogram()), parameters) == nil)
    }

    @Test func crossedClampIsEmpty() {
        #expect(Self.apply(.clamp, .float(0), [5, -5]) == nil)
    }

    @Test func datesFollowTheCalendar() {
        // Day by day over 800 years, with lengths of months written out.
        var (year, month, day, ofYear) = (1600, 1, 1, 1)
        var seconds = -11_676_096_000.0
        while year < 2400 {
            let date = CivilTime(seconds + 43_200)
            #expect(date?.year == year && date?.month == month && date?.day == day)
            #expect(date?.dayOfYear == ofYear && date?.hour == 12)
            let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            #expect(date?.daysInMonth == lengths[month - 1])
            day += 1
            ofYear += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month, ofYear) = (year + 1, 1, 1) }
            seconds += 86_400
        }
    }

    static let positive =
        "schema:-53 count:110 sum:330 custom_values:[0 0.1 0.2 1] "
        + "buckets:[0 50 20 40]"
    static let negative =
        "schema:-53 count:20 sum:80 custom_values:[-0.25 -0.2 -0.1 0.3] "
        + "buckets:[0 10 10]"

    @Test func fractionsOfHistograms() {
        let positive = TestHistogram.read(Self.positive)
        #expect(isClose(positive.fraction(from: 0, to: 0.2), 0.6363636363636364))
        #expect(TestHistogram.read(Self.negative).fraction(from: 0, to: 0.2) == 0)
    }

    static let histograms: [(Function, String, [Double], Double)] = [
        (.histogramCount, positive, [], 110), (.histogramSum, negative, [], 80),
        (.histogramAvg, positive, [], 3), (.histogramAvg, negative, [], 4),
        (.histogramStddev, positive, [], 2.7435461458749795),
        (.histogramStddev, negative, [], 4.187667907081458),
        (.histogramStdvar, positive, [], 7.527045454545455),
        (.histogramStdvar, negative, [], 17.5365625),
        // Observations at the geometric middle of (1, 2] and of (2, 4], and zeros.
        (.histogramStdvar, "count:2 sum:0 z_bucket:2", [], 0),
        (.histogramStdvar, "count:1 sum:1.4142135623730951 offset:1 buckets:[1]", [], 0),
    ]

    @Test(arguments: histograms)
    func readsHistograms(function: Function, text: String, parameters: [Double], expected: Double) {
        let histogram = SampleValue.histogram(TestHistogram.read(text))
        let result = Self.apply(function, histogram, parameters)
        #expect(isClose(result ?? -1e99, expected), "\(function): \(result ?? -1e99)")
        #expect(Self.apply(function, .float(1), parameters) == nil)
    }
}
