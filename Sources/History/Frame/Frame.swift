// The words that writer and reader of frames share: slots, histogram cells, and the layout of a
// frame's blob, which docs/internals/history-format.md draws byte by byte. A keyframe is a frame
// whose previous state is empty: there is one encoding, not two. Values only, any thread.

/// How a slot's bytes are read; numbered like `family.kind` in the schema.
enum SlotKind: UInt8, Sendable {
    case counter = 0
    case gauge = 1
    case histogram = 2
}

/// One touched cell of a histogram, numbered as Stats numbers them.
struct HistogramCell: Equatable, Sendable {
    var cell: UInt32
    var count: UInt64
}

/// One series inside a group of frames. Slots are numbered from zero at each keyframe and keep
/// their number until the next one; a series that ended leaves its slot dead.
struct FrameSlot: Sendable {
    var seriesID: Int64
    var kind: SlotKind
    /// Born since the frame before, so its value counts from zero.
    var isFresh = false
    var isAlive = true
    /// Counter: cumulative count. Gauge: the bits of an Int64. Histogram: cumulative sum.
    var value: UInt64 = 0
    /// Histogram: all observations so far. Otherwise 0.
    var count: UInt64 = 0
    /// Histogram: touched cells, ascending. Otherwise empty.
    var cells: [HistogramCell] = []

    init(seriesID: Int64, kind: SlotKind) {
        self.seriesID = seriesID
        self.kind = kind
    }
}

/// The columns beside the blob; the checksum covers them too.
struct FrameKey: Equatable, Sendable {
    var id: Int64
    var boot: Int64
    var timeMillis: Int64

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        bytes.append(littleEndian: id)
        bytes.append(littleEndian: boot)
        bytes.append(littleEndian: timeMillis)
        return bytes
    }
}

/// Constants of the blob.
enum FrameFormat {
    static let version: UInt8 = 1
    static let keyframeFlag: UInt8 = 1
    /// Some thread did not answer in time; its numbers are from its cut before.
    static let lateFlag: UInt8 = 2
    /// version, flags, checksum.
    static let headerBytes = 6
    /// A keyframe begins a new group after so many frames, or after so much time.
    static let groupFramesMax: Int64 = 60
    static let groupMillisMax: Int64 = 10 * 60 * 1000
    /// A series id fits in 60 bits, since three are shared with kind and freshness.
    static let seriesIDMax: Int64 = 1 << 59
    /// More than any histogram layout has.
    static let cellMax = 1 << 20

    static func checksum(_ key: FrameKey, _ blob: [UInt8]) -> UInt32 {
        var crc = CRC32C.checksum(of: key.bytes)
        crc = CRC32C.checksum(of: blob[..<2], continuing: crc)
        return CRC32C.checksum(of: blob[headerBytes...], continuing: crc)
    }
}
