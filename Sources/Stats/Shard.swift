// One thread's counters: plain cells that only the owning thread reads or writes, also at the cut,
// which the owner copies between two events. So there are no atomics, no locks, nothing for
// ThreadSanitizer to see, and a cut never shows half an event. The lead cost: a counter add is two
// stores, 0.3-0.7 ns; a histogram record is about 2 ns. Must never be shared between threads, and
// must never be given a handle that was born in another shard.

import Synchronization

/// A single-writer set of cells. Made by `Registry.makeShard`, then moved to its thread.
@safe public final class Shard {
    /// The object itself is read by its thread for every add and written at births and cuts: 128
    /// bytes on both sides keep it off the lines of the heap's next object.
    private let before = InlineArray<16, UInt64>(repeating: 0)
    public let id: ShardID
    public let name: String

    /// Start of all cells, marks and directories; see CellSpace for what lies where.
    @usableFromInline let base: UnsafeMutableRawPointer
    private let memory: ReservedBytes
    let families: FamilyList
    /// Cells of `buckets` given to pages so far.
    private var bucketExtent = CellSpace.bucketOrigin
    private var refusedRecords: UInt64 = 0
    private var sequence: UInt64 = 0
    /// Size of the histogram part of the last cut: a good guess for the next.
    var lastHistogramWords = 0
    /// Series born here; see Births.swift.
    var births: Births
    private let after = InlineArray<16, UInt64>(repeating: 0)

    init(id: ShardID, name: String, families: FamilyList, localCapacity: Int) {
        self.id = id
        self.name = name
        self.families = families
        births = Births(capacity: localCapacity)
        let memory = ReservedBytes(byteCount: CellSpace.byteCount)
        unsafe base = memory.base
        self.memory = memory
    }

    @inlinable @inline(__always) var cells: UnsafeMutablePointer<UInt64> {
        unsafe base.assumingMemoryBound(to: UInt64.self)
    }

    @inlinable @inline(__always) var marks: UnsafeMutablePointer<UInt8> {
        unsafe (base + CellSpace.marksOffset).assumingMemoryBound(to: UInt8.self)
    }

    @inlinable @inline(__always) var directories: UnsafeMutablePointer<UInt64> {
        unsafe (base + CellSpace.directoriesOffset).assumingMemoryBound(to: UInt64.self)
    }

    @inlinable @inline(__always) var directoryMarks: UnsafeMutablePointer<UInt8> {
        unsafe (base + CellSpace.directoryMarksOffset).assumingMemoryBound(to: UInt8.self)
    }

    @inlinable @inline(__always) var buckets: UnsafeMutablePointer<UInt64> {
        unsafe (base + CellSpace.bucketsOffset).assumingMemoryBound(to: UInt64.self)
    }

    /// Adds `n`, modulo 2^64. Two plain stores, no branch, no call.
    @inlinable public func add(_ counter: Counter, _ n: UInt64 = 1) {
        #if !WEIR_UNCOUNTED
        unsafe cells[Int(counter.slot)] &+= n
        unsafe marks[Int(counter.slot &>> CellSpace.pageShift)] = 1
        #endif
    }

    /// Moves a gauge by `delta`, wrapping two's complement; shards add up.
    @inlinable public func add(_ gauge: Gauge, _ delta: Int64) {
        #if !WEIR_UNCOUNTED
        unsafe cells[Int(gauge.slot)] &+= UInt64(bitPattern: delta)
        unsafe marks[Int(gauge.slot &>> CellSpace.pageShift)] = 1
        #endif
    }

    /// Makes this shard's share of a gauge `value`. Only for a gauge that this shard alone writes.
    @inlinable public func set(_ gauge: Gauge, _ value: Int64) {
        #if !WEIR_UNCOUNTED
        unsafe cells[Int(gauge.slot)] = UInt64(bitPattern: value)
        unsafe marks[Int(gauge.slot &>> CellSpace.pageShift)] = 1
        #endif
    }

