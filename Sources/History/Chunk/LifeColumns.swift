// One life of one series inside a block, as columns: from its birth (or the block's start) to its
// end (or the block's end) it has one value at every sample of the block. Lives, not series, are
// what is stored: each begins fresh or continues an older one, so growth stays exact in every tier
// even when the same labels live twice. Values only, any thread.

/// How the columns of a chunk are read; the low four bits are `family.kind`.
enum ColumnLayout: UInt8, Sendable {
    case counter = 0
    case gauge = 1
    case histogram = 2
    /// Bit patterns of Double, from an import.
    case floatCounter = 8
    case floatGauge = 9
    /// A gauge of a coarser tier: the last value, then minimum, maximum, sum and count.
    case gaugeSummary = 17

    var isFloat: Bool { self == .floatCounter || self == .floatGauge }
    var isGauge: Bool { self == .gauge || self == .gaugeSummary || self == .floatGauge }
}

/// The cumulative count of one histogram cell from a sample on.
struct CellStep: Equatable, Sendable {
    /// Sample, counted from the first one of the life.
    var index: Int
    var count: UInt64
}

/// One touched cell; zero before its first step.
struct CellColumn: Equatable, Sendable {
    var cell: UInt32
    /// Ascending by index.
    var steps: [CellStep]
}

/// Gauges of the coarser tiers: what happened inside each window.
struct GaugeSummary: Equatable, Sendable {
    /// Bit patterns of Int64.
    var least: [UInt64] = []
    var greatest: [UInt64] = []
    /// Modulo 2^64.
    var sum: [UInt64] = []
    var count: [UInt64] = []
}

struct LifeColumns: Equatable, Sendable {
    var seriesID: Int64
    /// Born at the first sample: it counts from zero.
    var isFresh: Bool
    /// Sample of the block at which it begins.
    var first: Int
    /// Counters: cumulative. Gauges: bits of the last value. Histograms: cumulative sum.
    var values: [UInt64] = []
    /// Histograms only, ascending.
    var cells: [CellColumn] = []
    var summary: GaugeSummary?

    /// One past the last sample at which it lives.
    var end: Int { first + values.count }
}

/// Names a chunk: block, family and part in one number, so that the chunks of a block lie together.
enum ChunkKey {
    static let familyMax: Int64 = 1 << 20
    static let partsMax = 256
    static let seriesPerPart = 64

    static func id(block: Int64, family: Int64, part: Int) -> Int64 {
        block << 28 | family << 8 | Int64(part)
    }

    static func family(of id: Int64) -> Int64 { id >> 8 & (familyMax - 1) }

    /// Ids of all chunks of a block: first <= id < last.
    static func range(block: Int64) -> (first: Int64, last: Int64) {
        (block << 28, (block + 1) << 28)
    }
}
