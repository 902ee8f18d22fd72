// Keeping the file bounded: frames leave by age and by size, oldest group first, in steps small
// enough for the history thread to take between two flushes; pages go back to the file system by
// incremental vacuum; the WAL is moved into the file by checkpoints of our own. The newest group
// always stays, so frame ids never restart. History thread only.

extension HistoryWriter {
    /// Bytes of the file and of its WAL right now.
    public var fileBytes: Int64 { HistoryFile.size(options.path) }
    public var walBytes: Int64 { HistoryFile.size(options.path + "-wal") }

    private static let groupsPerStep = 8
    private static let vacuumPagesPerStep: Int64 = 128
    /// Free pages kept for the next frames, and so that expiry can commit on a full disk.
    private static let reservePages: Int64 = 64
    /// Pages in the WAL above which a step checkpoints: 2 MiB, about two minutes of flushes.
    private static let checkpointPages = 256

    /// One step of upkeep, a few milliseconds; call it every few seconds, and again soon while
    /// `hasMore`.
    public func maintain(nowMillis: Int64) throws(HistoryError) -> HistoryMaintenance {
        var result = HistoryMaintenance()
        let horizon = nowMillis - options.retentionMillis
        var groups = 0
        while groups < Self.groupsPerStep {
            let isOver = try usedBytes() > options.sizeCapBytes
            let dropped = try dropOldestGroup(olderThan: isOver ? nil : horizon)
            if dropped == 0 { break }
            result.framesDropped += dropped
            groups += 1
        }
        result.pagesFreed = try giveBackPages()
        result.hasMore =
            groups == Self.groupsPerStep || result.pagesFreed == Int(Self.vacuumPagesPerStep)
        try checkpointIfLarge()
        return result
    }

    /// Pages in use and the WAL; free pages are room, not use.
    private func usedBytes() throws(HistoryError) -> Int64 {
        let pages = try connection.integer("PRAGMA page_count", call: "measure") ?? 0
        let free = try connection.integer("PRAGMA freelist_count", call: "measure") ?? 0
        let pageBytes = try connection.integer("PRAGMA page_size", call: "measure") ?? 0
        // A reader can pin a WAL of any size; dropping frames would not make that one smaller.
        return (pages - free) * pageBytes + min(walBytes, options.walBytesMax)
    }

    /// Drops the oldest group when its last frame is older than `horizon` (or always, without
    /// one); the number of its frames.
    private func dropOldestGroup(olderThan horizon: Int64?) throws(HistoryError) -> Int {
        let call = "expire frames"
        guard let first = try connection.integer("SELECT min(id) FROM frame", call: call), first > 0
        else { return 0 }
        let next = try connection.prepare(
            "SELECT id FROM frame WHERE id > ? AND keyframe = 1 ORDER BY id LIMIT 1", call: call)
        try next.bind(.integer(first))
        guard try next.step() else { return 0 }
        let end = next.integer(0)
        next.reset()
        if let horizon {
            let newest = try connection.integer(
                "SELECT time_ms FROM frame WHERE id < \(end) ORDER BY id DESC LIMIT 1", call: call)
            guard let newest, newest < horizon else { return 0 }
        }
        let delete = try connection.prepare("DELETE FROM frame WHERE id < ?", call: call)
        try transaction { () throws(HistoryError) in
            try delete.bind(.integer(end))
            _ = try delete.step()
            try self.dropForgotten()
        }
        return Int(end - first)
    }

    /// Events, boots and ended series that no frame can need any more.
    private func dropForgotten() throws(HistoryError) {
        let oldest = "(SELECT time_ms FROM frame ORDER BY id LIMIT 1)"
        try connection.execute(
            """
            DELETE FROM event WHERE time_ms < \(oldest);
            DELETE FROM boot WHERE id < (SELECT boot FROM frame ORDER BY id LIMIT 1);
            DELETE FROM series WHERE last_ms < \(oldest)
            """, call: "expire events")
    }

    private func giveBackPages() throws(HistoryError) -> Int {
        let free = try connection.integer("PRAGMA freelist_count", call: "vacuum") ?? 0
        let excess = min(free - Self.reservePages, Self.vacuumPagesPerStep)
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
