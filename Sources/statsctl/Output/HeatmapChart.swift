// A histogram over time in the terminal: a row per range of values, a column per step, darker
// where more was observed. Shades of blocks without colours, a cold-to-hot scale with them. Shades
// follow the square root of the count, so that rare slow requests stay visible beside the bulk.
// Pure.

import Glibc
import History

struct HeatmapChart {
    struct Row {
        /// Upper bound of the row, included; infinite for the last of classic buckets.
        var upper: Double
        /// Observations in each step.
        var counts: [Double]
    }

    /// Ascending by upper bound.
    var rows: [Row]
    var window: Window
    var quantity = Quantity.plain

    private static let shades: [Character] = [" ", "·", "░", "▒", "▓", "█"]

    func rendered() -> String {
        let most = rows.flatMap(\.counts).max() ?? 0
        let labels = rows.map { $0.upper.isInfinite ? "more" : "≤ " + quantity.text($0.upper) }
        let margin = labels.map(\.count).max() ?? 0
        var text = ""
        for (row, label) in zip(rows, labels).reversed() {
            let gap = String(repeating: " ", count: margin - label.count)
            let total = row.counts.reduce(0, +)
            var line = row.counts.map { Self.cell($0, most) }.joined()
            if !Terminal.hasColours { line += Terminal.dim("│") }
            text += Terminal.dim(gap + label + " │") + line
            text += "  " + Quantity.plain.text(total.rounded())
            text += "\n"
        }
        return text + axis(margin) + scale(most)
    }

    private static func cell(_ count: Double, _ most: Double) -> String {
        guard count > 0, most > 0 else { return " " }
        let part = (count / most).squareRoot()
        if Terminal.hasColours {
            return Colour.heat(Int(part * Double(Colour.heatLevels - 1)), " ")
        }
        return String(shades[max(1, Int((part * Double(shades.count - 1)).rounded()))])
    }

    private func axis(_ margin: Int) -> String {
        let width = rows.first?.counts.count ?? 0
        let start = TimeText.localTime(millis: window.start - window.step).dropFirst(11)
        let end = TimeText.localTime(millis: window.end).dropFirst(11)
        let gap = max(1, width - start.count - end.count)
        let edge = String(repeating: " ", count: margin) + " "
        return Terminal.dim(edge + "└" + String(repeating: "─", count: width)) + "\n"
            + Terminal.dim(edge + " " + start + String(repeating: " ", count: gap) + end) + "\n"
    }

    private func scale(_ most: Double) -> String {
        let step = TimeText.duration(millis: window.step)
        let count = Quantity.plain.text(most.rounded())
        return Terminal.dim(
            "\(Terminal.hasColours ? "brightest" : "darkest") cell: \(count) in \(step)")
            + "\n"
    }
}
