// The one place where numbers come together: declares families, gives out shared handles, makes
// shards, owns totals and mirrors. Main thread only, not Sendable. Merging is in Registry+Apply,
// retirement in Registry+Lifecycle, publishing in Registry+Snapshot. Must never touch a shard's
// memory: shards hand over cuts. docs/internals/stats.md tells the whole way.

/// Catalogue, series table and merged totals of one process.
@safe public final class Registry {
    /// A series is special while a change of it needs more than an add.
    enum Flag {
        static let plain: UInt8 = 0
        static let special: UInt8 = 1
    }

    /// Series of a family in label order, and what changed since the last snapshot.
    struct FamilyOrder {
        var newcomers: [Int] = []
        var lostSome = false
        /// Series in snapshots, `other` not counted.
        var visible = 0
    }

    static let valueShift = 6

    let families = FamilyList()
    var declared: [MetricFamily] = []
    var templates: [String: Int] = [:]
    var exposedNames: [String: Int] = [:]
    var series = SeriesTable()
    var order: [FamilyOrder] = []
    var sorted: [[SeriesID]] = []
    /// Numbers to reuse, by kind: a gauge's cells are zero in all shards, a counter's are not.
    var freeCounters: [Int] = []
    var freeGauges: [Int] = []
    var freeHistograms: [Int: [Int]] = [:]
    let cellCapacity: Int

    var mirrors: [ShardMirror] = []
    /// Counts applied cuts.
    var clock: UInt64 = 0
    private let memory: ReservedBytes
    let totals: UnsafeMutablePointer<UInt64>
    let flags: UnsafeMutablePointer<UInt8>
    let chunkMarks: UnsafeMutablePointer<UInt8>
    var values = ChunkedTable<UInt64>(shift: Registry.valueShift)
    var histograms = ChunkedTable<HistogramValue>(shift: 4)
    /// Per histogram number: its series, and the snapshot after which its cells became ours alone.
    var histogramSeries: [Int] = []
    var histogramOwnedSince: [UInt64] = []

    var sequence: UInt64 = 0
    var sinks: [Sink] = []
    var retirements: [Int: RetiredSeries] = [:]
    var openTickets: Set<UInt64> = []
    var lastTicket: UInt64 = 0

    /// Requests for a handle that were answered with `other`, here and in all shards.
    public internal(set) var foldedSeries: UInt64 = 0
    /// Histogram records that found no cell space in their shard; 0 unless 2^24 cells are in use.
    public internal(set) var refusedRecords: UInt64 = 0
    /// Amounts added through handles after they were declared released; 0 unless there is a bug.
    public internal(set) var strayAdds: UInt64 = 0
    /// Series in snapshots.
    public internal(set) var seriesCount = 0

    /// - Parameter cellCapacity: most series, 2,048 ... 2,097,152. The last 1,024 numbers are kept
    ///   for `other` series.
    public init(cellCapacity: Int = 1 << 20) {
        precondition(
            cellCapacity >= 2 * FamilyList.limit && cellCapacity <= CellSpace.scalarHalf,
            "BUG: cellCapacity must be 2048 ... 2097152")
        self.cellCapacity = cellCapacity
        let chunks = CellSpace.scalarHalf >> Self.valueShift
        let memory = ReservedBytes(byteCount: CellSpace.scalarHalf * 9 + chunks)
        unsafe totals = memory.view(UInt64.self, at: 0, count: CellSpace.scalarHalf)
        unsafe flags = memory.view(
            UInt8.self, at: CellSpace.scalarHalf * 8, count: CellSpace.scalarHalf)
        unsafe chunkMarks = memory.view(UInt8.self, at: CellSpace.scalarHalf * 9, count: chunks)
        self.memory = memory
    }

    /// Declares a family, before or after shards were made. A template or an exposed Prometheus
    /// name that exists already is a bug.
    public func declare(_ family: MetricFamily) -> FamilyID {
        if let conflict = conflict(with: family) { preconditionFailure("BUG: \(conflict)") }
        let index = families.append(FamilyRecord(family))
        templates[family.template] = index
        for name in MetricName.exposed(family) { exposedNames[name] = index }
        declared.append(family)
        order.append(FamilyOrder())
        sorted.append([])
        return FamilyID(index: index)
    }

    /// Why a family cannot be declared, naming both families; nil when it can.
    func conflict(with family: MetricFamily) -> String? {
        if templates[family.template] != nil { return "\(family.template) is declared twice" }
        for name in MetricName.exposed(family) {
            guard let index = exposedNames[name] else { continue }
            return "\(family.template) and \(declared[index].template) both expose the "
                + "Prometheus name \(name); give one of them `prometheus:`"
        }
        return nil
    }

    /// The counter with these labels, the same handle each time. Main asks for what the
    /// configuration names, so the family's limit does not apply: it bounds what peers can cause,
    /// births on workers. `other` only when the table is full.
    public func counter(_ family: FamilyID, _ labelValues: [String] = []) -> Counter {
        Counter(slot: UInt32(shared(family, labelValues, .counter)))
    }

    /// The gauge with these labels; see `counter`.
    public func gauge(_ family: FamilyID, _ labelValues: [String] = []) -> Gauge {
        Gauge(slot: UInt32(shared(family, labelValues, .gauge)))
    }

    /// The histogram with these labels; see `counter`.
    public func histogram(_ family: FamilyID, _ labelValues: [String] = []) -> Histogram {
        let number = shared(family, labelValues, .histogram)
        return Histogram(directory: series[number].histogram, family: UInt32(family.index))
    }

    /// A shard for one thread; main may have one too. Any time.
    public func makeShard(name: String) -> sending Shard {
        let id = ShardID(index: mirrors.count)
        mirrors.append(ShardMirror(name: name, appliedAt: clock))
        return Shard(id: id, name: name, families: families, localCapacity: cellCapacity)
    }

    /// The shard did not answer in time: the next snapshot names it and has its last cut's values.
    public func markLate(shard: ShardID) { mirrors[shard.index].isLate = true }

    /// The shard's thread has ended and its last cut is applied. Its numbers stay.
    public func close(shard: ShardID) {
        mirrors[shard.index].close()
        forgetBlocks()
    }

    /// A gauge's value over all shards, as of the cuts applied so far.
    public func total(_ gauge: Gauge) -> Int64 {
        unsafe Int64(bitPattern: totals[Int(gauge.slot)])
    }

    /// Bytes in use by main and, as of their last cuts, by the shards; by extent, not by malloc.
    public var memoryBytes: Int {
        let perSeries = 8 + 1 + 8 + MemoryLayout<SeriesID>.stride
        var bytes = series.memoryBytes + series.count * perSeries
        for mirror in mirrors where mirror.isOpen {
            bytes += (series.count + mirror.localScalars.count) * 8
            bytes += mirror.localScalars.count * 4 + mirror.localHistograms.count * 4
            bytes += mirror.shardBytes
        }
        for number in 0..<histograms.count {
            bytes += histograms[number].cells.count * 8 + MemoryLayout<HistogramValue>.stride + 16
        }
        return bytes
    }

    private func shared(_ id: FamilyID, _ labels: [String], _ kind: MetricKind) -> Int {
        let family = families[id.index].family
        precondition(
            family.kind == kind && family.labels.count == labels.count,
            "BUG: \(family.template): wrong kind or number of labels")
        return intern(id.index, labels, isLimited: false)
    }
}
