// Lives of one series that overlap: a retired one may stand next to its successor. Together they
// are one cumulative series: what an ended one had counted stays in the sum until all have ended,
// so the sum never falls and nothing looks like a reset. Rare, so plain rather than fast. Values
// only.

import History

struct Generation {
    private(set) var lives: [StoredLife]

    /// Lives in the order in which they began, those that share samples together.
    static func all(_ lives: [StoredLife]) -> [Generation] {
        let sorted = lives.enumerated().sorted {
            (first($0.element), $0.offset) < (first($1.element), $1.offset)
        }.map(\.element)
        var result: [Generation] = []
        var end = Int.min
        for life in sorted {
            if let place = result.indices.last, first(life) <= end {
                result[place].lives.append(life)
            } else {
                result.append(Generation(lives: [life]))
                end = Int.min
            }
            end = max(end, last(life))
        }
        return result
    }

    /// A sample's place on all axes in one number.
    private static func position(_ axis: Int, _ index: Int) -> Int { axis << 32 | index }

    private static func first(_ life: StoredLife) -> Int {
        life.pieces.first.map { position($0.axis, $0.range.lowerBound) } ?? 0
    }

    private static func last(_ life: StoredLife) -> Int {
        life.pieces.last.map { position($0.axis, $0.range.upperBound - 1) } ?? 0
    }

    /// Calls `body` with the values of all lives together at each sample, in order. A life that has
    /// ended stays in the sum of a counter with what it had, and leaves that of a gauge.
    ///
    /// - Parameter decoded: the values of each piece of each life.
    func sum<Value>(
        _ window: SeriesWindow, _ decoded: [[[Value]]], isGauge: Bool,
        _ add: (inout Value, Value) -> Void, body: (Int64, Value) -> Void
    ) {
        var changes: [Int: [(life: Int, value: Value)]] = [:]
        for (number, life) in lives.enumerated() {
            for (piece, values) in zip(life.pieces, decoded[number]) {
                for (value, index) in zip(values, piece.range) {
                    changes[Self.position(piece.axis, index), default: []].append((number, value))
                }
            }
        }
        var newest = [Value?](repeating: nil, count: lives.count)
        for position in changes.keys.sorted() {
            if isGauge { newest = [Value?](repeating: nil, count: lives.count) }
            for change in changes[position] ?? [] { newest[change.life] = change.value }
            var sum: Value?
            for case let value? in newest {
                guard var total = sum else {
                    sum = value
                    continue
                }
                add(&total, value)
                sum = total
            }
            if let sum {
                body(window.axes[position >> 32].times[position & 0xFFFF_FFFF], sum)
            }
        }
    }
}
