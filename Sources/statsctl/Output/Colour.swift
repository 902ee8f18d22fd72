// Colours and weights of text, as the escape sequences of ECMA-48, or nothing at all where colours
// are not wanted. Series colours are six that stay apart on dark and on light backgrounds. Without
// colours every text must still say the same. Pure.

enum Colour: Int {
    case blue = 34
    case yellow = 33
    case magenta = 35
    case cyan = 36
    case green = 32
    case red = 31

    /// In the order in which series take them.
    static let ofSeries: [Colour] = [.blue, .yellow, .magenta, .cyan, .green, .red]

    func paint(_ text: String) -> String {
        Terminal.hasColours ? "\u{1b}[\(rawValue)m\(text)\u{1b}[0m" : text
    }

    /// A step 0...5 from cold to hot as a background of the 256-colour cube.
    static func heat(_ level: Int, _ text: String) -> String {
        let cube = [17, 19, 25, 31, 37, 78, 149, 220, 226]
        let colour = cube[min(max(level, 0), cube.count - 1)]
        return "\u{1b}[48;5;\(colour)m\(text)\u{1b}[0m"
    }
    static let heatLevels = 9
}

extension Terminal {
    static func bold(_ text: String) -> String { hasColours ? "\u{1b}[1m\(text)\u{1b}[0m" : text }

    static func dim(_ text: String) -> String { hasColours ? "\u{1b}[2m\(text)\u{1b}[0m" : text }
}
