// Columns of text: widths from the content, numbers to the right, the first column cut in its
// middle when COLUMNS is too narrow. Also the one line of CSV (RFC 4180 quoting). Pure text; no
// escape sequence ever gets into a measured cell.

struct TextTable {
    enum Alignment {
        case left, right
        /// To the left, and never cut: times.
        case whole
    }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    func rendered(columns limit: Int? = Terminal.columns) -> String {
        var widths = columns.map(\.title.count)
        for row in rows {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
        }
        let total = widths.reduce(0, +) + 2 * (widths.count - 1)
        if let limit { narrow(&widths, by: total - limit) }
        var text = Terminal.bold(line(columns.map(\.title), widths)) + "\n"
        for row in rows { text += line(row, widths) + "\n" }
        return text
    }

    /// Takes from the widest column that has letters to spare; numbers stay whole.
    private func narrow(_ widths: inout [Int], by excess: Int) {
        let least = columns.indices.map { index in
            switch columns[index].alignment {
            case .left: 8
            case .right: max(8, rows.map { $0[index].count }.max() ?? 0)
            case .whole: widths[index]
            }
        }
        for _ in 0..<max(0, excess) {
            let candidates = widths.indices.filter { widths[$0] > least[$0] }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var result = ""
        for (index, cell) in cells.enumerated() {
            if index > 0 { result += "  " }
            let shown = Self.cut(cell, to: widths[index])
            let margin = String(repeating: " ", count: widths[index] - shown.count)
            let isLast = index == cells.count - 1
            switch columns[index].alignment {
            case .left, .whole: result += isLast ? shown : shown + margin
            case .right: result += margin + shown
            }
        }
        // An empty last cell leaves no margin behind.
        while result.hasSuffix(" ") { result.removeLast() }
        return result
    }

    /// Both ends of what is too long: a series is told apart by its last labels as well.
    static func cut(_ cell: String, to width: Int) -> String {
        guard cell.count > width else { return cell }
        let tail = cell.contains("{") ? (width - 1) / 2 : 0
        return cell.prefix(width - 1 - tail) + "…" + cell.suffix(tail)
    }

    static func csv(_ cells: [String]) -> String {
        cells.map { cell in
            let isPlain = !cell.contains { $0 == "," || $0 == "\"" || $0.isNewline }
            return isPlain ? cell : "\"" + cell.replacing("\"", with: "\"\"") + "\""
        }.joined(separator: ",") + "\n"
    }
}
