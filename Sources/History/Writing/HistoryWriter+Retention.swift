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
    /// `hasMore`. What makes room comes first, with the reserve when the disk is full, and trouble
    /// with compaction does not stop it.
    public func maintain(nowMillis: Int64) throws(HistoryError) -> HistoryMaintenance {
        var result = HistoryMaintenance()
        try makeRoom(nowMillis, ignoresRollUps: false, &result)
        try checkpointIfLarge()
        let lost = (compactor.framesLost, compactor.livesLost)
        do throws(HistoryError) {
            if try compact(budgetNanos: Self.compactionNanos) { result.hasMore = true }
        } catch {
            result.compactionFailure = error
            // Without room to roll up, what is due goes as it is.
            if error.reason == .full {
                try makeRoom(nowMillis, ignoresRollUps: true, &result)
            }
        }
        result.framesLost = compactor.framesLost - lost.0
        result.livesLost = compactor.livesLost - lost.1
        reserve.hold()
        return result
    }

    /// Drops what is due, with the reserve when the disk is full.
    private func makeRoom(
        _ nowMillis: Int64, ignoresRollUps: Bool, _ result: inout HistoryMaintenance
    ) throws(HistoryError) {
        do throws(HistoryError) {
            try dropDue(nowMillis, ignoresRollUps, &result, checkpoints: false)
        } catch {
            guard error.reason == .full, reserve.isHeld else { throw error }
            reserve.release()
            try checkpointIfPossible()
            try dropDue(nowMillis, true, &result, checkpoints: true)
        }
    }

    /// Drops what is due, at most a few things, and gives pages back.
    ///
    /// - Parameter checkpoints: after each, so that the WAL needs room for one of them only.
    private func dropDue(
        _ nowMillis: Int64, _ ignoresRollUps: Bool, _ result: inout HistoryMaintenance,
        checkpoints: Bool
    ) throws(HistoryError) {
        // Events first: what they take too much of, no block pays for.
        let hasExcess = try forgetEvents()
        var drops = 0
        while drops < Self.dropsPerStep,
            try drop(nowMillis, ignoresRollUps, &result, bySize: !hasExcess)
        {
            drops += 1
            if checkpoints { try checkpointIfPossible() }
        }
        let pages = reserve.isScarce ? 0 : try giveBackPages()
        result.pagesFreed = pages
        if hasExcess || drops == Self.dropsPerStep || pages == Int(Self.vacuumPagesPerStep) {
            result.hasMore = true
        }
    }

    /// Works on compaction for about this long; false when nothing is left to do.
    public func compact(budgetNanos: UInt64) throws(HistoryError) -> Bool {
        try compactor.step(budgetNanos: budgetNanos) { body throws(HistoryError) in
            try self.transaction(body)
        }
    }

    /// What a person wants to have marked, in a transaction of its own.
    ///
    /// - Precondition: `mark.refusal` had nothing against it.
    public func put(_ mark: HistoryMark) throws(HistoryError) -> MarkOutcome {
        var outcome = MarkOutcome.done
        try transaction { () throws(HistoryError) in
            outcome = try MarkStore(self.connection).put(mark, boot: self.bootID)
        }
        return outcome
    }

    // MARK: expiry

    /// Drops one thing that is too old or too much; false when there is none.
    ///
    /// - Parameter ignoresRollUps: also what no coarser block holds yet.
    private func drop(
        _ nowMillis: Int64, _ ignoresRollUps: Bool, _ result: inout HistoryMaintenance,
        bySize: Bool
    ) throws(HistoryError) -> Bool {
        for tier in HistoryTier.allCases {
            let horizon = nowMillis - options.retention[tier.rawValue]
            let keep = keep(tier, nowMillis, ignoresRollUps)
            if try dropBlock(tier, olderThan: horizon, keep: keep, &result) { return true }
        }
        let frameAge =
            ignoresRollUps ? options.retentionMillis : options.retention.max() ?? 0
        if try dropGroup(olderThan: nowMillis - frameAge, &result) { return true }
        guard bySize, try usedBytes() > options.sizeCapBytes else { return false }
        if try dropBlock(.flush, olderThan: .max, &result) { return true }
        // Frames that compaction has not reached are as fine, but newer than every block.
        if try isBehind(), try dropGroup(olderThan: .max, &result) { return true }
        for tier in HistoryTier.allCases.dropFirst()
        where try dropBlock(tier, olderThan: .max, &result) {
            return true
        }
        return try dropGroup(olderThan: .max, &result)
    }

    /// Blocks of `tier` whose samples the next tier is to have and has not got yet stay, as SQL:
    /// after a weir that was off for long, age alone would take them from every tier.
    private func keep(_ tier: HistoryTier, _ nowMillis: Int64, _ ignoresRollUps: Bool) -> String {
        guard !ignoresRollUps, let next = HistoryTier(rawValue: tier.rawValue + 1) else {
            return "0"
        }
        return """
            end_ms >= \(nowMillis - options.retention[next.rawValue]) AND last_frame >
                (SELECT coalesce(max(last_frame), 0) FROM block WHERE tier = \(next.rawValue))
            """
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
        _ tier: HistoryTier, olderThan horizon: Int64, keep: String = "0",
        _ result: inout HistoryMaintenance
    ) throws(HistoryError) -> Bool {
        let find = try connection.prepare(
            """
            SELECT id, start_ms FROM block WHERE tier = ? AND end_ms < ? AND NOT \(Self.isPinned)
                AND NOT (\(keep))
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

    /// Events, boots and ended series that nothing can need any more: older than everything but
    /// what is pinned, and not near a pin, since the blocks that a pin touches reach beyond it.
    private func dropForgotten() throws(HistoryError) {
        let call = "expire events"
        var oldest = try connection.integer(
            "SELECT time_ms FROM frame ORDER BY id LIMIT 1", call: call)
        let row = try connection.prepare(
            """
            SELECT start_ms FROM block WHERE tier = ? AND NOT \(Self.isPinned)
            ORDER BY end_ms LIMIT 1
            """, call: call)
        for tier in HistoryTier.allCases {
            try row.bind(.integer(Int64(tier.rawValue)))
            if try row.step() { oldest = min(oldest ?? .max, row.integer(0)) }
            row.reset()
        }
        guard let oldest else { return }
        try connection.execute(
            """
            DELETE FROM event
            WHERE time_ms < \(oldest) AND NOT \(Self.isNearPin("time_ms", "time_ms"));
            DELETE FROM boot
            WHERE end_ms < \(oldest) AND NOT \(Self.isNearPin("start_ms", "end_ms"));
            DELETE FROM series
            WHERE last_ms < \(oldest) AND NOT \(Self.isNearPin("first_ms", "last_ms"))
            """, call: call)
    }

    /// Longer than any block of weir's own: how far one reaches beyond the pin that keeps it.
    private static let blockReachMillis = 2 * HistoryTier.hour.blockMillis

    private static func isNearPin(_ low: String, _ high: String) -> String {
        """
        EXISTS (SELECT 1 FROM pin WHERE pin.from_ms <= \(high) + \(blockReachMillis)
            AND pin.to_ms >= \(low) - \(blockReachMillis))
        """
    }

    /// Events that a file of this size may hold: a sixteenth of it when each has its longest texts.
    var eventsMax: Int64 {
        max(16, min(10_000, options.sizeCapBytes / 16 / Self.eventBytesMax))
    }
    private static let eventBytesMax: Int64 = 2048
    private static let eventsPerStep: Int64 = 1000

    /// A clock that flaps, or a script that annotates, must not push metrics out. Some more than
    /// needed go at once, so that looking for them is rare. The newest half stays; of the others
    /// those near a pin go last.
    ///
    /// - Returns: true when there are still too many.
    private func forgetEvents() throws(HistoryError) -> Bool {
        let call = "expire events"
        let count = try connection.integer("SELECT count(*) FROM event", call: call) ?? 0
        guard count > eventsMax else { return false }
        let excess = count - (eventsMax - eventsMax / 16)
        try transaction { () throws(HistoryError) in
            try self.connection.execute(
                """
                DELETE FROM event WHERE id IN (
                    SELECT id FROM event
                    WHERE id <= (SELECT id FROM event ORDER BY id DESC
                        LIMIT 1 OFFSET \(self.eventsMax / 2))
                    ORDER BY \(Self.isNearPin("time_ms", "time_ms")), id
                    LIMIT \(min(excess, Self.eventsPerStep)))
                """, call: call)
        }
        // The WAL is as long as what was written at most, and counts as use.
        if walBytes > options.sizeCapBytes / 16 { try checkpointIfPossible(.truncate) }
        return excess > Self.eventsPerStep
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
        do throws(HistoryError) {
            if walBytes > options.walBytesMax {
                _ = try connection.checkpoint(.truncate)
            } else if connection.walPages > Self.checkpointPages {
                _ = try connection.checkpoint(.passive)
            }
        } catch {
            // The disk is full: the next frame says so. The reserve is for what frees something.
            guard error.reason == .full else { throw error }
        }
    }

    /// On a full disk: a WAL that starts over needs no room, and what is in the way may go next.
    func checkpointIfPossible(
        _ mode: Connection.CheckpointMode = .passive
    ) throws(HistoryError) {
        do throws(HistoryError) {
            _ = try connection.checkpoint(mode)
        } catch {
            guard error.reason == .full else { throw error }
        }
    }
}
