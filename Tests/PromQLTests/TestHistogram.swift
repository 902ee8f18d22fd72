// Native histograms and windows as tests write them: histograms in the notation of
// test files without the double braces ("schema:1 count:5 buckets:[1 2]"), windows as
// values at a fixed interval.

@testable import PromQL
@testable import PromQLTest

enum TestHistogram {
    static func read(_ text: String) -> FloatHistogram {
        var cursor = LineCursor("{{\(text)}}", line: 1)
        do {
            return try cursor.histogram().value
        } catch {
            preconditionFailure("\(text): \(error.text)")
        }
    }
}

enum TestWindow {
    /// Samples every `interval` seconds from 0; nil leaves a gap. The window is (end - length,
    /// end].
    static func floats(
        _ values: [Double?], interval: Double, end: Double, length: Double,
        name: String = "x_total"
    ) -> RangeWindow {
        mixed(
            values.map { $0.map { .float($0) } }, interval: interval, end: end, length: length,
            name: name)
    }

    static func histograms(
        _ texts: [String], interval: Double, end: Double, length: Double, name: String = "x"
    ) -> RangeWindow {
        mixed(
            texts.map { .histogram(TestHistogram.read($0)) }, interval: interval, end: end,
            length: length, name: name)
    }

    static func mixed(
        _ samples: [SampleValue?], interval: Double, end: Double, length: Double,
        name: String = "x"
    ) -> RangeWindow {
        let last = Int64(end * 1000)
        let first = last - Int64(length * 1000)
        var times: [Int64] = []
        var values: [Double] = []
        var histogramTimes: [Int64] = []
        var histograms: [FloatHistogram] = []
        for (index, sample) in samples.enumerated() {
            let time = Int64(Double(index) * interval * 1000)
            guard time > first, time <= last, let sample else { continue }
            switch sample {
            case .float(let value):
                times.append(time)
                values.append(value)
            case .histogram(let histogram):
                histogramTimes.append(time)
                histograms.append(histogram)
            }
        }
        return RangeWindow(
            time: last, start: first, end: last, times: times[...], values: values[...],
            histogramTimes: histogramTimes[...], histograms: histograms[...], metricName: name)
    }
}

/// Apart by less than a millionth, as the test files compare; NaN equals NaN.
func isClose(_ left: Double, _ right: Double) -> Bool {
    if left.isNaN || right.isNaN { return left.isNaN && right.isNaN }
    return left == right || abs(left - right) < 1e-6 * (abs(left) + abs(right))
        || abs(left - right) < 1e-12
}

extension FloatHistogram {
    /// Equal up to rounding, once both are compact; hints apart.
    func isClose(to other: FloatHistogram) -> Bool {
        let (left, right) = (compacted(), other.compacted())
        func all(_ one: [Double], _ two: [Double]) -> Bool {
            one.count == two.count && zip(one, two).allSatisfy { PromQLTests.isClose($0, $1) }
        }
        return left.schema == right.schema && left.zeroThreshold == right.zeroThreshold
            && left.positiveSpans == right.positiveSpans
            && left.negativeSpans == right.negativeSpans
            && left.customBounds == right.customBounds
            && all(
                [left.count, left.sum, left.zeroCount], [right.count, right.sum, right.zeroCount])
            && all(left.positive, right.positive) && all(left.negative, right.negative)
    }
}
