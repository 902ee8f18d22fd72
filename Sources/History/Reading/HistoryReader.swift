// Reads a history without ever writing: while weir writes it, after it ended, after it was killed,
// or as a copy. Opened with mode=ro, so it can neither checkpoint nor empty the WAL; every query is
// short, so it pins the WAL for milliseconds. A file without a WAL has no writer and is read as
// immutable: that works in a folder that cannot be written, and leaves no -shm behind.
// One reader stays on one thread; make as many as you like.

import Glibc

public final class HistoryReader {
    public let path: String
    /// Nobody wrote the file when it was opened, and it is taken not to change. Whoever reads for
    /// long opens again when a WAL appears.
    public let isImmutable: Bool
    let connection: Connection
    let blobs: BlobReader
    let names: NameCache
    private let tail = FrameTail()
    private var readings = 0

    /// Opens for reading.
    ///
    /// - Parameter salvages: also a file that is shorter than it says; what is missing is found by
    ///   whoever asks for it.
    /// - Throws: `.missing`, `.denied`, `.notAHistory`, `.newerVersion`, `.corrupt`, `.busy`.
    public init(path: String, salvages: Bool = false) throws(HistoryError) {
        self.path = path
        try Self.checkFile(path)
        isImmutable =
            unsafe access(path + "-wal", F_OK) != 0 && access(path + "-journal", F_OK) != 0
        do throws(HistoryError) {
            connection = try Self.connect(path, isImmutable: isImmutable, salvages: salvages)
            blobs = try BlobReader(connection, toleratesDamage: true)
            names = try NameCache(connection)
        } catch {
            throw Self.explained(error)
        }
    }

    public func boots() throws(HistoryError) -> [StoredBoot] {
        let rows = try connection.prepare(
            "SELECT id, start_ms, end_ms, version, config_hash, clean FROM boot ORDER BY id",
            call: "read boots")
        var result: [StoredBoot] = []
        while try rows.step() {
            result.append(
                StoredBoot(
                    id: rows.integer(0), startMillis: rows.integer(1),
                    endMillis: rows.isNull(2) ? nil : rows.integer(2), version: rows.text(3),
                    configHash: rows.text(4), isClean: rows.integer(5) == 1))
        }
        return result
    }

    /// Events with from <= time <= to, by time.
    ///
    /// - Parameter newest: at most as many, the newest; nil for all.
    public func events(
        from: Int64 = .min, to: Int64 = .max, newest: Int? = nil
    ) throws(HistoryError) -> [StoredEvent] {
        let rows = try connection.prepare(
            """
            SELECT time_ms, boot, kind, subject, text FROM event
            WHERE time_ms BETWEEN ? AND ? ORDER BY time_ms DESC, id DESC LIMIT ?
            """, call: "read events")
        try rows.bind(.integer(from), .integer(to), .integer(Int64(newest ?? -1)))
        var result: [StoredEvent] = []
        while try rows.step() {
            result.append(
                StoredEvent(
                    timeMillis: rows.integer(0), boot: rows.integer(1), kind: rows.text(2),
                    subject: rows.text(3), text: rows.text(4)))
        }
        result.reverse()
        return result
    }

    /// Times of the oldest and the newest sample; nil without any.
    public func timeRange() throws(HistoryError) -> ClosedRange<Int64>? {
        let call = "read the time range"
        func times(_ sql: String) throws(HistoryError) -> ClosedRange<Int64>? {
            let row = try connection.prepare(sql, call: call)
            guard try row.step(), !row.isNull(0), !row.isNull(1) else { return nil }
            let (first, last) = (row.integer(0), row.integer(1))
            row.reset()
            return min(first, last)...max(first, last)
        }
        let frames = try times(
            """
            SELECT (SELECT time_ms FROM frame ORDER BY id LIMIT 1),
                (SELECT time_ms FROM frame ORDER BY id DESC LIMIT 1)
            """)
        let blocks = try times("SELECT min(start_ms), max(end_ms) FROM block")
        guard let blocks else { return frames }
        guard let frames else { return blocks }
        return min(frames.lowerBound, blocks.lowerBound)...max(frames.upperBound, blocks.upperBound)
    }

    /// All series of a family.
    func seriesIDs(family: Int64) throws(HistoryError) -> [Int64] {
        let rows = try connection.prepare(
            "SELECT id FROM series WHERE family = ?", call: "read series")
        try rows.bind(.integer(family))
        var result: [Int64] = []
        while try rows.step() { result.append(rows.integer(0)) }
        return result
    }

