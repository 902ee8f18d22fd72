// Opening a history for writing: lock, judge, create or check, then begin a boot. A damaged file
// is moved aside and a fresh one made, since a history must never be the reason not to start; a
// newer one, and a sound database of another program (which may have it open), are refused and
// stay where they are. Cost does not depend on the file's size.
// Caller's thread (start-up); the writer is then handed to the history thread.

extension HistoryWriter {
    /// What to do with a file that exists and can be used.
    public enum ExistingFile: Sendable { case keep, moveAside }

    /// Opens or creates the file of `options`.
    ///
    /// - Parameters:
    ///   - wallMillis: now.
    ///   - originMillis: when this process began to count, if not now.
    ///   - existing: `.moveAside` begins anew after `append` found damage (`.corrupt`); close the
    ///     old writer first.
    /// - Throws: `.alreadyWriting`, `.newerVersion`, `.notAHistory`, `.denied`, `.missing` (the
    ///   folder), `.full`, `.inputOutput`, `.busy`.
    public static func open(
        _ options: HistoryOptions, wallMillis: Int64, originMillis: Int64? = nil,
        existing: ExistingFile = .keep
    ) throws(HistoryError) -> HistoryWriter {
        let origin = originMillis ?? wallMillis
        var because = "damage was found while writing"
        if existing == .keep {
            do throws(HistoryError) {
                return try attempt(options, wallMillis: origin, earlier: [])
            } catch {
                guard error.isDamage else { throw error }
                because = error.detail
            }
        }
        let notice = try moveAside(options.path, wallMillis: wallMillis, because: because)
        return try attempt(options, wallMillis: origin, earlier: [notice])
    }

    /// Under the lock, which goes with the old file.
    private static func moveAside(
        _ path: String, wallMillis: Int64, because: String
    ) throws(HistoryError) -> HistoryNotice {
        let file = try HistoryFile(locking: path)
        let target = try file.moveAside(wallMillis: wallMillis)
        return .movedAside(path: path, to: target, because: because)
    }

    private static func attempt(
        _ options: HistoryOptions, wallMillis: Int64, earlier: [HistoryNotice]
    ) throws(HistoryError) -> HistoryWriter {
        let file = try HistoryFile(locking: options.path)
        guard file.isEmpty || file.looksLikeDatabase else {
            throw HistoryError(
                .corrupt, call: "open", path: options.path, detail: "not an SQLite database")
        }
        let connection = try Connection(
            options.path, path: options.path, flags: Connection.readWrite)
        do throws(HistoryError) {
            try StoreSetup.prepare(connection, wallMillis: wallMillis, version: options.version)
            return try HistoryWriter(
                options, file: file, connection: connection, wallMillis: wallMillis,
                earlier: earlier)
        } catch {
            // SQLite has to close before the lock's descriptor does.
            connection.close()
            throw withExtendedLifetime(file) { error }
        }
    }
}

/// Makes an empty database a history, or checks that it is one.
enum StoreSetup {
    static func prepare(
        _ connection: Connection, wallMillis: Int64, version: String
    ) throws(HistoryError) {
        let call = "open"
        let application = try connection.integer("PRAGMA application_id", call: call) ?? 0
        let found = try connection.integer("PRAGMA user_version", call: call) ?? 0
        let tables = try connection.integer("SELECT count(*) FROM sqlite_schema", call: call) ?? 0
        if application == 0, tables == 0 {
            try create(connection, wallMillis: wallMillis, version: version)
        } else if application != HistorySchema.applicationID {
            throw HistoryError(
                .notAHistory, call: call, path: connection.path,
                detail: "a database of another program")
        } else if found > HistorySchema.version {
            throw HistoryError(
                .newerVersion(found: Int(found), known: HistorySchema.version), call: call,
                path: connection.path,
                detail: "history format \(found), this weir knows \(HistorySchema.version)")
        } else {
            try migrate(connection, from: Int(found))
        }
        try connection.execute(
            """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;
            PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY
            """, call: call)
        connection.countWALPages()
        try checkTables(connection)
    }

    private static func create(
        _ connection: Connection, wallMillis: Int64, version: String
    ) throws(HistoryError) {
        var sql = "PRAGMA page_size = \(HistorySchema.pageBytes);"
        sql += "PRAGMA auto_vacuum = INCREMENTAL; BEGIN IMMEDIATE;"
        for statement in HistorySchema.statements { sql += statement + ";" }
        sql += "INSERT INTO meta VALUES ('created_ms', '\(wallMillis)');"
        sql += "PRAGMA application_id = \(HistorySchema.applicationID);"
        sql += "PRAGMA user_version = \(HistorySchema.version); COMMIT"
        do throws(HistoryError) {
            try connection.execute(sql, call: "create")
        } catch {
            connection.rollBack()
            throw error
        }
        let creator = try connection.prepare(
            "INSERT OR REPLACE INTO meta VALUES ('created_by', ?)", call: "create")
        try creator.bind(.text(version))
        _ = try creator.step()
    }

    /// Forward only, in one transaction: a crash leaves the older version, whole.
    private static func migrate(_ connection: Connection, from found: Int) throws(HistoryError) {
        guard found >= 1, found < HistorySchema.version else { return }
        var sql = "BEGIN IMMEDIATE;"
        for version in found..<HistorySchema.version {
            for statement in HistorySchema.migrations[version] ?? [] { sql += statement + ";" }
        }
        sql += "PRAGMA user_version = \(HistorySchema.version); COMMIT"
        do throws(HistoryError) {
            try connection.execute(sql, call: "migrate")
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// A table that is missing, or a page of the schema that cannot be read, is damage.
    private static func checkTables(_ connection: Connection) throws(HistoryError) {
        let names =
            "'meta', 'boot', 'event', 'family', 'series', 'frame', 'block', 'chunk', 'pin'"
        let count = try connection.integer(
            "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN (\(names))",
            call: "open")
        guard count == 9 else {
            throw HistoryError(
                .corrupt, call: "open", path: connection.path, detail: "a table is missing")
        }
        // Frames do not touch these; compaction, minutes later, would be the first to find out. One
        // walk down to where each of them grows.
        for place in ["block", "block INDEXED BY block_time", "block INDEXED BY block_frame"] {
            let order = place.contains("frame") ? "last_frame" : "end_ms"
            let rule =
                place == "block" ? "ORDER BY id DESC" : "WHERE tier = 0 ORDER BY \(order) DESC"
            _ = try connection.integer("SELECT 1 FROM \(place) \(rule) LIMIT 1", call: "open")
        }
        for table in ["chunk", "pin"] {
            _ = try connection.integer(
                "SELECT 1 FROM \(table) ORDER BY id DESC LIMIT 1", call: "open")
        }
    }
}
