// Buckets to rows, rows to shades.

import Glibc
import PromQL
import Testing

@testable import statsctl

struct HeatmapTests {
    private let window = Window(start: 0, end: 1000, step: 1000)

    @Test func nativeBucketsHaveTheirUpperBounds() {
        var histogram = FloatHistogram()
        histogram.count = 3
        histogram.positiveSpans = [
            FloatHistogram.Span(offset: 0, length: 1), FloatHistogram.Span(offset: 1, length: 1),
        ]
        histogram.positive = [1, 2]
        let series = ResultSeries(
            labels: .empty, samples: [Sample(time: 1000, value: .histogram(histogram))])
        let steps = HeatmapRows.native([series], window)
        #expect(steps[0].isEmpty)
        #expect(steps[1].map(\.upper) == [1, 4])
        #expect(steps[1].map(\.count) == [1, 2])
    }

    @Test func classicBucketsLoseWhatIsBelowThem() {
        let series = [("0.1", 2.0), ("1", 5), ("+Inf", 6)].map { bound, count in
            ResultSeries(
                labels: Labels(["le": bound]), samples: [Sample(time: 0, value: .float(count))])
        }
        let steps = HeatmapRows.classic(series, window)
        #expect(steps[0].map(\.count) == [2, 3, 1])
        #expect(HeatmapRows.rows(steps, limit: 8).map(\.upper) == [0.1, 1, .infinity])
    }

    @Test func manyBucketsBecomeFewRowsAndNothingIsLost() {
        let step: HeatmapRows.Step = (0..<200).map { (0.001 * Double($0 + 1), 1) }
        for limit in 2...40 {
            let rows = HeatmapRows.rows([step], limit: limit)
            #expect(rows.count <= limit)
            #expect(rows.reduce(0) { $0 + $1.counts[0] } == 200)
            #expect(rows.map(\.upper) == rows.map(\.upper).sorted())
            #expect(rows[0].counts[0] > 0 && rows[rows.count - 1].counts[0] > 0, "\(limit)")
        }
        #expect(
            HeatmapRows.rows([step], limit: 10).map(\.upper) == [
                0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2,
            ])
    }

    @Test func rowsStayFewWhateverTheBounds() {
        let tiny: HeatmapRows.Step = (0..<300).map { (exp2(Double($0 - 250)), 1) }
        for last in [1e9, Double.infinity] {
            let rows = HeatmapRows.rows([tiny + [(last, 1)]], limit: 6)
            #expect(rows.count <= 6, "\(last)")
            #expect(rows.reduce(0) { $0 + $1.counts[0] } == 301)
        }
        #expect(HeatmapRows.rows([[(0, 3)]], limit: 6).map(\.upper) == [0])
        #expect(HeatmapRows.rows([[]], limit: 6).isEmpty)
    }

    @Test func columnsFillTheirWidth() {
        for seconds in [60, 180, 600, 3600, 86_400, 2_592_000] as [Int64] {
            let count = seconds * 1000 / Window.columnStep(seconds * 1000, columns: 58)
            // Whole seconds leave no choice in a window of a few minutes.
            #expect(((seconds < 600 ? 29 : 50)...58).contains(count), "\(seconds) s: \(count)")
        }
    }

    @Test func moreIsDarker() {
        let rows = [HeatmapChart.Row(upper: 0.01, counts: [0, 1, 100])]
        let text = HeatmapChart(rows: rows, window: window, quantity: .seconds).rendered()
        #expect(text.hasPrefix("≤ 10 ms │ ·█│  101\n"), "\(text)")
    }
}
