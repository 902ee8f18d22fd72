// Answers of the query language as a table, as the JSON of the HTTP API, and as CSV. JSON and CSV
// carry every digit and Unix seconds, as the API does, in its own spelling (`APIText`); tables say
// time in the local zone. Pure.

import History
import PromQL
import QueryAPI

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
            var table = TextTable([("TIME", .whole), ("VALUE", .right)])
            for sample in entry.samples {
                table.add([TimeText.localTime(millis: sample.time), text(sample.value)])
            }
            return Terminal.bold(SeriesText.full(entry.labels)) + "\n" + table.rendered()
        }.joined(separator: "\n")
    }

    /// A row a time, a column a series: for a few series that belong together.
    static func matrix(_ series: [ResultSeries]) -> String {
        var names = SeriesText.distinct(series.map(\.labels))
        if names == ["{}"] { names = ["VALUE"] }
        var rows: [Int64: [String]] = [:]
        for (index, entry) in series.enumerated() {
            for sample in entry.samples {
                rows[sample.time, default: [String](repeating: "-", count: names.count)][index] =
                    text(sample.value)
            }
        }
        var table = TextTable([("TIME", .whole)] + names.map { ($0, .right) })
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

    /// What stands in `data` of the API's answer, and a line end.
    static func json(_ answer: Answer) -> [UInt8] {
        APIText.data(answer.value) + [UInt8(ascii: "\n")]
    }

    static func csv(_ answer: Answer) -> String {
        var text = TextTable.csv(["series", "time", "value"])
        if case .string(let time, let value) = answer.value {
            return text + TextTable.csv(["", APIText.seconds(time), value])
        }
        for entry in answer.series {
            let name = SeriesText.full(entry.labels)
            for sample in entry.samples {
                let value: String
                switch sample.value {
                case .float(let number): value = FloatText.api(number)
                case .histogram(let histogram): value = APIText.histogram(histogram)
                }
                text += TextTable.csv([name, APIText.seconds(sample.time), value])
            }
        }
        return text
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
