// Counters by status code, born on the worker when a code is first seen: a table lookup per
// request, no string. Codes outside 100...599 count as 599, which no sane server sends; the
// parser refuses codes below 100 and above 999.

import Stats

/// One table for one listener or cluster of one worker.
struct CodeCounters {
    private var counters: [Counter?] = Array(repeating: nil, count: 500)
    private let family: FamilyID
    private let label: String

    init(family: FamilyID, label: String) {
        self.family = family
        self.label = label
    }

    @inline(__always)
    mutating func add(_ status: UInt16, to shard: Shard) {
        let index = min(max(Int(status), 100), 599) - 100
        if let counter = counters[index] {
            shard.add(counter)
        } else {
            addFirst(index, to: shard)
        }
    }

    @inline(never)
    private mutating func addFirst(_ index: Int, to shard: Shard) {
        let counter = shard.counter(family, [label, String(index + 100)])
        counters[index] = counter
        shard.add(counter)
    }
}
