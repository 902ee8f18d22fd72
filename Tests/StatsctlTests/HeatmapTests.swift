// Buckets to rows, rows to shades.

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
        let rows = HeatmapRows.rows([step], limit: 10)
        #expect(rows.count <= 20)
        #expect(rows.reduce(0) { $0 + $1.counts[0] } == 200)
    }

    @Test func moreIsDarker() {
        let rows = [HeatmapChart.Row(upper: 0.01, counts: [0, 1, 100])]
        let text = HeatmapChart(rows: rows, window: window, quantity: .seconds).rendered()
        #expect(text.hasPrefix("≤ 10 ms │ ·█│  101\n"), "\(text)")
    }
}
