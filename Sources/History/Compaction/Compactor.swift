// Compaction as a machine of small steps: read frames, make chunks, write a block; or open finer
// blocks, roll up, write a block. Everything before the writing happens in memory, so a crash, a
// full disk or an error leaves the file as it was and the job begins anew. Owned by the writer,
// driven by `maintain` between flushes; history thread only.

import Glibc

final class Compactor {
    /// Values that the columns of a block hold while it is made: 8 MiB, and one frame more.
    var samplesMax = 1 << 20

    /// Frames on their way into blocks: all of a plan are written in one transaction.
    private struct FrameWork {
        var frames: FrameCompaction
        var drafts: [BlockDraft] = []
        var isRead = false
    }

    private enum State {
        case idle
        case reading(FrameWork)
        case encoding(EncodingJob, FrameWork)
        case rolling(RollUpJob)
        case finished([BlockDraft], frames: ClosedRange<Int64>?)
    }

    private let connection: Connection
    private let blobs: BlobReader
    private var encoder = ChunkEncoder()
    private var writer: BlockWriter
    private var state = State.idle
    private var familyOfSeries: [Int64: Int64] = [:]
    /// Roll-ups whose sources, and plans whose frames could not be read at all are not tried again.
    private var skipped: [HistoryTier: Int64] = [:]
    private var skippedFrames: Int64 = 0
    /// Nobody adds frames: the newest group is taken too, however short the block becomes.
    var takesEverything = false
    /// Since open: blocks written, frames that damage made unreadable, lives without a name.
    private(set) var blocksWritten: UInt64 = 0
    private(set) var framesLost: UInt64 = 0
    private(set) var livesLost: UInt64 = 0

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
        case .reading(var work):
            state = .idle
            switch try work.frames.step() {
            case .reading: state = .reading(work)
            case .full: try encode(work)
            case .closed:
                work.isRead = true
                try encode(work)
            }
        case .encoding(var job, let work):
            state = .idle
            if job.step(&encoder, blobs.compression) {
                state = .encoding(job, work)
            } else {
                encoded(job, work)
            }
        case .rolling(var job):
            state = .idle
            let goesOn = try job.step(&encoder, blobs.compression)
            state = goesOn ? .rolling(job) : .finished([job.draft], frames: nil)
        case .finished(let drafts, let frames):
            state = .idle
            try transaction { () throws(HistoryError) in
                for draft in drafts { try self.writer.write(draft, self.blobs.compression) }
                if let frames { try self.writer.delete(frames: frames) }
            }
            blocksWritten += UInt64(drafts.count)
        }
        return true
    }

    private func begin() throws(HistoryError) -> Bool {
        if let plan = try FramePlan.next(
            connection, after: skippedFrames, samplesMax: samplesMax,
            takesEverything: takesEverything)
        {
            let frames = try FrameCompaction(plan, connection, samplesMax: samplesMax)
            state = .reading(FrameWork(frames: frames))
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

    /// Makes chunks of what was read so far.
    private func encode(_ work: FrameWork) throws(HistoryError) {
        var work = work
        let id = try BlockWriter.nextID(connection) + Int64(work.drafts.count)
        guard let draft = work.frames.draft(id: id) else { return finish(work) }
        let collector = work.frames.collector
        work.frames.beginNext()
        encoder.classicBounds = try BlockIndex.classicBounds(connection)
        state = .encoding(
            EncodingJob(draft, collector, familyOf: try families(collector.lives)), work)
    }

    private func encoded(_ job: EncodingJob, _ work: FrameWork) {
        livesLost += UInt64(job.livesLost)
        var work = work
        work.drafts.append(job.draft)
        if work.isRead { finish(work) } else { state = .reading(work) }
    }

    private func finish(_ work: FrameWork) {
        framesLost += UInt64(work.frames.framesLost)
        if work.drafts.isEmpty {
            skippedFrames = work.frames.framesTaken?.upperBound ?? skippedFrames
        } else {
            state = .finished(work.drafts, frames: work.frames.framesTaken)
        }
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
