// `statsctl --db FILE list` and `statsctl list --db FILE` are the same: what stands before the
// command goes to its end, or before a `--` there. Only options that every command has may lead,
// since the parser takes the rest for its own. Pure.

enum LeadingOptions {
    private static let names = ["--db", "--url", "-o", "--output"]

    static func moved(behindCommandIn arguments: [String]) -> [String] {
        var leading: [String] = []
        var rest = arguments[...]
        while let first = rest.first, first.hasPrefix("-") {
            if names.contains(first) {
                leading += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if names.contains(where: { first.hasPrefix($0 + "=") }) {
                leading.append(first)
                rest = rest.dropFirst()
            } else {
                return arguments
            }
        }
        guard !rest.isEmpty else { return arguments }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return Array(rest[..<end]) + leading + Array(rest[end...])
    }
}
