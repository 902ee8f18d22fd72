// Query results out of JSON: scalars, strings, vectors, matrices, and native histograms as they
// are told there, by their bounds. The order of keys does not matter here, since servers differ in
// it, but numbers must be strings as the API has them. A value, any thread.

import PromQL

extension JSONCursor {
    /// `{"resultType":...,"result":...}`, in either order.
    mutating func queryValue() throws(APIReadError) -> QueryValue {
        var type: String?
        var result: JSONCursor?
        try object { (cursor, name) throws(APIReadError) in
            switch name {
            case "resultType": type = try cursor.string()
            case "result":
                result = cursor
                try cursor.skip()
            default: try cursor.skip()
            }
        }
        guard var result else { throw failure("no result") }
        switch type {
        case "scalar":
            let (time, value) = try result.point()
            return .scalar(time: time, value)
        case "string":
            var text = ""
            let time = try result.pair { (cursor) throws(APIReadError) in
                text = try cursor.string()
            }
            return .string(time: time, text)
        case "vector": return .vector(try result.seriesList())
        case "matrix": return .matrix(try result.seriesList())
        case let other: throw failure("the resultType is \(other ?? "missing")")
        }
    }

    private mutating func seriesList() throws(APIReadError) -> [ResultSeries] {
        var list: [ResultSeries] = []
        if try takeNull() { return list }
        try array { (cursor, _) throws(APIReadError) in list.append(try cursor.series()) }
        return list
    }

    private mutating func series() throws(APIReadError) -> ResultSeries {
        var series = ResultSeries(labels: .empty, samples: [])
        var histograms: [Sample] = []
        try object { (cursor, name) throws(APIReadError) in
            switch name {
            case "metric": series.labels = try cursor.labels()
            case "value": series.samples.append(try cursor.floatSample())
            case "histogram": histograms.append(try cursor.histogramSample())
            case "values":
                try cursor.array { (cursor, _) throws(APIReadError) in
                    series.samples.append(try cursor.floatSample())
                }
            case "histograms":
                try cursor.array { (cursor, _) throws(APIReadError) in
                    histograms.append(try cursor.histogramSample())
                }
            default: try cursor.skip()
            }
        }
        if histograms.isEmpty { return series }
        // Each list ascends by itself.
        series.samples = (series.samples + histograms).sorted { $0.time < $1.time }
        return series
    }

    // MARK: - Points

    private mutating func floatSample() throws(APIReadError) -> Sample {
        let (time, value) = try point()
        return Sample(time: time, value: .float(value))
    }

    private mutating func histogramSample() throws(APIReadError) -> Sample {
        var histogram = FloatHistogram()
        let time = try pair { (cursor) throws(APIReadError) in histogram = try cursor.histogram() }
        return Sample(time: time, value: .histogram(histogram))
    }

    private mutating func point() throws(APIReadError) -> (Int64, Double) {
        var value = 0.0
        let time = try pair { (cursor) throws(APIReadError) in value = try cursor.quotedNumber() }
        return (time, value)
    }

    /// `[seconds, second]`; Unix milliseconds.
    private mutating func pair(
        _ second: (inout JSONCursor) throws(APIReadError) -> Void
    ) throws(APIReadError) -> Int64 {
        var time: Int64 = 0
        var count = 0
        try array { (cursor, index) throws(APIReadError) in
            switch index {
            case 0:
                let millis = (try cursor.number() * 1000).rounded()
                guard millis.magnitude < 9e18 else { throw cursor.failure("no time") }
                time = Int64(millis)
            case 1: try second(&cursor)
            default: throw cursor.failure("a point has two parts")
            }
            count = index + 1
        }
        guard count == 2 else { throw failure("a point has two parts") }
        return time
    }

    mutating func quotedNumber() throws(APIReadError) -> Double {
        let start = place
        let text = try string()
        switch text {
        case "NaN": return .nan
        case "+Inf", "Inf": return .infinity
        case "-Inf": return -.infinity
        default:
            guard let value = Double(text), value.isFinite else {
                throw .malformed(byte: start, "\"\(text.prefix(40))\" is no number")
            }
            return value
        }
    }

    // MARK: - Histograms

    private mutating func histogram() throws(APIReadError) -> FloatHistogram {
        var count = 0.0
        var sum = 0.0
        var buckets: [HistogramBucket] = []
        try object { (cursor, name) throws(APIReadError) in
            switch name {
            case "count": count = try cursor.quotedNumber()
            case "sum": sum = try cursor.quotedNumber()
            case "buckets":
                try cursor.array { (cursor, _) throws(APIReadError) in
                    buckets.append(try cursor.bucket())
                }
            default: try cursor.skip()
            }
        }
        return HistogramBounds.histogram(count: count, sum: sum, buckets)
    }

    /// `[rule, "lower", "upper", "count"]`
    private mutating func bucket() throws(APIReadError) -> HistogramBucket {
        var rule = 0.0
        var numbers: [Double] = []
        try array { (cursor, index) throws(APIReadError) in
            if index == 0 {
                rule = try cursor.number()
            } else {
                numbers.append(try cursor.quotedNumber())
            }
        }
        guard numbers.count == 3, [0, 1, 2, 3].contains(rule), !(numbers[1] < numbers[0]) else {
            throw failure("a bucket is [rule, \"lower\", \"upper\", \"count\"]")
        }
        return HistogramBucket(
            lower: numbers[0], upper: numbers[1], includesLower: rule == 1 || rule == 3,
            includesUpper: rule == 0 || rule == 3, count: numbers[2])
    }
}
