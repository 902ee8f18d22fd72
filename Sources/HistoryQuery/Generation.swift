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

    /// The values of all lives together at each sample, in order.
    func sum(
        _ window: SeriesWindow, isGauge: Bool,
        _ decode: (LifePiece, StoredLife) -> [[Double]]
    ) -> [(time: Int64, values: [Double])] {
        var changes: [Int: [(life: Int, values: [Double])]] = [:]
        for (number, life) in lives.enumerated() {
            for piece in life.pieces {
                let columns = decode(piece, life)
                for (offset, index) in piece.range.enumerated() {
                    changes[Self.position(piece.axis, index), default: []].append(
                        (number, columns.map { $0[offset] }))
                }
            }
        }
        var newest = [[Double]](repeating: [], count: lives.count)
        var result: [(time: Int64, values: [Double])] = []
        for position in changes.keys.sorted() {
            if isGauge { newest = [[Double]](repeating: [], count: lives.count) }
            for change in changes[position] ?? [] { newest[change.life] = change.values }
            var values: [Double] = []
            for life in newest where !life.isEmpty {
                values = values.isEmpty ? life : zip(values, life).map { $0 + $1 }
            }
            let axis = window.axes[position >> 32]
            result.append((axis.times[position & 0xFFFF_FFFF], values))
        }
        return result
    }
}
