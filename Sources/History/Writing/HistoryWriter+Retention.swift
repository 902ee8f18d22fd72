// Keeping the file bounded: blocks and frames leave by age, each tier by its own, and by size over
// everything, the oldest of the finest tier first; never what a pin covers. In steps small enough
// for the history thread to take between two flushes. Compaction, vacuum and checkpoints are
// driven from here too. The newest group of frames always stays. History thread only.

extension HistoryWriter {
    /// Bytes of the file and of its WAL right now.
    public var fileBytes: Int64 { HistoryFile.size(options.path) }
    public var walBytes: Int64 { HistoryFile.size(options.path + "-wal") }

    private static let dropsPerStep = 8
    private static let compactionNanos: UInt64 = 4_000_000
    private static let vacuumPagesPerStep = (512 << 10) / Int64(HistorySchema.pageBytes)
    /// Free pages kept for the next frames, and so that expiry can commit on a full disk: a
    /// sixteenth of the file, and no more than this.
    private static let reservePagesMax = (256 << 10) / Int64(HistorySchema.pageBytes)
    /// Pages in the WAL above which a step checkpoints: 1 MiB, minutes of flushes.
    private static let checkpointPages = (1 << 20) / HistorySchema.pageBytes

    /// One step of upkeep, a few milliseconds; call it every few seconds, and again soon while
    /// `hasMore`. What makes room comes first, and trouble with compaction does not stop it.
    public func maintain(nowMillis: Int64) throws(HistoryError) -> HistoryMaintenance {
        var result = HistoryMaintenance()
        var drops = 0
        while drops < Self.dropsPerStep, try drop(nowMillis, &result) { drops += 1 }
        var failure: HistoryError?
        do throws(HistoryError) {
            result.hasMore = try compact(budgetNanos: Self.compactionNanos)
        } catch {
            failure = error
        }
        result.pagesFreed = try giveBackPages()
        if drops == Self.dropsPerStep || result.pagesFreed == Int(Self.vacuumPagesPerStep) {
            result.hasMore = true
        }
        try checkpointIfLarge()
        if let failure { throw failure }
        return result
    }

    /// Works on compaction for about this long; false when nothing is left to do.
    public func compact(budgetNanos: UInt64) throws(HistoryError) -> Bool {
        try compactor.step(budgetNanos: budgetNanos) { body throws(HistoryError) in
            try self.transaction(body)
        }
    }

    /// Keeps a window from expiry; the id of the pin.
    public func pin(
        from: Int64, to: Int64, reason: String
    ) throws(HistoryError) -> Int64 {
        let insert = try connection.prepare(
            "INSERT INTO pin (from_ms, to_ms, reason) VALUES (?, ?, ?) RETURNING id", call: "pin")
        var id: Int64 = 0
        try transaction { () throws(HistoryError) in
            try insert.bind(.integer(from), .integer(to), .text(reason))
            if try insert.step() { id = insert.integer(0) }
            while try insert.step() {}
        }
        return id
    }

    // MARK: expiry

    /// Drops one thing that is too old or too much; false when there is none.
    private func drop(
        _ nowMillis: Int64, _ result: inout HistoryMaintenance
    ) throws(HistoryError) -> Bool {
        for tier in HistoryTier.allCases {
            let horizon = nowMillis - options.retention[tier.rawValue]
            if try dropBlock(tier, olderThan: horizon, &result) { return true }
        }
        if try dropGroup(olderThan: nowMillis - options.retentionMillis, &result) { return true }
        guard try usedBytes() > options.sizeCapBytes else { return false }
        if try dropBlock(.flush, olderThan: .max, &result) { return true }
        // Frames that compaction has not reached are as fine, but newer than every block.
        if try isBehind(), try dropGroup(olderThan: .max, &result) { return true }
        for tier in HistoryTier.allCases.dropFirst()
        where try dropBlock(tier, olderThan: .max, &result) {
            return true
        }
        return try dropGroup(olderThan: .max, &result)
    }

    /// Pages in use and the WAL; free pages are room, not use.
    private func usedBytes() throws(HistoryError) -> Int64 {
        let pages = try connection.integer("PRAGMA page_count", call: "measure") ?? 0
        let free = try connection.integer("PRAGMA freelist_count", call: "measure") ?? 0
        let pageBytes = try connection.integer("PRAGMA page_size", call: "measure") ?? 0
        // A reader can pin a WAL of any size; dropping frames would not make that one smaller.
        return (pages - free) * pageBytes + min(walBytes, options.walBytesMax)
    }

