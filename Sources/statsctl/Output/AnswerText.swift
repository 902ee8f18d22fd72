// Answers of the query language as a table, as the JSON of the HTTP API, and as CSV. JSON and CSV
// carry every digit and Unix seconds, as the API does; tables say time in the local zone. Remarks
// go to stderr. Pure but for the remarks.

import History
import PromQL

enum AnswerText {
    /// One line a series: its newest sample.
    static func table(_ answer: Answer) -> String {
        switch answer.value {
        case .scalar(_, let number): return FloatText.api(number) + "\n"
        case .string(_, let text): return text + "\n"
        case .matrix(let series): return points(series)
        case .vector(let series):
            var table = TextTable([("SERIES", .left), ("VALUE", .right)])
            for entry in series {
                guard let sample = entry.samples.last else { continue }
                table.add([SeriesText.full(entry.labels), text(sample.value)])
            }
            return table.rendered()
        }
    }

    /// Every sample of every series, a block a series.
    private static func points(_ series: [ResultSeries]) -> String {
        series.map { entry in
            var table = TextTable([("TIME", .left), ("VALUE", .right)])
            for sample in entry.samples {
                table.add([TimeText.localTime(millis: sample.time), text(sample.value)])
            }
            return Terminal.bold(SeriesText.full(entry.labels)) + "\n" + table.rendered()
        }.joined(separator: "\n")
    }

    /// A row a time, a column a series: for a few series that belong together.
    static func matrix(_ series: [ResultSeries]) -> String {
        let names = SeriesText.distinct(series.map(\.labels))
        var rows: [Int64: [String]] = [:]
        for (index, entry) in series.enumerated() {
            for sample in entry.samples {
                rows[sample.time, default: [String](repeating: "-", count: names.count)][index] =
                    text(sample.value)
            }
        }
        var table = TextTable([("TIME", .left)] + names.map { ($0, .right) })
        for (time, cells) in rows.sorted(by: { $0.key < $1.key }) {
            table.add([TimeText.localTime(millis: time)] + cells)
        }
        return table.rendered()
    }

    static func text(_ value: PromQL.SampleValue) -> String {
        switch value {
        case .float(let number): return readable(number)
        case .histogram(let histogram):
            return "histogram: count \(readable(histogram.count)), sum \(readable(histogram.sum))"
        }
    }

    /// Six digits; whole numbers whole.
    private static func readable(_ number: Double) -> String {
        if !number.isFinite || abs(number) >= 1e15 { return FloatText.general(number) }
        if number == number.rounded() { return FloatText.api(number) }
        var scale = 1.0
        while abs(number) * scale < 1e5, scale < 1e12 { scale *= 10 }
        return FloatText.general((number * scale).rounded() / scale)
    }

    // MARK: for programs

    /// `{"resultType":...,"result":...}`, as in the HTTP API.
    static func json(_ answer: Answer) -> String {
        let type: String
        let result: String
        switch answer.value {
        case .scalar(let time, let number):
            type = "scalar"
            result = "[\(seconds(time)),\"\(FloatText.api(number))\"]"
        case .string(let time, let text):
            type = "string"
            result = "[\(seconds(time)),\(JSONText.quoted(text))]"
        case .vector(let series):
            type = "vector"
            result = list(series) { pair(in: $0.samples.suffix(1), "value", "histogram") }
        case .matrix(let series):
            type = "matrix"
            result = list(series) { entry in
                let floats = entry.samples.filter { !$0.isHistogram }
                let others = entry.samples.filter(\.isHistogram)
                return [(floats, "values"), (others, "histograms")].filter { !$0.0.isEmpty }.map {
                    "\"\($0.1)\":[" + $0.0.map { pair($0) }.joined(separator: ",") + "]"
                }.joined(separator: ",")
            }
        }
        return "{\"resultType\":\"\(type)\",\"result\":\(result)}\n"
    }

    private static func list(
        _ series: [ResultSeries], _ values: (ResultSeries) -> String
    ) -> String {
        let objects = series.map { "{\"metric\":\(SeriesText.json($0.labels)),\(values($0))}" }
        return "[" + objects.joined(separator: ",\n ") + "]"
    }

    private static func pair(
        in samples: ArraySlice<Sample>, _ float: String, _ histogram: String
    ) -> String {
        guard let sample = samples.last else { return "\"\(float)\":null" }
        return "\"\(sample.isHistogram ? histogram : float)\":" + pair(sample)
    }

    private static func pair(_ sample: Sample) -> String {
        switch sample.value {
        case .float(let number): "[\(seconds(sample.time)),\"\(FloatText.api(number))\"]"
        case .histogram(let histogram): "[\(seconds(sample.time)),\(object(histogram))]"
        }
    }

    private static func object(_ histogram: FloatHistogram) -> String {
        "{\"count\":\"\(FloatText.api(histogram.count))\","
            + "\"sum\":\"\(FloatText.api(histogram.sum))\"}"
    }

    static func csv(_ answer: Answer) -> String {
        var text = TextTable.csv(["series", "time", "value"])
        if case .string(let time, let value) = answer.value {
            return text + TextTable.csv(["", seconds(time), value])
        }
        for entry in answer.series {
            let name = SeriesText.full(entry.labels)
            for sample in entry.samples {
                let value: String
                switch sample.value {
                case .float(let number): value = FloatText.api(number)
                case .histogram(let histogram): value = object(histogram)
                }
                text += TextTable.csv([name, seconds(sample.time), value])
            }
        }
        return text
    }

    /// Unix seconds with up to three decimals.
    static func seconds(_ millis: Int64) -> String { FloatText.api(Double(millis) / 1000) }
}

extension Sample {
    var isHistogram: Bool {
        if case .histogram = value { return true }
        return false
    }
}

extension ResultSeries {
    /// Numbers by time, NaN left out; a histogram counts as its count.
    var points: [(time: Int64, value: Double)] {
        samples.compactMap { sample in
            switch sample.value {
            case .float(let number): number.isNaN ? nil : (sample.time, number)
            case .histogram(let histogram): (sample.time, histogram.count)
            }
        }
    }
}