    public func info() throws(HistoryError) -> HistoryInfo {
        let call = "read info"
        func count(_ sql: String) throws(HistoryError) -> Int64 {
            try connection.integer(sql, call: call) ?? 0
        }
        var info = HistoryInfo()
        info.formatVersion = Int(try count("PRAGMA user_version"))
        info.fileBytes = HistoryFile.size(path)
        info.walBytes = HistoryFile.size(path + "-wal")
        info.families = Int(try count("SELECT count(*) FROM family"))
        info.series = Int(try count("SELECT count(*) FROM series"))
        info.events = Int(try count("SELECT count(*) FROM event"))
        let last = try count("SELECT max(id) FROM frame")
        let first = try count("SELECT min(id) FROM frame")
        info.frames = last == 0 ? 0 : last - first + 1
        info.frames += try count(
            "SELECT sum(last_frame - first_frame + 1) FROM block WHERE tier = 0")
        info.samples = try samples(lastID: last) + count("SELECT sum(samples) FROM block")
        info.blocks = Int(try count("SELECT count(*) FROM block"))
        let range = try timeRange()
        info.firstMillis = range?.lowerBound
        info.lastMillis = range?.upperBound
        let boots = try boots()
        info.boots = boots.count
        info.lastBoot = boots.last
        return info
    }

    /// Series of each keyframe times the length of its group, from the index alone.
    func samples(lastID: Int64) throws(HistoryError) -> Int64 {
        let rows = try connection.prepare(
            "SELECT id, series FROM frame WHERE keyframe = 1 ORDER BY time_ms", call: "read info")
        var groups: [(id: Int64, series: Int64)] = []
        while try rows.step() { groups.append((rows.integer(0), rows.integer(1))) }
        groups.sort { $0.id < $1.id }
        var total: Int64 = 0
        for (index, group) in groups.enumerated() {
            let end = index + 1 < groups.count ? groups[index + 1].id : lastID + 1
            total &+= group.series &* (end - group.id)
        }
        return total
    }

    /// The frames that no block holds yet, in a read transaction; nil when they have to be walked.
    /// Whoever asks once or twice wants few series: keeping all of them would cost more.
    func newestTail() throws(HistoryError) -> FrameTail? {
        readings += 1
        guard readings > 2, try tail.advance(connection) else { return nil }
        return tail
    }

    // MARK: opening

    private static func checkFile(_ path: String) throws(HistoryError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            let code = errno
            if code == ENOENT || code == ENOTDIR {
                throw HistoryError(.missing, call: "open", path: path, detail: "no such file")
            }
            throw HistoryFile.failure(code, "open", path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw notAHistory(path, "not a regular file")
        }
        guard unsafe access(path, R_OK) == 0 else { throw HistoryFile.failure(errno, "open", path) }
        if status.st_size == 0 { throw notAHistory(path, "the file is empty") }
    }

    private static func connect(
        _ path: String, isImmutable: Bool, salvages: Bool
    ) throws(HistoryError) -> Connection {
        let uri = "file:" + escaped(path) + (isImmutable ? "?immutable=1" : "?mode=ro")
        let connection = try Connection(uri, path: path, flags: Connection.readOnly)
        // SQLite's own way in; a connection that only reads cannot do harm with it.
        if salvages { try connection.execute("PRAGMA writable_schema = ON", call: "open") }
        let application = try connection.integer("PRAGMA application_id", call: "open")
        guard application == HistorySchema.applicationID else {
            let tables = try connection.integer("SELECT count(*) FROM sqlite_schema", call: "open")
            throw notAHistory(
                path, tables == 0 ? "nothing is in it yet" : "a database of another program")
        }
        let version = try connection.integer("PRAGMA user_version", call: "open") ?? 0
        guard version <= HistorySchema.version else {
            throw HistoryError(
                .newerVersion(found: Int(version), known: HistorySchema.version), call: "open",
                path: path,
                detail: "history format \(version), this build knows \(HistorySchema.version)")
        }
        _ = try connection.integer("SELECT count(*) FROM boot", call: "open")
        if version < 2 {
            // What the file's version lacks is empty, in memory, for this connection.
            var sql = "PRAGMA temp_store = MEMORY;"
            for statement in HistorySchema.chunkStatements where statement.hasPrefix("CREATE TABLE")
            {
                sql += "CREATE TEMP" + statement.dropFirst("CREATE".count) + ";"
            }
            try connection.execute(sql, call: "open")
        }
        return connection
    }

    private static func notAHistory(_ path: String, _ detail: String) -> HistoryError {
        HistoryError(.notAHistory, call: "open", path: path, detail: detail)
    }

    private static func explained(_ error: HistoryError) -> HistoryError {
        if error.reason == .notAHistory, error.code != 0 {
            return notAHistory(error.path, "not an SQLite database")
        }
        if error.reason == .other, error.detail.hasPrefix("no such table") {
            return HistoryError(
                .corrupt, call: "open", code: error.code, path: error.path, detail: error.detail)
        }
        guard error.reason == .denied, HistoryFile.size(error.path + "-wal") > 0 else {
            return error
        }
        return HistoryError(
            .denied, call: "open", code: error.code, path: error.path,
            detail: "its -wal can only be read in a folder that can be written: copy both")
    }

    /// What a URI gives a meaning to is percent-encoded.
    private static func escaped(_ path: String) -> String {
        var result = ""
        for character in path.unicodeScalars {
            switch character {
            case "?": result += "%3f"
            case "#": result += "%23"
            case "%": result += "%25"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
