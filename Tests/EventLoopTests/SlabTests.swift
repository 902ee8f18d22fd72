// Slab and block pool against models, their bounds, and their memory.
import Glibc
import Testing

@testable import EventLoop

private struct Item: BitwiseCopyable, Equatable {
    var name: UInt64 = 0
    var body: (UInt64, UInt64, UInt64) = (0, 0, 0)

    static func == (a: Item, b: Item) -> Bool { a.name == b.name && a.body == b.body }
}

@Suite struct SlabTests {
    @Test func againstModel() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(state: seed)
        let slab = Slab<Item>(capacity: 200, initial: Item(name: 77))
        var live: [Handle: Item] = [:]
        var dead: Set<Handle> = []
        var freed: [UInt32] = []
        for step in 0..<20_000 {
            if random.next() % 2 == 0 {
                let item = Item(name: UInt64(step))
                guard let handle = slab.insert(item) else {
                    #expect(live.count == 200, "full too early, seed \(seed)")
                    continue
                }
                if let last = freed.popLast() { #expect(handle.index == last, "not LIFO") }
                #expect(live[handle] == nil && !dead.contains(handle), "seed \(seed)")
                live[handle] = item
            } else if let handle = live.keys.randomElement(using: &random) {
                #expect(slab[handle.index] == live[handle], "seed \(seed)")
                slab[handle.index].body.1 += 1
                #expect(slab[handle.index].body.1 == 1)
                slab.remove(handle.index)
                #expect(slab[handle.index].name == 77)
                freed.append(handle.index)
                live[handle] = nil
                dead.insert(handle)
            }
            #expect(slab.count == live.count, "seed \(seed)")
        }
        for handle in live.keys { #expect(slab.isCurrent(handle.index, handle.generation) == true) }
        for handle in dead { #expect(slab.isCurrent(handle.index, handle.generation) == false) }
        var seen = 0
        slab.forEachIndex {
            seen += 1
            slab.remove($0)
        }
        #expect(seen == live.count)
        #expect(slab.count == 0)
    }

    @Test func strangersAreNotCurrent() {
        let slab = Slab<Item>(capacity: 4, initial: Item())
        #expect(slab.isCurrent(0, 0) == false)
        #expect(slab.isCurrent(0, 1) == false)
        #expect(slab.isCurrent(4, 1) == false)
        #expect(slab.isCurrent(.max, 1) == false)
        let handle = slab.insert(Item())!
        #expect(slab.isCurrent(handle.index, handle.generation) == true)
        #expect([slab.isLive(0), slab.isLive(1)] == [true, false])
        let token = handle.token(kind: 3)
        #expect(slab.isCurrent(token.index, token.generation) == true)
    }

    @Test func generationWrapsWithinATokensBitsAndSkipsZero() {
        let slab = Slab<Item>(capacity: 1, initial: Item())
        _ = slab.insert(Item())
        slab.slots[0].generation = 0xFF_FFFF
        #expect(slab.isCurrent(0, 0xFF_FFFF) == true)
        slab.remove(0)
        #expect(slab.isCurrent(0, 0xFF_FFFF) == false)
        #expect(slab.insert(Item())?.generation == 1)
    }

    @Test func addressesStayAndMemoryIsLazy() {
        let before = Machine.residentBytes()
        let slab = Slab<InlineArray<64, UInt64>>(initial: InlineArray(repeating: 0))
        #expect(slab.capacity == 1 << 20)
        let first = slab.insert(InlineArray(repeating: 1))!
        let address = withUnsafeMutablePointer(to: &slab[first.index]) { UInt(bitPattern: $0) }
        for _ in 0..<1000 { _ = slab.insert(InlineArray(repeating: 2)) }
        #expect(
            withUnsafeMutablePointer(to: &slab[first.index]) { UInt(bitPattern: $0) } == address)
        // 512 MiB reserved; other tests run beside this one, so the bound is generous.
        #expect(Machine.residentBytes() < before + 256 << 20)
    }

    @Test func reservationsAreGivenBack() {
        // Without deinit this would need 40 TiB more address space than it may have.
        let before = Machine.virtualBytes()
        for _ in 0..<10_000 {
            let slab = Slab<InlineArray<64, UInt64>>(initial: InlineArray(repeating: 0))
            _ = slab.insert(InlineArray(repeating: 1))
            let pool = BlockPool()
            let block = pool.lend(large: true)!
            pool.giveBack(block)
        }
        #expect(Machine.virtualBytes() < before + 100 << 30)
    }
}

@Suite struct BlockPoolTests {
    @Test func againstModel() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(state: seed)
        let pool = BlockPool(smallBlocksMax: 100, largeBlocksMax: 10)
        var lent: [BlockPool.Block: UInt8] = [:]
        for _ in 0..<20_000 {
            if random.next() % 5 < 3 {
                let large = random.next() % 4 == 0
                let out = lent.keys.filter { $0.isLarge == large }.count
                guard let block = pool.lend(large: large) else {
                    #expect(out == (large ? 10 : 100), "nil too early, seed \(seed)")
                    continue
                }
                #expect(lent[block] == nil && block.isLarge == large && !block.isNone)
                let bytes = pool.bytes(block)
                #expect(bytes.count == (large ? 80 << 10 : 32 << 10))
                let mark = UInt8.random(in: 1...255, using: &random)
                bytes[0] = mark
                bytes[bytes.count - 1] = mark
                lent[block] = mark
            } else if let block = lent.keys.randomElement(using: &random) {
                let bytes = pool.bytes(block)
                #expect(bytes[0] == lent[block] && bytes[bytes.count - 1] == lent[block])
                pool.giveBack(block)
                lent[block] = nil
            }
            if random.next() % 100 == 0 { pool.trim() }
            #expect(pool.lentCount == lent.count, "seed \(seed)")
            let bytes = lent.keys.reduce(0) { $0 + ($1.isLarge ? 80 << 10 : 32 << 10) }
            #expect(pool.lentBytes == bytes)
        }
    }

