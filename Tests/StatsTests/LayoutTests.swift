import Testing

@testable import Stats

/// Where a shard's parts lie: pages of its own, and an object at a distance from its neighbours.
/// See docs/internals/performance.md.
@Suite struct LayoutTests {
    @Test func objectsAreMeasuredRightly() {
        #expect(instanceBytes(of: TwoWords()) == 32)
    }

    @Test func everyPartOfAShardIsInItsOwnPages() {
        let shard = Registry().makeShard(name: "wrk:0")
        #expect(UInt(bitPattern: shard.base) % 4096 == 0)
        for offset in [
            CellSpace.marksOffset, CellSpace.directoriesOffset, CellSpace.directoryMarksOffset,
            CellSpace.bucketsOffset,
        ] { #expect(offset % 4096 == 0, "\(offset)") }
        #expect(CellSpace.pageCells * 8 == 64)
        #expect(CellSpace.histogramPageCells * 8 == 256)
        #expect(CellSpace.directoryWords * 8 == 224)
    }

    @Test func shardsDoNotShareAPage() {
        let registry = Registry()
        let one = UInt(bitPattern: registry.makeShard(name: "wrk:0").base)
        let shards = [registry.makeShard(name: "wrk:1"), registry.makeShard(name: "wrk:2")]
        let bases = shards.map { UInt(bitPattern: $0.base) }
        #expect(max(bases[0], bases[1]) - min(bases[0], bases[1]) >= UInt(CellSpace.byteCount))
        #expect(one % 4096 == 0)
    }

    /// What a worker hands to main is copied: a cut shares no memory with the cells.
    @Test func aCutIsACopy() {
        let registry = Registry()
        let counter = registry.counter(registry.declare(MetricFamily("a.b", .counter, help: "A.")))
        let shard = registry.makeShard(name: "wrk:0")
        shard.add(counter)
        let cut = shard.cut()
        let cells = UInt(bitPattern: shard.base)
        cut.values.withUnsafeBufferPointer { values in
            let outbox = UInt(bitPattern: values.baseAddress)
            #expect(outbox < cells || outbox >= cells + UInt(CellSpace.byteCount))
        }
    }

    /// Read by every worker, written by nobody after it was made.
    @Test func histogramTablesBeginOnTheirOwnLine() {
        let layout = HistogramLayout(classicBounds: [1000, 2000])
        #expect(UInt(bitPattern: layout.tables.hot) % 128 == 0)
    }

    @Test func aShardObjectKeepsItsDistance() {
        let shard = Registry().makeShard(name: "wrk:0")
        let start = Unmanaged.passUnretained(shard).toOpaque()
        let first = UInt(bitPattern: start)
        let end = first + instanceBytes(of: shard)
        let words = withUnsafePointer(to: &shard.lastHistogramWords) { UInt(bitPattern: $0) }
        let births = withUnsafePointer(to: &shard.births) { UInt(bitPattern: $0) }
        #expect(words >= first + 128 && words + 128 + 8 <= end)
        #expect(births >= first + 128)
        #expect(births + UInt(MemoryLayout<Births>.size) + 128 <= end)
    }
}

/// Bytes of an object: `instanceSize` in its class's metadata, after kind, superclass, flags and
/// address point (where there is no Objective-C).
private func instanceBytes(of object: AnyObject) -> UInt {
    let metadata = unsafeBitCast(type(of: object), to: UnsafeRawPointer.self)
    return UInt(metadata.load(fromByteOffset: 24, as: UInt32.self))
}

private final class TwoWords {
    var first = 1
    var second = 2
}
