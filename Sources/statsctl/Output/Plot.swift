// A line chart for the terminal: braille dots, a labelled value axis, a time axis, marks of
// events, a letter per series at its right end so that it can be told apart without colours. Gaps
// stay gaps: two points farther apart than `gap` are not joined. Pure but for the colours.

import History

struct PlotSeries {
    var name: String
    /// Ascending by time; no NaN.
    var points: [(time: Int64, value: Double)]
}

struct Plot {
    var series: [PlotSeries]
    var window: Window
    var quantity = Quantity.plain
    var events: [EventMark] = []
    var columns = 80
    var rows = 12
    var isLogarithmic = false

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    func rendered() -> String {
        let axis = ValueAxis(
            series.flatMap { $0.points.map(\.value) }, rows: rows, isLogarithmic: isLogarithmic)
        let labels = axis.ticks(rows: rows).map { ($0.row, quantity.text($0.value)) }
        let margin = (labels.map { $0.1.count }.max() ?? 0) + 2
        let width = max(20, columns - margin - 2)
        var canvas = BrailleCanvas(columns: width, rows: rows)
        for (index, series) in series.enumerated() { draw(series, index, axis, &canvas) }
        let marks = markColumns(width)
        var text = ""
        for row in 0..<rows {
            let label = labels.first { $0.0 == row }?.1 ?? ""
            text += Terminal.dim(padded(label, margin - 2) + (label.isEmpty ? " │" : " ┤"))
            text += line(row, canvas, marks, endLetters(row, axis)) + "\n"
        }
        return text + timeAxis(width, margin, marks) + legend() + eventLines()
    }

    private func draw(
        _ series: PlotSeries, _ index: Int, _ axis: ValueAxis, _ canvas: inout BrailleCanvas
    ) {
        var last: (x: Int, y: Int, time: Int64)?
        for point in series.points {
            guard let part = axis.part(point.value) else { continue }
            let x = place(point.time, canvas.width)
            let y = canvas.height - 1 - Int((part * Double(canvas.height - 1)).rounded())
            if let before = last, point.time - before.time <= window.step * 3 / 2 {
                canvas.line(from: (before.x, before.y), to: (x, y), owner: index)
            } else {
                canvas.set(x, y, owner: index)
            }
            last = (x, y, point.time)
        }
    }

    private func place(_ time: Int64, _ width: Int) -> Int {
        let part = Double(time - window.start) / Double(max(1, window.length))
        return Int((part * Double(width - 1)).rounded())
    }

    private func line(
        _ row: Int, _ canvas: BrailleCanvas, _ marks: [Int: Int], _ letters: String
    ) -> String {
        var text = ""
        var blank = ""
        for column in 0..<canvas.columns {
            if canvas.isEmpty(row: row, column: column) {
                guard marks[column] != nil else {
                    blank += " "
                    continue
                }
                text += blank + Terminal.dim("┊")
            } else {
                let dots = String(canvas.character(row: row, column: column))
                text += blank + colour(canvas.owner(row: row, column: column)).paint(dots)
            }
            blank = ""
        }
        return letters.isEmpty ? text : text + blank + letters
    }

    /// Letters of the series that end in this row.
    private func endLetters(_ row: Int, _ axis: ValueAxis) -> String {
        guard series.count > 1 else { return "" }
        var text = ""
        for (index, series) in series.enumerated() {
            guard let last = series.points.last, let part = axis.part(last.value) else { continue }
            let y = rows * 4 - 1 - Int((part * Double(rows * 4 - 1)).rounded())
            if y / 4 == row { text += colour(index).paint(letter(index)) }
        }
        return text.isEmpty ? "" : " " + text
    }

    private func letter(_ index: Int) -> String { String(Self.letters[index % 26]) }

    private func colour(_ index: Int) -> Colour {
        Colour.ofSeries[max(0, index) % Colour.ofSeries.count]
    }

    private func timeAxis(_ width: Int, _ margin: Int, _ marks: [Int: Int]) -> String {
        var axis = [Character](repeating: "─", count: width)
        for (column, number) in marks { axis[column] = number < 9 ? "▲" : "△" }
        let edge = padded("", margin - 2) + " └"
        let start = clock(window.start)
        let middle = clock(window.start + window.length / 2)
        let end = clock(window.end)
        var times = padded("", margin) + start
        let centre = margin + width / 2 - middle.count / 2
        if centre > times.count + 1, centre + middle.count + end.count + 1 < margin + width {
            times += String(repeating: " ", count: centre - times.count) + middle
        }
        times += String(repeating: " ", count: max(1, margin + width - end.count - times.count))
        return Terminal.dim(edge + String(axis)) + "\n" + Terminal.dim(times + end) + "\n"
    }

    /// Clock time; the date too when the window is longer than a day.
    private func clock(_ time: Int64) -> String {
        let text = TimeText.localTime(millis: time)
        if window.length > 86_400_000 { return String(text.dropFirst(5).dropLast(3)) }
        return String(text.dropFirst(11).dropLast(window.length > 7_200_000 ? 3 : 0))
    }

    private func legend() -> String {
        var text = ""
        for (index, series) in series.enumerated() {
            let values = series.points.map(\.value)
            guard let least = values.min(), let most = values.max(), let last = values.last else {
                continue
            }
            let mark = self.series.count > 1 ? letter(index) + "  " : ""
            let numbers =
                "  min \(quantity.text(least))  max \(quantity.text(most))"
                + "  last \(quantity.text(last))"
            let room = columns - mark.count - numbers.count
            let name =
                series.name.count > room && room > 8
                ? series.name.prefix(room - 1) + "…" : series.name[...]
            text += colour(index).paint(mark + name) + Terminal.dim(numbers) + "\n"
        }
        return text
    }

    // MARK: events

    private func markColumns(_ width: Int) -> [Int: Int] {
        var marks: [Int: Int] = [:]
        for (index, event) in events.enumerated()
        where event.time >= window.start && event.time <= window.end {
            marks[place(event.time, width)] = index
        }
        return marks
    }

    private func eventLines() -> String {
        let shown = events.filter { $0.time >= window.start && $0.time <= window.end }
        var text = ""
        for event in shown.suffix(9) { text += "▲ \(clock(event.time))  \(event.line)\n" }
        if shown.count > 9 { text = "▲ \(shown.count - 9) earlier events\n" + text }
        return text
    }

    private func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