    @Test func lastReturnedIsLentFirst() {
        let pool = BlockPool(smallBlocksMax: 4, largeBlocksMax: 4)
        let blocks = (0..<3).map { _ in pool.lend(large: false)! }
        for block in blocks { pool.giveBack(block) }
        #expect(pool.lend(large: false) == blocks[2])
        #expect(pool.lend(large: false) == blocks[1])
        #expect(BlockPool.Block.none.isNone && !BlockPool.Block.none.isLarge)
    }

    @Test func surplusGoesBackToTheKernel() {
        let pool = BlockPool(smallBlocksMax: 4096, largeBlocksMax: 16)
        let burst = (0..<2000).map { _ in pool.lend(large: false)! }
        for block in burst { pool.bytes(block).initializeMemory(as: UInt8.self, repeating: 1) }
        for block in burst { pool.giveBack(block) }
        #expect(pool.idleBytes == 2000 * BlockPool.smallBytes)
        pool.trim()
        pool.trim()
        #expect(pool.idleBytes == 2000 * BlockPool.smallBytes, "needed in the window before")
        for _ in 0..<100 { pool.trim() }
        #expect(pool.idleBytes == BlockShelf.slack * BlockPool.smallBytes)
        // Discarded blocks read as zeroes, kept ones do not, and the kept ones come first.
        let blocks = (0..<2000).map { _ in pool.lend(large: false)! }
        let again = blocks.map { pool.bytes($0)[0] }
        #expect(again.prefix(BlockShelf.slack).allSatisfy { $0 == 1 })
        #expect(again.dropFirst(BlockShelf.slack).allSatisfy { $0 == 0 })
        for block in blocks { pool.giveBack(block) }
        #expect(pool.idleBytes == 2000 * BlockPool.smallBytes, "lent again, so backed again")
    }

    @Test func steadyUseGivesNothingBack() {
        let pool = BlockPool(smallBlocksMax: 4096, largeBlocksMax: 16)
        for _ in 0..<100 {
            let blocks = (0..<1000).map { _ in pool.lend(large: false)! }
            for block in blocks { pool.giveBack(block) }
        }
        #expect(pool.idleBytes == 1000 * BlockPool.smallBytes)
    }
}
