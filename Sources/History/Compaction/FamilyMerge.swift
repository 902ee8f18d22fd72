// One family over several blocks, series by series in ascending order: a cursor in each block, with
// one open chunk each. So memory is a chunk a source and the columns of one series, whatever the
// number of series. Owned by a roll-up; history thread.

struct FamilyMerge {
    let id: Int64
    private(set) var layout = ColumnLayout.counter
    /// Of the coarser block, for the chunk in the making.
    var rolled: [LifeColumns] = []
    var rolledSeries = 0
    private(set) var part = 0
    private var cursors: [Cursor] = []

    private struct Cursor {
        let block: Int64
        let offset: Int
        let samples: Int
        /// Not opened yet, last one first.
        var parts: [Int]
        var chunk: Chunk?
        /// Of the open chunk, last one first.
        var lives: [ChunkLife] = []
    }

    init(_ id: Int64, _ sources: [(id: Int64, offset: Int, block: Block)]) {
        self.id = id
        for source in sources {
            let parts = source.block.chunks.filter { $0.family == id }.map(\.part)
            cursors.append(
                Cursor(
                    block: source.id, offset: source.offset, samples: source.block.times.count,
                    parts: parts.reversed()))
        }
    }

    var isPartFull: Bool {
        rolledSeries >= ChunkKey.seriesPerPart && part < ChunkKey.partsMax - 1
    }

    mutating func beginPart() {
        rolled = []
        rolledSeries = 0
        part += 1
    }

    /// Opens one chunk where a cursor is at the end of its own; false when none has to be.
    mutating func openNext(_ blobs: BlobReader) throws(HistoryError) -> Bool {
        let place = cursors.firstIndex { $0.lives.isEmpty && !$0.parts.isEmpty }
        guard let place, let part = cursors[place].parts.popLast() else { return false }
        let key = ChunkKey.id(block: cursors[place].block, family: id, part: part)
        guard case .success(let chunk) = try blobs.chunk(key, samples: cursors[place].samples)
        else { return true }
        layout = chunk.layout
        cursors[place].chunk = chunk
        cursors[place].lives = chunk.lives.enumerated().sorted {
            ($0.element.seriesID, $0.offset) > ($1.element.seriesID, $1.offset)
        }.map(\.element)
        return true
    }

    /// The lives of the next series, joined over all blocks; nil when there is none.
    mutating func nextSeries() -> [LifeColumns]? {
        guard let series = cursors.compactMap({ $0.lives.last?.seriesID }).min() else { return nil }
        var joiner = LifeJoiner()
        for place in cursors.indices {
            while let life = cursors[place].lives.last, life.seriesID == series {
                cursors[place].lives.removeLast()
                if let columns = cursors[place].chunk?.columns(of: life) {
                    joiner.take(columns, offset: cursors[place].offset)
                }
            }
            if cursors[place].lives.isEmpty { cursors[place].chunk = nil }
        }
        return joiner.lives
    }
}
