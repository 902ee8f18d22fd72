// The frames that no block holds yet, as columns, kept between the questions of one reader: a
// dashboard asks twenty of them, and each decodes only what was flushed since the one before.
// Frames never change once they are there; those that became a block stay here unused until there
// are as many of them as of the others. Bounded: with more values than `valuesMax`, or a bad frame,
// nothing is kept and the reader walks, and it is tried again only when other frames are there.
// Reader's thread.

final class FrameTail {
    /// 16 MB: 2,000 series over the quarter of an hour that waits for its block.
    static let valuesMax = 2 << 20
    static let framesMax: Int64 = 4000

    /// In the order in which they were written; a new one begins with each boot and where a clock
    /// stepped back.
    private(set) var collectors: [(boot: Int64, collector: LifeCollector)] = []
    private var decoder = FrameDecoder()
    /// Ids of the first frame kept and of the next one to read.
    private var first: Int64 = 0
    private var next: Int64 = 0
    /// Set where the tail could not be kept: not before this is the oldest frame.
    private var retry = Int64.min

    /// Reads on to the newest frame; false when the tail cannot be kept.
    func advance(_ connection: Connection) throws(HistoryError) -> Bool {
        let bounds = try connection.prepare(
            "SELECT min(id), max(id) FROM frame", call: "read frames")
        guard try bounds.step(), !bounds.isNull(0) else {
            clear()
            return true
        }
        let (oldest, newest) = (bounds.integer(0), bounds.integer(1))
        bounds.reset()
        if oldest < retry { return false }
        if next < oldest || next > newest + 1 || oldest - first > newest - oldest + 60 {
            clear()
            (first, next) = (oldest, oldest)
        }
        guard newest - first < Self.framesMax else { return giveUp(newest) }
        let rows = try connection.prepare(
            "SELECT id, time_ms, boot, keyframe, data FROM frame WHERE id >= ? ORDER BY id",
            call: "read frames")
        try rows.bind(.integer(next))
        while try rows.step() {
            guard take(rows) else { return giveUp(newest) }
        }
        return true
    }

    /// False when the frame cannot be used, or there is too much.
    private func take(_ row: Statement) -> Bool {
        let key = FrameKey(id: row.integer(0), boot: row.integer(2), timeMillis: row.integer(1))
        guard key.id == next, decoder.apply(row.blob(4), key: key) == nil,
            decoder.isKeyframe == (row.integer(3) == 1),
            decoder.isKeyframe || collectors.last?.boot == key.boot
        else { return false }
        next = key.id + 1
        collectors.take(decoder, key, wanted: nil)
        return collectors.samples <= Self.valuesMax
    }

    private func giveUp(_ newest: Int64) -> Bool {
        clear()
        retry = newest
        return false
    }

    private func clear() {
        collectors = []
        decoder = FrameDecoder()
        (first, next) = (0, 0)
    }
}

extension [(boot: Int64, collector: LifeCollector)] {
    /// Takes the next frame, just decoded.
    mutating func take(_ decoder: FrameDecoder, _ key: FrameKey, wanted: Set<Int64>?) {
        let isBack = (last?.collector.times.last).map { $0 > key.timeMillis } ?? false
        if last?.boot != key.boot || isBack {
            append((key.boot, LifeCollector(wanted: wanted)))
        }
        self[count - 1].collector.take(decoder, id: key.id, timeMillis: key.timeMillis)
    }

    var samples: Int { reduce(0) { $0 + $1.collector.samples } }
}
