// Snapshots that wait for the history thread, oldest first. Bounded by their number and by the
// memory they may hold. When it is full the oldest one goes into the one after it: snapshots are
// cumulative, so the younger of two has the counts of both, and only the moment in between is
// lost. Pure; main's, which counts what was merged.

struct FrameQueue<Frame> {
    /// A minute at the default flush interval.
    static var countMax: Int { 60 }
    /// Over all but the youngest, which always has its place.
    static var bytesMax: Int { 32 << 20 }

    private var frames: [(frame: Frame, bytes: Int)] = []
    private(set) var bytes = 0

    var count: Int { frames.count }
    var all: [Frame] { frames.map(\.frame) }

    /// Adds the youngest; how many were merged to make room.
    mutating func append(_ frame: Frame, bytes size: Int) -> Int {
        frames.append((frame, size))
        bytes += size
        return mergeOldest()
    }

    /// Puts the oldest one back: it could not be written. How many were merged to make room.
    mutating func putBack(_ frame: Frame, bytes size: Int) -> Int {
        frames.insert((frame, size), at: 0)
        bytes += size
        return mergeOldest()
    }

    mutating func popOldest() -> Frame? {
        guard let oldest = frames.first else { return nil }
        frames.removeFirst()
        bytes -= oldest.bytes
        return oldest.frame
    }

    mutating func removeAll() {
        frames = []
        bytes = 0
    }

    private mutating func mergeOldest() -> Int {
        var merged = 0
        while frames.count > Self.countMax
            || frames.count > 1 && bytes - frames[frames.count - 1].bytes > Self.bytesMax
        {
            _ = popOldest()
            merged += 1
        }
        return merged
    }
}
