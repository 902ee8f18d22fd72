// What a history writer is told at open, and what it has to say that is no error. Values, any
// thread. Defaults are those of DESIGN: 2 days at 1 s, 14 at 10 s, 90 at 1 min, 3 years at 1 h, two
// GiB over all. The flags of weir map onto these one to one.

/// Settings of one history file.
public struct HistoryOptions: Sendable {
    public var path: String
    /// Version of weir, for the boot row.
    public var version: String
    /// Fingerprint of the configuration, for the boot row.
    public var configHash: String
    /// Base URL of the admin of this weir, for statsctl; empty when it has none.
    public var adminURL = ""
    /// How long each tier is kept, finest first.
    public var retention: [Int64]
    /// Bound over the file and its WAL; the oldest frames go first. Default 2 GiB.
    public var sizeCapBytes: Int64
    /// Bound of the WAL alone: above it a checkpoint empties it. Default 64 MiB.
    public var walBytesMax: Int64 = 64 << 20

    public init(
        path: String, version: String = "", configHash: String = "",
        retention: [Int64] = HistoryOptions.retentionDefault, sizeCapBytes: Int64 = 2 << 30
    ) {
        precondition(retention.count == HistoryTier.allCases.count, "BUG: one age for each tier")
        self.path = path
        self.version = version
        self.configHash = configHash
        self.retention = retention
        self.sizeCapBytes = sizeCapBytes
    }

    /// 2 days, 14 days, 90 days, 3 years.
    public static let retentionDefault: [Int64] = [2, 14, 90, 3 * 365].map { $0 * 86_400_000 }

    /// Blocks of the finest tier older than this are dropped once the next tier has them.
    public var retentionMillis: Int64 {
        get { retention[0] }
        set { retention[0] = newValue }
    }
}

/// Something the operator should read once, though weir goes on.
public enum HistoryNotice: Sendable, Equatable, CustomStringConvertible {
    /// The file could not be used and lies elsewhere now.
    case movedAside(path: String, to: String, because: String)
    /// The run before this one did not end by `close`.
    case uncleanEnd(boot: Int64, lastFrameMillis: Int64?)

    public var description: String {
        switch self {
        case .movedAside(let path, let to, let because):
            return "\(path) could not be used (\(because)): moved to \(to), a new one was begun"
        case .uncleanEnd(let boot, let last):
            let time = last.map { ", last frame " + TimeText.rfc3339(millis: $0) } ?? ""
            return "the run before (boot \(boot)) did not end cleanly\(time)"
        }
    }
}

/// What one step of `maintain` did.
public struct HistoryMaintenance: Sendable {
    public var framesDropped = 0
    public var blocksDropped = 0
    public var pagesFreed = 0
    /// Found damaged by compaction, with the rest of their groups.
    public var framesLost: UInt64 = 0
    /// Lives of series that the dictionary does not know.
    public var livesLost: UInt64 = 0
    /// Compaction could not go on; what makes room did its part all the same.
    public var compactionFailure: HistoryError?
    /// True when the caller should come back soon, as there is more to drop or to give back.
    public var hasMore = false
}
