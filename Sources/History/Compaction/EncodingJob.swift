// Makes the chunks of a block of frames, one part of one family a step. Lives of series that the
// dictionary does not know have no family to lie in: they are left out and counted. History thread;
// it touches no file.

struct EncodingJob {
    private(set) var draft: BlockDraft
    /// Lives without a family.
    private(set) var livesLost = 0
    private let lives: [LifeColumns]
    private let kinds: [SlotKind]
    /// Places in `lives`, by family, ascending by series; the families that are left.
    private var parts: [(family: Int64, part: Int, places: ArraySlice<Int>)] = []

    init(_ draft: BlockDraft, _ collector: LifeCollector, familyOf: [Int64: Int64]) {
        self.draft = draft
        lives = collector.lives
        kinds = collector.kinds
        var byFamily: [Int64: [Int]] = [:]
        for (place, life) in lives.enumerated() {
            guard let family = familyOf[life.seriesID], family < ChunkKey.familyMax else {
                livesLost += 1
                continue
            }
            byFamily[family, default: []].append(place)
        }
        for family in byFamily.keys.sorted() {
            let sorted = (byFamily[family] ?? []).sorted {
                (lives[$0].seriesID, $0) < (lives[$1].seriesID, $1)
            }
            var rest = sorted[...]
            var part = 0
            while !rest.isEmpty {
                var count =
                    part + 1 == ChunkKey.partsMax
                    ? rest.count : min(rest.count, ChunkKey.seriesPerPart)
                // Lives of one series stay together.
                while count < rest.count,
                    lives[rest[rest.startIndex + count]].seriesID
                        == lives[rest[rest.startIndex + count - 1]].seriesID
                { count += 1 }
                parts.append((family, part, rest.prefix(count)))
                rest = rest.dropFirst(count)
                part += 1
            }
        }
        parts.reverse()
    }

    /// Makes one chunk; false when all are made.
    mutating func step(_ encoder: inout ChunkEncoder, _ compression: Compression) -> Bool {
        guard let part = parts.popLast() else { return false }
        let chosen = part.places.map { lives[$0] }
        let layout: ColumnLayout =
            switch kinds[part.places[part.places.startIndex]] {
            case .counter: .counter
            case .gauge: .gauge
            case .histogram: .histogram
            }
        let blob = encoder.encode(
            chosen, layout, samples: draft.block.times.count,
            id: ChunkKey.id(block: draft.key.id, family: part.family, part: part.part), compression,
            cells: .grown)
        draft.add(chosen, family: part.family, part: part.part, blob)
        return true
    }
}
