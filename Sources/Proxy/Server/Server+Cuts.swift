// Flushes, scrapes and their cuts: main's part of the way of the data. A worker's cut is merged
// when it arrives; when the round is over, main's own shard is cut last and one immutable snapshot
// goes to statsd, the history and the readers.

import EventLoop
import Stats

extension Server {
    // MARK: Asking

    /// A point of the flush grid.
    func flushTick() {
        let missed = grid.advance(nowNanos: loop.nowNanos)
        shard.add(metrics.droppedFlushes, missed)
        loop.schedule(MainToken.flush.token(), at: grid.nextNanos)
        if phase == .closing { return }
        if rounds.hasFlush {
            shard.add(metrics.droppedFlushes)
            return
        }
        perform(rounds.want(CutWishes(flush: true), nowNanos: loop.nowNanos))
    }

    func perform(_ actions: [CutAction]) {
        for action in actions {
            switch action {
            case .post(let worker, let sequence):
                workers[worker].mailbox.post(
                    .cut(sequence: sequence, postedNanos: Clock.monotonicNanos()))
            case .armDeadline(let nanos):
                loop.schedule(MainToken.cutDeadline.token(), at: nanos)
            case .finish(let round, let late):
                finish(round, late: late)
            }
        }
    }

    // MARK: Merging

    func take(_ cut: Cut, worker: Int, sequence: UInt64) {
        // `drained` is a worker's last word: its shard is closed, and what a question that crossed
        // it still brought up has nothing but loop statistics in it.
        guard workers[worker].isAlive else { return }
        let begin = Clock.monotonicNanos()
        registry.apply(cut)
        let end = Clock.monotonicNanos()
        applyNanos += end - begin
        perform(rounds.answered(worker: worker, sequence: sequence, nowNanos: end))
    }

    private func finish(_ round: CutRound, late: [Int]) {
        let begin = Clock.monotonicNanos()
        for worker in late {
            registry.markLate(shard: workers[worker].shardID)
            shard.add(metrics.stats.lateCuts)
        }
        shard.add(metrics.stats.cuts)
        if round.wishes.flush || round.wishes.final { shard.add(metrics.stats.flushes) }
        shard.record(metrics.stats.cutDuration, begin &- round.startNanos)
        publishGauges(nowNanos: begin)
        registry.apply(shard.cut())
        let snapshot = registry.snapshot(
            wallMillis: Clock.wallMillis(), monotonicNanos: begin)
        shard.record(metrics.stats.mergeDuration, applyNanos + Clock.monotonicNanos() - begin)
        applyNanos = 0
        lastSnapshot = snapshot
        distribute(snapshot, round.wishes)
    }

    private func publishGauges(nowNanos: UInt64) {
        shard.set(metrics.uptime, Int64(nowNanos - startNanos))
        shard.set(metrics.live, phase == .serving ? 1 : 0)
        shard.set(metrics.concurrency, Int64(rounds.aliveCount))
        let loads = workers.filter(\.isAlive).map { registry.total($0.connectionsActive) }
        shard.set(metrics.workerImbalance, Imbalance.percent(loads))
        shard.set(metrics.stats.series, Int64(registry.seriesCount))
        shard.set(metrics.stats.families, Int64(lastSnapshot?.families.count ?? 0))
        shard.set(metrics.stats.memory, Int64(registry.memoryBytes))
        let folded = registry.foldedSeries
        shard.add(metrics.stats.folded, folded - foldedSeen)
        foldedSeen = folded
        let refused = registry.refusedRecords
        shard.add(metrics.stats.refusedRecords, refused - refusedRecordsSeen)
        refusedRecordsSeen = refused
        let dropped = Log.droppedCount
        shard.add(metrics.droppedLogLines, dropped - droppedLinesSeen)
        droppedLinesSeen = dropped
        statsd?.publishLag(shard, nowNanos: nowNanos)
        history?.publishLag(shard, nowNanos: nowNanos)
    }

    // MARK: Handing out

    private func distribute(_ snapshot: Snapshot, _ wishes: CutWishes) {
        if wishes.flush || wishes.final {
            give(snapshot, isFinal: wishes.final)
        }
        if let admin, !wishes.scrapes.isEmpty {
            for (request, tickets) in admin.requests(of: wishes.scrapes) {
                readers?.submit(
                    RenderJob(
                        request: request, tickets: tickets, snapshot: snapshot, previous: lastFlush,
                        facts: facts()))
            }
        }
        if wishes.flush { lastFlush = snapshot }
        if wishes.final { closeSinks(snapshot) }
    }

    private func give(_ snapshot: Snapshot, isFinal: Bool) {
        if isFinal {
            // The history gets its last frame with the order to close.
            statsd?.finalFlush(snapshot, registry: registry, shard: shard)
        } else {
            statsd?.flush(snapshot, registry: registry, shard: shard)
            history?.offer(snapshot, shard: shard)
        }
    }
}
