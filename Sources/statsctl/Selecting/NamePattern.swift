// Matching names on the command line: globs with * and ?, or a part of the name; and the nearest
// names when nothing matched. Iterative, so that no pattern can blow up. Bytes are compared, not
// characters: metric names are ASCII.

enum NamePattern {
    static func isGlob(_ text: String) -> Bool { text.contains { $0 == "*" || $0 == "?" } }

    /// A glob must match the whole name; other text matches anywhere in it, in any case.
    static func matches(_ pattern: String, _ name: String) -> Bool {
        if isGlob(pattern) { return glob(Array(pattern.utf8), Array(name.utf8)) }
        return pattern.isEmpty || name.lowercased().contains(pattern.lowercased())
    }

    private static func glob(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (p, n) = (0, 0)
        var (star, mark) = (-1, 0)
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = p
                mark = n
                p += 1
            } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == name[n] {
                p += 1
                n += 1
            } else if star >= 0 {
                p = star + 1
                mark += 1
                n = mark
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// At most three names a few letters away, nearest first.
    static func nearest(_ text: String, among names: [String]) -> [String] {
        let limit = max(3, text.utf8.count / 3)
        let distances = names.map { (name: $0, distance: distance($0, text)) }
        return distances.filter { $0.distance <= limit }.sorted { $0.distance < $1.distance }
            .prefix(3).map(\.name)
    }

    /// Letters changed, left out, added, or swapped with their neighbour.
    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        var (older, old) = ([Int](), Array(0...b.count))
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                let change = old[j] + (a[i] == b[j] ? 0 : 1)
                var least = min(change, old[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    least = min(least, older[j - 1] + 1)
                }
                row.append(least)
            }
            (older, old) = (old, row)
        }
        return old[b.count]
    }
}
