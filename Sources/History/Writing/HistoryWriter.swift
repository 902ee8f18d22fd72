// The only writer of a history file: one frame per snapshot, one transaction per frame. Made by
// `open`, then used by the history thread alone; it blocks on the disk and nobody waits for it.
// A frame is the difference to the last frame that was *committed*: after an error the caller
// keeps its newest snapshot and tries again, and nothing is lost but resolution.
// It never answers queries; readers have connections of their own.

public import Stats

public final class HistoryWriter {
    public let options: HistoryOptions
    /// What the operator should read once after open.
    public let notices: [HistoryNotice]
    /// Row id of this run in `boot`.
    public let bootID: Int64
    /// Frames and bytes of blobs written since open.
    public internal(set) var framesWritten: UInt64 = 0
    public internal(set) var bytesWritten: UInt64 = 0

    /// The writer's lock; let go after SQLite has closed.
    private var file: HistoryFile?
    let connection: Connection
    let begin: Statement
    let commit: Statement
    private let insertFrame: Statement
    private let insertEvent: Statement
    let compactor: Compactor
    let reserve: DiskReserve
    private var dictionary: SeriesDictionary
    private var state: WriterState

    init(
        _ options: HistoryOptions, file: HistoryFile, connection: Connection,
        wallMillis: Int64, earlier: [HistoryNotice]
    ) throws(HistoryError) {
        self.options = options
        self.file = file
        self.connection = connection
        begin = try connection.prepare("BEGIN IMMEDIATE", call: "begin")
        commit = try connection.prepare("COMMIT", call: "commit")
        insertFrame = try connection.prepare(
            """
            INSERT INTO frame (id, time_ms, boot, keyframe, series, data)
            VALUES (?, ?, ?, ?, ?, ?)
            """, call: "append a frame")
        insertEvent = try connection.prepare(
            "INSERT INTO event (time_ms, boot, kind, subject, text) VALUES (?, ?, ?, ?, ?)",
            call: "record an event")
        compactor = try Compactor(connection)
        reserve = DiskReserve(beside: options.path, sizeCapBytes: options.sizeCapBytes)
        dictionary = try SeriesDictionary(connection)
        let boot = try BootRecord.begin(connection, options: options, wallMillis: wallMillis)
        bootID = boot.id
        notices = earlier + (boot.notice.map { [$0] } ?? [])
        state = WriterState(lastID: boot.lastFrameID)
    }

    /// SQLite has to close before the lock's descriptor does.
    deinit { connection.close() }

    /// Writes one frame; the bytes of its blob. On error the file holds what it held before, and
    /// the next `append` carries everything since the last success.
    public func append(_ snapshot: Snapshot) throws(HistoryError) -> Int {
        do throws(HistoryError) {
            return try write(snapshot)
        } catch {
            guard error.reason == .full else { throw error }
            // A WAL that starts over needs no room.
            try checkpointIfPossible()
            return try write(snapshot)
        }
    }

    private func write(_ snapshot: Snapshot) throws(HistoryError) -> Int {
        let now = snapshot.wallMillis
        var next = state
        next.pass &+= 1
        next.lastID += 1
        let steppedBackMillis = state.lastMillis.map { $0 - now } ?? 0
        let isKeyframe = state.needsKeyframe(atMillis: now)
        if isKeyframe { next.beginGroup(atMillis: now) }
        next.groupFrames += 1
        next.lastMillis = now
        let before = isKeyframe ? [] : state.slots

        let key = FrameKey(id: next.lastID, boot: bootID, timeMillis: now)
        var written = 0
        try transaction { () throws(HistoryError) in
            try self.take(snapshot, into: &next)
            let blob = FrameEncoder.encode(
                key: key, isKeyframe: isKeyframe, isLate: !snapshot.lateShards.isEmpty,
                before: before, after: next.slots)
            written = blob.count
            try self.insertFrame.bind(
                .integer(key.id), .integer(now), .integer(self.bootID),
                .integer(isKeyframe ? 1 : 0), .integer(Int64(next.liveCount)), .blob(blob))
            _ = try self.insertFrame.step()
            if steppedBackMillis > 0 {
                try self.insert(
                    event: "clock", subject: "", text: "stepped back by \(steppedBackMillis) ms",
                    atMillis: now)
            }
        }
        state = next
        framesWritten &+= 1
        bytesWritten &+= UInt64(written)
        return written
    }

