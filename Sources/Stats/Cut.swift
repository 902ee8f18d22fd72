// What one shard hands to main: everything added since its previous cut. A value of plain arrays,
// made by the worker, moved by post, consumed once by `Registry.apply`; nobody else looks inside.
// Scalars are absolute, histograms are counts moved out, births come before what they counted.

/// One shard's changes. Opaque; apply each exactly once, in the order of `sequence`.
public struct Cut: Sendable {
    public let shard: ShardID
    /// 1 for a shard's first cut, then ascending by 1.
    public let sequence: UInt64
    /// first cell << 32 | cell count; the cells' absolute values follow one another in `values`.
    let runs: [UInt64]
    let values: [UInt64]
    /// See `Shard.cutHistograms`.
    let histograms: [UInt64]
    let births: [Birth]
    let releases: [Release]
    /// Requests for a handle that were answered with `other`.
    let folded: UInt64
    /// Histogram records refused because no octave cells were left.
    let refusedRecords: UInt64
    let shardBytes: Int

    /// Bytes of numbers in this cut.
    public var byteCount: Int { (runs.count + values.count + histograms.count) * 8 }
}
