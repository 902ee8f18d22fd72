// The tables of a history file, as statements. schemas/history.sql says the same with the reasons;
// a test compares the two, so that neither can drift. Version 3. Any thread: constants only.
// A migration is what a file of the version before lacks; it never changes what is there.

/// Identity and statements of the file format.
public enum HistorySchema {
    /// "weir" in ASCII; `file(1)` and SQLite show it as the application id.
    public static let applicationID: Int64 = 0x7765_6972
    public static let version = 3
    /// Small: most rows are, so are the tables of a young file, and long blobs fill whole pages.
    public static let pageBytes = 512

    /// What makes an empty file a history, in order, inside one transaction.
    public static let statements: [String] =
        [
            """
            CREATE TABLE meta (
                name TEXT PRIMARY KEY,
                value TEXT NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE boot (
                id INTEGER PRIMARY KEY,
                start_ms INTEGER NOT NULL,
                end_ms INTEGER,
                version TEXT NOT NULL,
                config_hash TEXT NOT NULL,
                clean INTEGER NOT NULL DEFAULT 0
            ) STRICT
            """,
            """
            CREATE TABLE event (
                id INTEGER PRIMARY KEY,
                time_ms INTEGER NOT NULL,
                boot INTEGER NOT NULL,
                kind TEXT NOT NULL,
                subject TEXT NOT NULL,
                text TEXT NOT NULL
            ) STRICT
            """,
            "CREATE INDEX event_time ON event (time_ms)",
            """
            CREATE TABLE family (
                id INTEGER PRIMARY KEY,
                template TEXT NOT NULL,
                prometheus TEXT NOT NULL,
                kind INTEGER NOT NULL,
                unit INTEGER NOT NULL,
                labels TEXT NOT NULL,
                bounds TEXT NOT NULL,
                help TEXT NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE series (
                id INTEGER PRIMARY KEY,
                family INTEGER NOT NULL REFERENCES family (id),
                labels TEXT NOT NULL,
                first_ms INTEGER NOT NULL,
                last_ms INTEGER
            ) STRICT
            """,
            "CREATE INDEX series_family ON series (family)",
            """
            CREATE TABLE frame (
                id INTEGER PRIMARY KEY,
                time_ms INTEGER NOT NULL,
                boot INTEGER NOT NULL,
                keyframe INTEGER NOT NULL,
                series INTEGER NOT NULL,
                data BLOB NOT NULL
            ) STRICT
            """,
            "CREATE INDEX frame_group ON frame (time_ms, series) WHERE keyframe = 1",
        ] + chunkStatements

    /// What version 2 added.
    static let chunkStatements: [String] = [
        """
        CREATE TABLE block (
            id INTEGER PRIMARY KEY,
            tier INTEGER NOT NULL,
            boot INTEGER NOT NULL,
            start_ms INTEGER NOT NULL,
            end_ms INTEGER NOT NULL,
            first_frame INTEGER NOT NULL,
            last_frame INTEGER NOT NULL,
            samples INTEGER NOT NULL,
            data BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX block_time ON block (tier, end_ms)",
        "CREATE INDEX block_frame ON block (tier, last_frame)",
        """
        CREATE TABLE chunk (
            id INTEGER PRIMARY KEY,
            data BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE pin (
            id INTEGER PRIMARY KEY,
            from_ms INTEGER NOT NULL,
            to_ms INTEGER NOT NULL,
            reason TEXT NOT NULL
        ) STRICT
        """,
    ]

    /// Statements that bring a file of version n to n + 1, by n.
    /// Version 3 has other chunks beside the older ones; its tables are those of version 2 without
    /// two unique indexes, which an older file keeps.
    static let migrations: [Int: [String]] = [1: chunkStatements, 2: []]
}
