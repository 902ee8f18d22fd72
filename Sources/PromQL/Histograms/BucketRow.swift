// One sign's buckets of a native histogram: spans and counts together, with the
// operations that walk them by index. Everything that rebuilds spans does it
// here. A value, any thread.

/// Sparse counts by bucket index, ascending.
struct BucketRow {
    private(set) var spans: [FloatHistogram.Span]
    private(set) var counts: [Double]
    /// The index after the last bucket.
    private var end = 0

    init() {
        spans = []
        counts = []
    }

    /// For reading; `append` needs a row that was built with it.
    init(spans: [FloatHistogram.Span], counts: [Double]) {
        self.spans = spans
        self.counts = counts
    }

    /// The index of each count. Spans that promise more buckets than there are counts end early.
    var indexes: [Int] {
        var found: [Int] = []
        found.reserveCapacity(counts.count)
        var index = 0
        for span in spans {
            index += Int(span.offset)
            let length = min(Int(span.length), counts.count - found.count)
            for _ in 0..<length {
                found.append(index)
                index += 1
            }
        }
        return found
    }

    /// `index` is larger than every index before.
    mutating func append(_ index: Int, _ count: Double) {
        if index == end, !spans.isEmpty {
            spans[spans.count - 1].length += 1
        } else {
            spans.append(FloatHistogram.Span(offset: Int32(clamping: index - end), length: 1))
        }
        counts.append(count)
        end = index + 1
    }

    /// Without empty buckets and in as few spans as possible.
    func compacted() -> BucketRow {
        if isCompact { return self }
        var row = BucketRow()
        for (index, count) in zip(indexes, counts) where count != 0 { row.append(index, count) }
        return row
    }

    private var isCompact: Bool {
        for count in counts where count == 0 { return false }
        for (place, span) in spans.enumerated() {
            if span.length == 0 || (span.offset == 0 && place > 0) { return false }
        }
        return true
    }

    /// In buckets that are 2^`halvings` times as wide on a logarithmic scale.
    func reduced(halvings: Int) -> BucketRow {
        var row = BucketRow()
        for (index, count) in zip(indexes, counts) {
            let target = ((index - 1) >> halvings) + 1
            if target == row.end - 1, !row.spans.isEmpty {
                row.counts[row.counts.count - 1] += count
            } else {
                row.append(target, count)
            }
        }
        return row
    }

    /// Only the buckets from `first` on.
    func dropping(below first: Int) -> BucketRow {
        var row = BucketRow()
        for (index, count) in zip(indexes, counts) where index >= first { row.append(index, count) }
        return row
    }

    /// Bucket by bucket `self + sign * other`.
    func adding(_ other: BucketRow, times sign: Double) -> BucketRow {
        let left = indexes
        let right = other.indexes
        var row = BucketRow()
        row.counts.reserveCapacity(left.count + right.count)
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if j == right.count || (i < left.count && left[i] < right[j]) {
                row.append(left[i], counts[i])
                i += 1
            } else if i == left.count || right[j] < left[i] {
                row.append(right[j], sign * other.counts[j])
                j += 1
            } else {
                row.append(left[i], counts[i] + sign * other.counts[j])
                i += 1
                j += 1
            }
        }
        return row
    }

    /// Whether a bucket of `previous` holds more than the same bucket here.
    func isLess(thanIn previous: BucketRow) -> Bool {
        let mine = indexes
        var place = 0
        for (index, count) in zip(previous.indexes, previous.counts) {
            while place < mine.count, mine[place] < index { place += 1 }
            let current = place < mine.count && mine[place] == index ? counts[place] : 0
            if current < count { return true }
        }
        return false
    }
}
