// The row of a run: begun when the file is opened for writing, after the run before has been ended
// if it could not do that itself. Frame ids go on from the newest one, wherever it lies; a clock
// that is behind it is noted. A few seeks, whatever the size of the file. Caller's thread, at
// start-up.

/// The `boot` row of this run, and what was found of the run before.
struct BootRecord {
    let id: Int64
    let lastFrameID: Int64
    let notice: HistoryNotice?

    static func begin(
        _ connection: Connection, options: HistoryOptions, wallMillis: Int64
    ) throws(HistoryError) -> BootRecord {
        let call = "begin a boot"
        let frame = try lastFrame(connection)
        // Only the newest can be open: each start ends the one before.
        let open = try connection.integer(
            "SELECT id FROM (SELECT id, end_ms FROM boot ORDER BY id DESC LIMIT 1)"
                + " WHERE id > 0 AND end_ms IS NULL", call: call)
        try connection.execute("BEGIN IMMEDIATE", call: call)
        do throws(HistoryError) {
            if let open {
                let end = try connection.prepare(
                    "UPDATE boot SET end_ms = max(start_ms, ?) WHERE id = ?", call: call)
                try end.bind(.integer(frame?.time ?? 0), .integer(open))
                _ = try end.step()
            }
            let id = try add(connection, options, wallMillis)
            try note("start", options.version, wallMillis, id, connection)
            if let time = frame?.time, time > wallMillis {
                let text = "stepped back by \(time - wallMillis) ms before the start"
                try note("clock", text, wallMillis, id, connection)
            }
            try connection.execute("COMMIT", call: call)
            return BootRecord(
                id: id, lastFrameID: frame?.id ?? 0,
                notice: open.map { .uncleanEnd(boot: $0, lastFrameMillis: frame?.time) })
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// The row of the boot, and where its admin is.
    private static func add(
        _ connection: Connection, _ options: HistoryOptions, _ wallMillis: Int64
    ) throws(HistoryError) -> Int64 {
        let call = "begin a boot"
        let add = try connection.prepare(
            """
            INSERT INTO boot (id, start_ms, version, config_hash)
            VALUES ((SELECT max(0, coalesce(max(id), 0)) + 1 FROM boot), ?, ?, ?) RETURNING id
            """, call: call)
        try add.bind(.integer(wallMillis), .text(options.version), .text(options.configHash))
        let id = try add.step() ? add.integer(0) : 0
        while try add.step() {}
        try connection.execute("DELETE FROM meta WHERE name = 'admin'", call: call)
        if !options.adminURL.isEmpty {
            let admin = try connection.prepare(
                "INSERT INTO meta VALUES ('admin', ?)", call: call)
            try admin.bind(.text(options.adminURL))
            _ = try admin.step()
        }
        return id
    }

    private static func note(
        _ kind: String, _ text: String, _ millis: Int64, _ boot: Int64, _ connection: Connection
    ) throws(HistoryError) {
        let event = try connection.prepare(
            "INSERT INTO event (time_ms, boot, kind, subject, text) VALUES (?, ?, ?, '', ?)",
            call: "begin a boot")
        try event.bind(.integer(millis), .integer(boot), .text(kind), .text(text))
        _ = try event.step()
    }

    /// The newest frame, in the table or in a block: ids never restart.
    private static func lastFrame(
        _ connection: Connection
    ) throws(HistoryError) -> (id: Int64, time: Int64)? {
        let row = try connection.prepare(
            """
            SELECT * FROM (SELECT id, time_ms FROM frame ORDER BY id DESC LIMIT 1)
            UNION ALL
            SELECT * FROM (SELECT last_frame, end_ms FROM block WHERE tier = 0 AND last_frame > 0
                ORDER BY last_frame DESC LIMIT 1)
            """, call: "begin a boot")
        var result: (id: Int64, time: Int64)?
        while try row.step() {
            if (result?.id ?? 0) < row.integer(0) { result = (row.integer(0), row.integer(1)) }
        }
        return result
    }
}