    /// Counts `value` in its exact cell and adds it to the sum. Out of line: 0, values from 2^53
    /// on, and the first touch of a page.
    @inlinable @inline(__always)
    public func record(_ histogram: Histogram, _ value: UInt64) {
        #if !WEIR_UNCOUNTED
        let directory =
            unsafe directories
            + Int(histogram.directory) &* CellSpace.directoryWords
        guard value &- 1 < CellSpace.exactLimit &- 1,
            let tables = unsafe UnsafePointer<UInt64>(
                bitPattern: UInt(directory[CellSpace.directoryTables]))
        else { return recordRare(histogram, value) }
        // Exponent and five mantissa bits of the exact Double are the slice; `bsr` is slow on AMD.
        let bits = Double(Int64(truncatingIfNeeded: value)).bitPattern
        let slice = Int(truncatingIfNeeded: bits &>> 47) &- (1023 &* 32)
        let firsts = unsafe UnsafeRawPointer(tables).assumingMemoryBound(to: UInt16.self)
        var cell = unsafe Int(firsts[slice])
        let uppers = unsafe tables + LayoutBlock.uppers
        cell &+= unsafe value > uppers[cell] ? 1 : 0
        // Only where a classic bound shares the slice with a native one.
        while unsafe value > uppers[cell] { cell &+= 1 }
        let number = cell &>> CellSpace.histogramPageShift
        let place = unsafe UnsafeMutableRawPointer(directory + CellSpace.directoryPages)
            .assumingMemoryBound(to: UInt32.self)[number]
        if place == 0 { return recordRare(histogram, value) }
        unsafe buckets[Int(place) &+ cell] &+= 1
        unsafe directory[CellSpace.directorySum] &+= value
        unsafe UnsafeMutableRawPointer(directory + CellSpace.directoryMarksWord)
            .assumingMemoryBound(to: UInt8.self)[number] = 1
        unsafe directoryMarks[Int(histogram.directory)] = 1
        #endif
    }

    /// The same in general: any value, page made when missing, refused (and counted) when no cells
    /// are left.
    @usableFromInline @inline(never)
    func recordRare(_ histogram: Histogram, _ value: UInt64) {
        guard let layout = families[Int(histogram.family)].layout else {
            preconditionFailure("BUG: not a histogram")
        }
        let directory = unsafe directories + Int(histogram.directory) * CellSpace.directoryWords
        unsafe directory[CellSpace.directoryTables] = UInt64(UInt(bitPattern: layout.tables.hot))
        let cell = layout.cell(of: value)
        let number = cell >> CellSpace.histogramPageShift
        let places = unsafe UnsafeMutableRawPointer(directory + CellSpace.directoryPages)
            .assumingMemoryBound(to: UInt32.self)
        if unsafe places[number] == 0 {
            guard bucketExtent + CellSpace.histogramPageCells <= CellSpace.bucketCells else {
                refusedRecords &+= 1
                return
            }
            // Biased so that place + cell is the address: no masking when recording.
            unsafe places[number] = UInt32(bucketExtent - number * CellSpace.histogramPageCells)
            bucketExtent += CellSpace.histogramPageCells
        }
        unsafe buckets[Int(places[number]) + cell] &+= 1
        unsafe directory[CellSpace.directorySum] &+= value
        unsafe UnsafeMutableRawPointer(directory + CellSpace.directoryMarksWord)
            .assumingMemoryBound(to: UInt8.self)[number] = 1
        unsafe directoryMarks[Int(histogram.directory)] = 1
    }

    /// Everything added since the last cut. Called by the owner between two events; each cut must
    /// reach `Registry.apply` once, in order. O(used extent / 64 + touched pages).
    public func cut() -> Cut {
        sequence += 1
        let scalars = cutScalars()
        let cut = Cut(
            shard: id, sequence: sequence, runs: scalars.runs, values: scalars.values,
            histograms: cutHistograms(), births: births.takeBorn(),
            releases: births.takeReleased(), folded: births.takeFolded(),
            refusedRecords: refusedRecords, shardBytes: memoryBytes)
        refusedRecords = 0
        // Main does the same to its mirror, so the next owner of these cells starts from zero.
        for release in cut.releases where release.kind != .histogram {
            unsafe cells[Int(release.number)] = 0
        }
        return cut
    }

    /// Bytes of cells, marks and directories in use, by extent.
    public var memoryBytes: Int {
        let scalars = families.sharedSlots.load(ordering: .relaxed) + births.scalarExtent
        let directories =
            families.sharedDirectories.load(ordering: .relaxed)
            + births.directoryExtent
        return scalars * 8 + scalars / CellSpace.pageCells
            + directories * (CellSpace.directoryWords * 8 + 1)
            + (bucketExtent - CellSpace.bucketOrigin) * 8
    }
}
