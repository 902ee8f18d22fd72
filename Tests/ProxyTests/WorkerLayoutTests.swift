import HTTP1
import Stats
import Testing

@testable import EventLoop
@testable import Proxy

/// What one thread writes for every event or connection lies on cache lines of its own. The
/// argument is in docs/internals/performance.md; these are the numbers it rests on.
@Suite struct WorkerLayoutTests {
    @Test func objectsAreMeasuredRightly() {
        #expect(instanceBytes(of: TwoWords()) == 32)
    }

    @Test func balanceSlotsHaveTheirOwnLines() throws {
        #expect(MemoryLayout<BalanceSlot>.size == 128)
        #expect(MemoryLayout<BalanceSlot>.stride == 128)
        let boxes = try (0..<5).map { _ in try Mailbox<WorkerMessage>() }
        let balance = ConnectionBalance(mailboxes: boxes)
        for worker in 0..<5 {
            #expect(balance.address(of: worker) % 128 == 0)
            #expect(balance.address(of: worker) == balance.address(of: 0) + UInt(worker) * 128)
        }
    }

    @Test(arguments: [0, 1, 127, 128, 129, 4000])
    func ownLinesBeginAndEndOnThem(_ count: Int) {
        let blocks = (0..<64).map { _ in OwnLines.allocate(byteCount: count) }
        let starts = blocks.map { UInt(bitPattern: $0) }.sorted()
        let lines = UInt(max(128, (count + 127) / 128 * 128))
        #expect(starts.allSatisfy { $0 % 128 == 0 })
        #expect(zip(starts, starts.dropFirst()).allSatisfy { $1 - $0 >= lines })
        for block in blocks { block.deallocate() }
    }

    @Test func whatAWorkerOwnsBeginsOnItsOwnLines() {
        let cluster = Owned(Cluster.all(of: config, startingAt: 0)[0])
        let context = Owned(RequestContext(limits: HeadLimits()))
        let array = FixedArray(repeating: UInt8(7), count: 3)
        let scratch = Scratch(count: 100)
        #expect(withUnsafePointer(to: &cluster.value) { UInt(bitPattern: $0) } % 128 == 0)
        #expect(withUnsafePointer(to: &context.value) { UInt(bitPattern: $0) } % 128 == 0)
        #expect(withUnsafePointer(to: &array[0]) { UInt(bitPattern: $0) } % 128 == 0)
        #expect(UInt(bitPattern: scratch.bytes.baseAddress) % 128 == 0)
        #expect(UInt(bitPattern: context.value.addedBytes.baseAddress) % 128 == 0)
    }

    /// The words of a worker that change with every event, at least 128 bytes from both ends.
    @Test func aWorkerObjectKeepsItsDistance() throws {
        let worker = try makeWorker()
        expectInside(worker, withUnsafePointer(to: &worker.now) { UInt(bitPattern: $0) }, 8)
        expectInside(
            worker, withUnsafePointer(to: &worker.isFinished) { UInt(bitPattern: $0) }, 1)
        worker.setup.main.drain { _ in }
    }

    /// Slabs, blocks and timers are mappings of their own: whole pages.
    @Test func slabsAndBlocksArePages() throws {
        let worker = try makeWorker()
        for isLarge in [false, true] {
            let lent = worker.blocks.lend(large: isLarge)
            let block = try #require(lent)
            let bytes = worker.blocks.bytes(block)
            #expect(UInt(bitPattern: bytes.baseAddress) % 4096 == 0)
            worker.blocks.giveBack(block)
        }
        let downstream = withUnsafePointer(to: &worker.downstreams[0]) { UInt(bitPattern: $0) }
        let upstream = withUnsafePointer(to: &worker.upstreams[0]) { UInt(bitPattern: $0) }
        #expect(downstream % 4096 == 0)
        #expect(upstream % 4096 == 0)
    }

    // MARK: Making one

    private var config: ProxyConfig {
        let address = SocketAddress(IPEndpoint(v4: 0x7F00_0001, port: 1))
        return ProxyConfig(
            listeners: [], clusters: [ClusterConfig(name: "c", endpoints: [address])])
    }

    private func makeWorker() throws -> Worker {
        let registry = Registry()
        let setup = WorkerSetup(
            index: 0, config: config, listenerDescriptors: [],
            mailbox: try Mailbox<WorkerMessage>(), main: try Mailbox<MainMessage>(),
            heartbeat: Heartbeat(),
            metrics: WorkerMetrics(catalogue: Catalogue(registry), config: config, worker: 0))
        return try Worker(setup, shard: registry.makeShard(name: "wrk:0"))
    }

    private func expectInside(_ object: AnyObject, _ address: UInt, _ count: UInt) {
        let start = Unmanaged.passUnretained(object).toOpaque()
        let first = UInt(bitPattern: start)
        let end = first + instanceBytes(of: object)
        #expect(address >= first + 128 && address + count + 128 <= end)
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
