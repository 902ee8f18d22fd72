// "Did you mean ...?": the nearest of a few known words, by edit distance with transpositions
// (optimal string alignment). For flag values and admin paths; words are short and few, so the
// plain quadratic table is right. Any thread.

/// Nearness of words.
enum NearName {
    /// The candidate with the smallest distance, when that is small enough to be a slip: a third
    /// of the word's length, at least 1.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        ranked(word, among: candidates).first
    }

    /// All candidates that are slips of `word`, nearest first.
    static func ranked(_ word: String, among candidates: [String]) -> [String] {
        let limit = max(1, word.utf8.count / 3)
        return
            candidates
            .map { (name: $0, distance: distance(word, $0)) }
            .filter { $0.distance <= limit }
            .sorted { $0.distance < $1.distance }
            .map(\.name)
    }

    /// Insertions, deletions, replacements and swaps of neighbours from `a` to `b`, in bytes.
    static func distance(_ a: String, _ b: String) -> Int {
        let left = Array(a.utf8)
        let right = Array(b.utf8)
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var rows = [Array(0...right.count)]
        for i in 1...left.count {
            var row = [i]
            for j in 1...right.count {
                let same = left[i - 1] == right[j - 1]
                let replaced = rows[i - 1][j - 1] + (same ? 0 : 1)
                var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, replaced)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    best = min(best, rows[i - 2][j - 2] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
