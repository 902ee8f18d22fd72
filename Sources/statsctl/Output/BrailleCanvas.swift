// A canvas of braille dots, 2 by 4 to a character, with a colour per character: the last series
// that drew there has it. Lines are drawn dot by dot along the longer side. It knows dots only;
// axes and letters are the chart's. A value, no thread.

struct BrailleCanvas {
    let columns: Int
    let rows: Int
    private var dots: [UInt8]
    private var owners: [Int]

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        dots = [UInt8](repeating: 0, count: columns * rows)
        owners = [Int](repeating: -1, count: columns * rows)
    }

    var width: Int { columns * 2 }
    var height: Int { rows * 4 }

    /// Dot bits of a braille cell, by row and column.
    private static let bits: [[UInt8]] = [
        [0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80],
    ]

    /// (0, 0) is the upper left dot; what lies outside is left out.
    mutating func set(_ x: Int, _ y: Int, owner: Int) {
        guard x >= 0, x < width, y >= 0, y < height else { return }
        let cell = y / 4 * columns + x / 2
        dots[cell] |= Self.bits[y % 4][x % 2]
        owners[cell] = owner
    }

    mutating func line(from: (x: Int, y: Int), to: (x: Int, y: Int), owner: Int) {
        let (dx, dy) = (to.x - from.x, to.y - from.y)
        let count = max(abs(dx), abs(dy))
        if count == 0 { return set(from.x, from.y, owner: owner) }
        for step in 0...count {
            let part = Double(step) / Double(count)
            set(
                from.x + Int((Double(dx) * part).rounded()),
                from.y + Int((Double(dy) * part).rounded()), owner: owner)
        }
    }

    func isEmpty(row: Int, column: Int) -> Bool { dots[row * columns + column] == 0 }

    /// Series that owns a character; -1 for none.
    func owner(row: Int, column: Int) -> Int { owners[row * columns + column] }

    func character(row: Int, column: Int) -> Character {
        let value = 0x2800 + UInt32(dots[row * columns + column])
        return Unicode.Scalar(value).map(Character.init) ?? " "
    }
}