    private func isBehind() throws(HistoryError) -> Bool {
        let span = try connection.integer(
            "SELECT max(time_ms) - min(time_ms) FROM frame WHERE keyframe = 1", call: "measure")
        return (span ?? 0) > 2 * HistoryTier.flush.blockMillis
    }

    private static let isPinned = """
        EXISTS (SELECT 1 FROM pin WHERE pin.from_ms <= block.end_ms AND pin.to_ms >= block.start_ms)
        """

    /// The oldest block of a tier, when its last sample is older than `horizon`.
    private func dropBlock(
        _ tier: HistoryTier, olderThan horizon: Int64, _ result: inout HistoryMaintenance
    ) throws(HistoryError) -> Bool {
        let find = try connection.prepare(
            """
            SELECT id, start_ms FROM block WHERE tier = ? AND end_ms < ? AND NOT \(Self.isPinned)
            ORDER BY end_ms LIMIT 1
            """, call: "expire blocks")
        try find.bind(.integer(Int64(tier.rawValue)), .integer(horizon))
        guard try find.step() else { return false }
        let id = find.integer(0)
        find.reset()
        let chunks = ChunkKey.range(block: id)
        try transaction { () throws(HistoryError) in
            try self.connection.execute(
                """
                DELETE FROM chunk WHERE id >= \(chunks.first) AND id < \(chunks.last);
                DELETE FROM block WHERE id = \(id)
                """, call: "expire blocks")
            try self.dropForgotten()
        }
        result.blocksDropped += 1
        return true
    }

    /// The oldest group, when its last frame is older than `horizon`.
    private func dropGroup(
        olderThan horizon: Int64, _ result: inout HistoryMaintenance
    ) throws(HistoryError) -> Bool {
        let call = "expire frames"
        guard let first = try connection.integer("SELECT min(id) FROM frame", call: call), first > 0
        else { return false }
        let next = try connection.prepare(
            "SELECT id FROM frame WHERE id > ? AND keyframe = 1 ORDER BY id LIMIT 1", call: call)
        try next.bind(.integer(first))
        guard try next.step() else { return false }
        let end = next.integer(0)
        next.reset()
        let span = try connection.prepare(
            """
            SELECT high < ? AND NOT EXISTS
                (SELECT 1 FROM pin WHERE from_ms <= high AND to_ms >= low)
            FROM (SELECT min(time_ms) AS low, max(time_ms) AS high FROM frame WHERE id < \(end))
            """, call: call)
        try span.bind(.integer(horizon))
        guard try span.step(), span.integer(0) == 1 else { return false }
        span.reset()
        try transaction { () throws(HistoryError) in
            try self.connection.execute("DELETE FROM frame WHERE id < \(end)", call: call)
            try self.dropForgotten()
        }
        result.framesDropped += Int(end - first)
        return true
    }

    /// Events, boots and ended series that nothing can need any more.
    private func dropForgotten() throws(HistoryError) {
        let oldest =
            try connection.integer(
                """
                SELECT min(t) FROM (
                    SELECT * FROM (SELECT time_ms AS t FROM frame ORDER BY id LIMIT 1)
                    UNION ALL SELECT min(start_ms) FROM block)
                """, call: "expire events") ?? .min
        try connection.execute(
            """
            DELETE FROM event WHERE time_ms < \(oldest);
            DELETE FROM boot WHERE end_ms < \(oldest);
            DELETE FROM series WHERE last_ms < \(oldest)
            """, call: "expire events")
    }

    // MARK: room

    private func giveBackPages() throws(HistoryError) -> Int {
        let free = try connection.integer("PRAGMA freelist_count", call: "vacuum") ?? 0
        let pages = try connection.integer("PRAGMA page_count", call: "vacuum") ?? 0
        let reserve = min(Self.reservePagesMax, pages / 16)
        let excess = min(free - reserve, Self.vacuumPagesPerStep)
        guard excess > 0 else { return 0 }
        try connection.execute("PRAGMA incremental_vacuum(\(excess))", call: "vacuum")
        return Int(excess)
    }

    /// Moves the WAL into the file so that it starts over at its beginning; cuts it when it has
    /// outgrown its bound. Readers in the way only make it later.
    private func checkpointIfLarge() throws(HistoryError) {
        if walBytes > options.walBytesMax {
            _ = try connection.checkpoint(.truncate)
        } else if connection.walPages > Self.checkpointPages {
            _ = try connection.checkpoint(.passive)
        }
    }
}
