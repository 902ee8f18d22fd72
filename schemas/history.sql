-- The history of weir: one SQLite file. This page is the commented source of truth; the statements
-- that weir runs (Sources/History/Store/Schema.swift) are compared with it by a test.
-- docs/internals/history-format.md draws the bytes of the blobs.
--
-- Before the first table:   PRAGMA page_size = 512;  PRAGMA auto_vacuum = INCREMENTAL;
-- In the same transaction:  PRAGMA application_id = 2003134834 ("weir");  PRAGMA user_version = 3;
-- Afterwards:               PRAGMA journal_mode = WAL;
-- The writer runs with synchronous = NORMAL and wal_autocheckpoint = 0 and is the only one that
-- writes or checkpoints; everybody else opens with mode=ro. All times are Unix milliseconds, UTC.

-- Facts about the file as a whole, one row each: created_ms, created_by, and while a weir writes it
-- admin, the base URL of its admin.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row per run of weir. Counters in frames count from zero at start_ms of their boot, so an
-- increase over a restart is exact. end_ms is NULL while weir runs; a run that was killed gets the
-- time of its last frame when the next one opens the file, and keeps clean = 0.
CREATE TABLE boot (
    id INTEGER PRIMARY KEY,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER,
    version TEXT NOT NULL,
    config_hash TEXT NOT NULL,
    clean INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What happened, on the same time axis: start, stop, a config change, a clock step, a drain.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE INDEX event_time ON event (time_ms);

-- Dictionary, first level. kind: 0 counter, 1 gauge, 2 histogram, 8 and 9 counter and gauge whose
-- values are floats (imported). unit: 0 none, 1 bytes, 2 nanoseconds. labels: JSON array of label names. bounds: JSON array of the classic upper bounds
-- in raw units (histograms; they decide the cell numbering, hence part of the identity). One row for
-- each template, kind, unit, labels and bounds; the writer sees to that.
CREATE TABLE family (
    id INTEGER PRIMARY KEY,
    template TEXT NOT NULL,
    prometheus TEXT NOT NULL,
    kind INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    labels TEXT NOT NULL,
    bounds TEXT NOT NULL,
    help TEXT NOT NULL
) STRICT;

-- Dictionary, second level: labels is the JSON array of label values. The id is found again by
-- name after a restart, and is the only one of its name. last_ms is set when the series ended while weir ran (NULL: alive, or
-- unknown after a kill).
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    family INTEGER NOT NULL REFERENCES family (id),
    labels TEXT NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER
) STRICT;

-- The series of a family. Names are compared by the writer, which reads a family's when the first
-- of its series appears: an index over the names would hold them a second time.
CREATE INDEX series_family ON series (family);

-- One row per flush with every series that changed. id rises by one without gaps inside a group of
-- at most 60 frames that begins with a keyframe. time_ms never falls inside a group: a clock that
-- steps back begins a new one. series counts the live series. data carries a checksum over itself
-- and over id, boot and time_ms.
CREATE TABLE frame (
    id INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    boot INTEGER NOT NULL,
    keyframe INTEGER NOT NULL,
    series INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;

-- Finds groups by time. Only keyframes are in it, so an ordinary flush touches one b-tree.
CREATE INDEX frame_group ON frame (time_ms, series) WHERE keyframe = 1;

-- What compaction makes of frames: the samples of one boot and one stretch of time, in one tier
-- (0 as flushed, 1: 10 s, 2: 1 min, 3: 1 h). Covers the frames first_frame...last_frame; a block of
-- tier 0 took their place, one of a coarser tier stands beside the finer blocks it was made from.
-- start_ms is the time of the sample before the first one, or the start of the boot. Imported
-- blocks have frame numbers below zero. samples counts the values in all chunks. data: times, frame ids, list of chunks; its checksum covers
-- all other columns.
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
) STRICT;

-- Finds the blocks of a stretch of time, and the oldest of a tier.
CREATE INDEX block_time ON block (tier, end_ms);

-- How far a tier reaches.
CREATE INDEX block_frame ON block (tier, last_frame);

-- Columns of up to 64 series of one family in one block. id = block << 28 | family << 8 | part, so
-- a block is one range of ids: it is appended at the end, dropped as a whole, and a family in it is
-- one seek. data carries a checksum over itself and id.
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
) STRICT;

-- Windows of time that expiry leaves alone, whatever their age and the size of the file.
CREATE TABLE pin (
    id INTEGER PRIMARY KEY,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