    /// Puts something on the time axis: "config", "drain", "ejection", ...
    public func record(
        event kind: String, subject: String = "", text: String, atMillis: Int64
    ) throws(HistoryError) {
        try transaction { () throws(HistoryError) in
            try self.insert(event: kind, subject: subject, text: text, atMillis: atMillis)
        }
    }

    /// Ends the boot row, empties the WAL into the file and closes. Later calls are our bug.
    ///
    /// A reader that is busy right now may keep the WAL from being emptied; nothing is lost then.
    public func close(clean: Bool, wallMillis: Int64) throws(HistoryError) {
        precondition(connection.isOpen, "BUG: history closed twice")
        reserve.release()
        defer {
            connection.close()
            file = nil
        }
        let end = try connection.prepare(
            "UPDATE boot SET end_ms = ?, clean = ? WHERE id = ?", call: "end the boot")
        try transaction { () throws(HistoryError) in
            try end.bind(.integer(wallMillis), .integer(clean ? 1 : 0), .integer(self.bootID))
            _ = try end.step()
            try self.connection.execute(
                "DELETE FROM meta WHERE name = 'admin'", call: "end the boot")
            try self.insert(
                event: "stop", subject: "", text: clean ? "clean" : "not clean",
                atMillis: wallMillis)
        }
        _ = try connection.checkpoint(.truncate)
    }

    /// Runs `body` between BEGIN and COMMIT; any error rolls everything back.
    func transaction(_ body: () throws(HistoryError) -> Void) throws(HistoryError) {
        precondition(connection.isOpen, "BUG: history used after close")
        do throws(HistoryError) {
            try begin.bind()
            _ = try begin.step()
            try body()
            try commit.bind()
            _ = try commit.step()
            dictionary.commit()
        } catch {
            connection.rollBack()
            dictionary.rollBack()
            throw error
        }
    }

    private func insert(
        event kind: String, subject: String, text: String, atMillis: Int64
    ) throws(HistoryError) {
        try insertEvent.bind(
            .integer(atMillis), .integer(bootID), .text(kind), .text(subject), .text(text))
        _ = try insertEvent.step()
    }

    /// Walks every series of the snapshot; newcomers get ids, the vanished end.
    private func take(
        _ snapshot: Snapshot, into next: inout WriterState
    ) throws(HistoryError) {
        var ended: [Int64] = []
        for (index, family) in snapshot.families.enumerated() {
            let kind = SlotKind(family.kind)
            for series in snapshot.series(of: FamilyID(index: index)) {
                let generation = snapshot.generation(series)
                let slot: Int
                if let known = next.meet(series.index, generation: generation, kind: kind) {
                    slot = known
                } else {
                    let familyID = try dictionary.family(index, family)
                    let id = try dictionary.series(
                        family: familyID,
                        labelValues: snapshot.labelValues(series), nowMillis: snapshot.wallMillis)
                    slot = next.admit(
                        series.index, generation: generation, seriesID: id, kind: kind,
                        ended: &ended)
                }
                switch kind {
                case .counter: next.store(snapshot.value(series), at: slot)
                case .gauge:
                    next.store(UInt64(bitPattern: snapshot.gaugeValue(series)), at: slot)
                case .histogram: next.store(snapshot.histogram(series), at: slot)
                }
            }
        }
        next.endUnmet(&ended)
        if ended.isEmpty { return }
        let alive = next.aliveSeriesIDs
        for id in ended where !alive.contains(id) {
            try dictionary.end(series: id, atMillis: snapshot.wallMillis)
        }
    }
}

extension SlotKind {
    init(_ kind: MetricKind) {
        self =
            switch kind {
            case .counter: .counter
            case .gauge: .gauge
            case .histogram: .histogram
            }
    }
}
