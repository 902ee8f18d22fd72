// The small values that name things: families, series, shards, sinks, and the three handles that
// workers add through. A handle is a cell number, never a pointer: it is made by a Registry or a
// Shard only and is below CellSpace's limits by construction, so adding needs no bounds check.
// Values, Sendable, any thread. A handle born in one shard means nothing in another one.

/// Index into `Snapshot.families`.
public struct FamilyID: Sendable, Hashable {
    public let index: Int
    public init(index: Int) { self.index = index }
}

/// Index of a series, given out by main; reused after retirement under a new generation.
public struct SeriesID: Sendable, Hashable {
    public let index: Int
    public init(index: Int) { self.index = index }
}

/// Number of a shard in its registry.
public struct ShardID: Sendable, Hashable {
    public let index: Int
}

/// Number of a sink that acknowledges snapshots.
public struct SinkID: Sendable, Hashable {
    public let index: Int
}

/// Adds to one counter series. 4 bytes.
public struct Counter: Sendable, Hashable {
    @usableFromInline let slot: UInt32
    init(slot: UInt32) { self.slot = slot }
}

/// Moves one gauge series. 4 bytes.
public struct Gauge: Sendable, Hashable {
    @usableFromInline let slot: UInt32
    init(slot: UInt32) { self.slot = slot }
}

/// Records into one histogram series. 8 bytes.
public struct Histogram: Sendable, Hashable {
    @usableFromInline let directory: UInt32
    @usableFromInline let family: UInt32
    init(directory: UInt32, family: UInt32) {
        self.directory = directory
        self.family = family
    }
}
