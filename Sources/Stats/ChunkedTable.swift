// An array in chunks that is cheap to publish: a published copy shares all chunks, and a chunk is
// copied once on its first change after that. So a snapshot costs what was touched, not what is
// there. Main writes; published copies are read on any thread. Whether to copy is decided by an
// epoch, never by the reference count, so main never writes where any reader ever was.

/// What a snapshot keeps of a `ChunkedTable`.
struct FrozenTable<Element: Sendable>: Sendable {
    let chunks: [[Element]]
    let shift: Int
    let count: Int

    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count, "BUG: series index out of range")
        return chunks[index >> shift][index & (1 << shift - 1)]
    }
}

struct ChunkedTable<Element: Sendable> {
    /// log2 of elements per chunk.
    let shift: Int
    private(set) var count = 0
    private var chunks: [[Element]] = []
    /// Epoch in which a chunk was last made ours alone.
    private var ownedSince: [UInt64] = []
    private var epoch: UInt64 = 1
    private var outerOwned = true

    init(shift: Int) { self.shift = shift }

    subscript(index: Int) -> Element {
        chunks[index >> shift][index & (1 << shift - 1)]
    }

    mutating func append(_ element: Element) {
        let chunk = count >> shift
        if chunk == chunks.count {
            own()
            var fresh: [Element] = []
            fresh.reserveCapacity(1 << shift)
            fresh.append(element)
            chunks.append(fresh)
            ownedSince.append(epoch)
        } else {
            own(chunk)
            chunks[chunk].append(element)
        }
        count += 1
    }

    /// Changes one element in place, in a chunk that no published copy shares.
    mutating func update(_ index: Int, _ body: (inout Element) -> Void) {
        own(index >> shift)
        body(&chunks[index >> shift][index & (1 << shift - 1)])
    }

    /// Puts a whole chunk in place of an old one; the number of elements stays.
    mutating func replaceChunk(_ chunk: Int, with elements: [Element]) {
        own()
        precondition(chunks[chunk].count == elements.count, "BUG: chunk of another size")
        chunks[chunk] = elements
        ownedSince[chunk] = epoch
    }

    /// Elements in one chunk.
    func chunkCount(_ chunk: Int) -> Int { chunks[chunk].count }

    /// An immutable copy. O(1); the next change copies the list of chunks.
    mutating func freeze() -> FrozenTable<Element> {
        epoch += 1
        outerOwned = false
        return FrozenTable(chunks: chunks, shift: shift, count: count)
    }

    private mutating func own() {
        if outerOwned { return }
        chunks = unsafe chunks.withUnsafeBufferPointer { unsafe [[Element]]($0) }
        outerOwned = true
    }

    private mutating func own(_ chunk: Int) {
        own()
        if ownedSince[chunk] == epoch { return }
        var copy: [Element] = []
        copy.reserveCapacity(1 << shift)
        copy.append(contentsOf: chunks[chunk])
        chunks[chunk] = copy
        ownedSince[chunk] = epoch
    }
}
