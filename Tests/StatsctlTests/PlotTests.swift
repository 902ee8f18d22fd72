// Known series to known characters.

import Testing

@testable import statsctl

struct PlotTests {
    private let minute = Window(start: 0, end: 60_000, step: 20_000)

    @Test func aRisingLineGoesFromCornerToCorner() {
        var canvas = BrailleCanvas(columns: 2, rows: 1)
        canvas.line(from: (0, 3), to: (3, 0), owner: 0)
        #expect(String(canvas.character(row: 0, column: 0)) == "⡠")
        #expect(String(canvas.character(row: 0, column: 1)) == "⠊")
    }

    @Test func dotsOutsideAreLeftOut() {
        var canvas = BrailleCanvas(columns: 1, rows: 1)
        canvas.set(-1, 0, owner: 0)
        canvas.set(0, 4, owner: 0)
        canvas.set(2, 0, owner: 0)
        #expect(canvas.isEmpty(row: 0, column: 0))
    }

    @Test func axesHaveRoundTicks() {
        let cases: [(values: [Double], ticks: [Double])] = [
            ([0, 10], [0, 5, 10]), ([3, 97], [0, 50, 100]), ([5, 5], [0, 5]),
            ([-1, 1], [-1, 0, 1]), ([], [0, 0.5, 1]),
        ]
        for (values, ticks) in cases {
            let axis = ValueAxis(values, rows: 4)
            #expect(axis.ticks(rows: 4).map(\.value) == ticks, "\(values)")
        }
    }

    @Test func aLogarithmicAxisHasPowersOfTen() {
        let axis = ValueAxis([0.5, 800], rows: 8, isLogarithmic: true)
        #expect(axis.ticks(rows: 8).map(\.value) == [0.1, 1, 10, 100, 1000])
        #expect(axis.part(0) == nil)
    }

    @Test func everyLineFitsTheWidth() {
        let series = ["one", "two"].map { name in
            PlotSeries(name: name, points: (0...3).map { (Int64($0) * 20_000, Double($0 * 40)) })
        }
        let event = EventMark(time: 30_000, kind: "config", subject: "", text: "changed")
        let text = Plot(
            series: series, window: minute, events: [event], columns: 40, rows: 4
        ).rendered()
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 42 }, "\(text)")
        #expect(text.contains("▲"))
        #expect(text.contains("┊"))
        #expect(text.contains("config: changed"))
        #expect(text.contains("AB"), "both end in one row")
    }

    @Test func gapsStayGaps() {
        let points: [(time: Int64, value: Double)] = [(0, 1), (60_000, 1)]
        let series = [PlotSeries(name: "gap", points: points)]
        let text = Plot(series: series, window: minute, columns: 40, rows: 3).rendered()
        let dots = text.unicodeScalars.filter { (0x2801...0x28FF).contains($0.value) }
        #expect(dots.count == 2, "\(text)")
    }

    @Test func progressIsABarWithItsShare() {
        #expect(Progress.line("x", 1, 2).hasPrefix("x ████████████░"))
        #expect(Progress.line("x", 5, 2).hasSuffix("100 %"))
    }
}
