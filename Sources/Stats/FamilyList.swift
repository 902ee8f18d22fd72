// The families of a registry, readable by every shard without a lock: main appends, workers look
// up. An entry is written before the count that covers it is released, and never changes again.
// It also carries how many shared slots exist, which bounds what a worker scans at a cut.
// Must never be appended to by another thread than main.

import Synchronization

/// A declared family with its layout. Immutable.
final class FamilyRecord: Sendable {
    let family: MetricFamily
    /// Histograms only.
    let layout: HistogramLayout?

    init(_ family: MetricFamily) {
        self.family = family
        layout =
            family.kind == .histogram ? HistogramLayout(classicBounds: family.classicBounds) : nil
    }
}

@safe final class FamilyList: @unchecked Sendable {
    // Unchecked because of `records`: see the header for why the reads are ordered.
    static let limit = 1024

    private let records: UnsafeMutablePointer<FamilyRecord?>
    private let published = Atomic<Int>(0)
    /// Scalar slots and histogram directories main has given out so far. A worker that was handed
    /// a handle also sees the extent that covers it, since the handle came by a synchronised way.
    let sharedSlots = Atomic<Int>(0)
    let sharedDirectories = Atomic<Int>(0)

    init() {
        let records = UnsafeMutablePointer<FamilyRecord?>.allocate(capacity: Self.limit)
        unsafe records.initialize(repeating: nil, count: Self.limit)
        unsafe self.records = records
    }

    deinit {
        unsafe records.deinitialize(count: Self.limit)
        unsafe records.deallocate()
    }

    var count: Int { published.load(ordering: .acquiring) }

    /// Main only.
    func append(_ record: FamilyRecord) -> Int {
        let index = published.load(ordering: .relaxed)
        precondition(index < Self.limit, "BUG: more than \(Self.limit) metric families")
        unsafe records[index] = record
        published.store(index + 1, ordering: .releasing)
        return index
    }

    subscript(index: Int) -> FamilyRecord {
        precondition(index >= 0 && index < count, "BUG: unknown metric family")
        guard let record = unsafe records[index] else {
            preconditionFailure("BUG: unpublished metric family")
        }
        return record
    }
}
