// What main remembers of one shard: the last value it saw of each cell, so that the next cut gives
// exact deltas, and which series each number born in that shard stands for. Main only. The mirror
// is what makes reuse of a cell exact without any worker ever zeroing it: a new owner's first
// delta starts where the old owner's last one ended.

@safe final class ShardMirror {
    static let unmapped = UInt32.max

    let name: String
    /// Last seen values, both halves of the scalar space.
    let cells: UnsafeMutablePointer<UInt64>
    private let memory: ReservedBytes
    /// Series of each scalar or histogram number born in the shard, by offset in the upper half.
    var localScalars: [UInt32] = []
    var localHistograms: [UInt32] = []
    var sequence: UInt64 = 0
    /// Registry clock of the last applied cut.
    var appliedAt: UInt64
    var isOpen = true
    var isLate = false
    var shardBytes = 0

    init(name: String, appliedAt: UInt64) {
        self.name = name
        self.appliedAt = appliedAt
        let memory = ReservedBytes(byteCount: 2 * CellSpace.scalarHalf * 8)
        unsafe cells = memory.view(UInt64.self, at: 0, count: 2 * CellSpace.scalarHalf)
        self.memory = memory
    }

    /// Maps a number born in the shard. Numbers arrive without gaps.
    func map(_ birth: Birth, to series: Int, kind: MetricKind) {
        switch kind {
        case .counter, .gauge:
            let offset = Int(birth.number) - CellSpace.scalarHalf
            if offset == localScalars.count { localScalars.append(Self.unmapped) }
            precondition(localScalars[offset] == Self.unmapped, "BUG: number born twice")
            localScalars[offset] = UInt32(series)
        case .histogram:
            let offset = Int(birth.number) - CellSpace.directoryHalf
            if offset == localHistograms.count { localHistograms.append(Self.unmapped) }
            precondition(localHistograms[offset] == Self.unmapped, "BUG: number born twice")
            localHistograms[offset] = UInt32(series)
        }
    }

    func unmap(_ release: Release) {
        switch release.kind {
        case .counter, .gauge:
            localScalars[Int(release.number) - CellSpace.scalarHalf] = Self.unmapped
            // As the shard did right after this cut.
            unsafe cells[Int(release.number)] = 0
        case .histogram:
            localHistograms[Int(release.number) - CellSpace.directoryHalf] = Self.unmapped
        }
    }

    func close() {
        isOpen = false
        localScalars = []
        localHistograms = []
    }
}
