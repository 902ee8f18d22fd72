// Compaction as a machine of small steps: read frames, make chunks, write a block; or open finer
// blocks, roll up, write a block. Everything before the writing happens in memory, so a crash, a
// full disk or an error leaves the file as it was and the job begins anew. Owned by the writer,
// driven by `maintain` between flushes; history thread only.

import Glibc

final class Compactor {
    /// Values that a block of frames may hold: 8 MiB of columns while it is made.
    static let samplesMax = 1 << 20

    private enum State {
        case idle
        case reading(FrameCompaction)
        case encoding(EncodingJob)
        case rolling(RollUpJob)
        case finished(BlockDraft)
    }

    private let connection: Connection
    private let blobs: BlobReader
    private var encoder = ChunkEncoder()
    private var writer: BlockWriter
    private var state = State.idle
    private var familyOfSeries: [Int64: Int64] = [:]
    /// Roll-ups whose sources could not be read at all are not tried again.
    private var skipped: [HistoryTier: Int64] = [:]
    /// Nobody adds frames: the newest group is taken too, however short the block becomes.
    var takesEverything = false
    /// Blocks written since open, and frames that damage made unreadable.
    private(set) var blocksWritten: UInt64 = 0
    private(set) var framesLost: UInt64 = 0

    init(_ connection: Connection) throws(HistoryError) {
        self.connection = connection
        writer = try BlockWriter(connection)
        blobs = try BlobReader(connection)
    }

    /// Works for about `budgetNanos`; false when there is nothing to do.
    ///
    /// - Parameter transaction: runs its body between BEGIN and COMMIT.
    func step(
        budgetNanos: UInt64,
        transaction: (() throws(HistoryError) -> Void) throws(HistoryError) -> Void
    ) throws(HistoryError) -> Bool {
        let deadline = Self.monotonicNanos() + budgetNanos
        do throws(HistoryError) {
            repeat {
                if try !advance(transaction) { return false }
            } while Self.monotonicNanos() < deadline
        } catch {
            state = .idle
            throw error
        }
        return true
    }

    /// One piece of work; false when there is none.
    private func advance(
        _ transaction: (() throws(HistoryError) -> Void) throws(HistoryError) -> Void
    ) throws(HistoryError) -> Bool {
        switch state {
        case .idle: return try begin()
        // A state that kept its job while the job works would copy all that it has collected.
        case .reading(var frames):
            state = .idle
            switch try frames.step() {
            case .reading: state = .reading(frames)
            case .closed: try close(frames)
            case .waiting: return false
            }
        case .encoding(var job):
            state = .idle
            let goesOn = job.step(&encoder, blobs.compression)
            state = goesOn ? .encoding(job) : .finished(job.draft)
        case .rolling(var job):
            state = .idle
            let goesOn = try job.step(&encoder, blobs.compression)
            state = goesOn ? .rolling(job) : .finished(job.draft)
        case .finished(let draft):
            state = .idle
            try transaction { () throws(HistoryError) in
                try self.writer.write(draft, self.blobs.compression)
            }
            blocksWritten += 1
        }
        return true
    }

    private func begin() throws(HistoryError) -> Bool {
        if let frames = try FrameCompaction(
            connection, samplesMax: Self.samplesMax, takesEverything: takesEverything)
        {
            state = .reading(frames)
            return true
        }
        for tier in HistoryTier.allCases.dropFirst() {
            guard
                let job = try RollUpJob.next(
                    tier, after: skipped[tier] ?? 0, connection, blobs)
            else { continue }
            guard job.hasSamples else {
                skipped[tier] = job.draft.key.lastFrame
                return true
            }
            state = .rolling(job)
            return true
        }
        return false
    }

    private func close(_ frames: FrameCompaction) throws(HistoryError) {
        framesLost += UInt64(frames.framesLost)
        guard let draft = frames.draft(id: try BlockWriter.nextID(connection)) else {
            state = .idle
            return
        }
        encoder.classicBounds = try BlockIndex.classicBounds(connection)
        state = .encoding(
            EncodingJob(draft, frames.collector, familyOf: try families(frames.collector.lives)))
    }

    private func families(_ lives: [LifeColumns]) throws(HistoryError) -> [Int64: Int64] {
        let row = try connection.prepare(
            "SELECT family FROM series WHERE id = ?", call: "find a family")
        var result: [Int64: Int64] = [:]
        for life in lives where result[life.seriesID] == nil {
            if let known = familyOfSeries[life.seriesID] {
                result[life.seriesID] = known
                continue
            }
            try row.bind(.integer(life.seriesID))
            if try row.step() { result[life.seriesID] = row.integer(0) }
            row.reset()
        }
        // Only what lives now: ids of series that ended would pile up for ever.
        familyOfSeries = result
        return result
    }

    static func monotonicNanos() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// Makes the chunks of a block of frames, one part of one family at a time.
private struct EncodingJob {
    private(set) var draft: BlockDraft
    private let lives: [LifeColumns]
    private let kinds: [SlotKind]
    /// Places in `lives`, by family, ascending by series; the families that are left.
    private var parts: [(family: Int64, part: Int, places: ArraySlice<Int>)] = []

    init(_ draft: BlockDraft, _ collector: LifeCollector, familyOf: [Int64: Int64]) {
        self.draft = draft
        lives = collector.lives
        kinds = collector.kinds
        var byFamily: [Int64: [Int]] = [:]
        for (place, life) in lives.enumerated() {
            guard let family = familyOf[life.seriesID], family < ChunkKey.familyMax else {
                continue
            }
            byFamily[family, default: []].append(place)
        }
        for family in byFamily.keys.sorted() {
            let sorted = (byFamily[family] ?? []).sorted {
                (lives[$0].seriesID, $0) < (lives[$1].seriesID, $1)
            }
            var rest = sorted[...]
            var part = 0
            while !rest.isEmpty {
                var count =
                    part + 1 == ChunkKey.partsMax
                    ? rest.count : min(rest.count, ChunkKey.seriesPerPart)
                // Lives of one series stay together.
                while count < rest.count,
                    lives[rest[rest.startIndex + count]].seriesID
                        == lives[rest[rest.startIndex + count - 1]].seriesID
                { count += 1 }
                parts.append((family, part, rest.prefix(count)))
                rest = rest.dropFirst(count)
                part += 1
            }
        }
        parts.reverse()
    }

    /// Makes one chunk; false when all are made.
    mutating func step(_ encoder: inout ChunkEncoder, _ compression: Compression) -> Bool {
        guard let part = parts.popLast() else { return false }
        let chosen = part.places.map { lives[$0] }
        let layout: ColumnLayout =
            switch kinds[part.places[part.places.startIndex]] {
            case .counter: .counter
            case .gauge: .gauge
            case .histogram: .histogram
            }
        let blob = encoder.encode(
            chosen, layout, samples: draft.block.times.count,
            id: ChunkKey.id(block: draft.key.id, family: part.family, part: part.part), compression,
            cells: .grown)
        draft.add(chosen, family: part.family, part: part.part, blob)
        return true
    }
}
