// Rounds of cuts, the flush grid and the guard dog's watch: state machines with a clock of numbers.

import Testing

@testable import Proxy

struct ControlRoundsTests {
    private let flush = CutWishes(flush: true)
    private let scrape = CutWishes(scrapes: [ScrapeTicket(index: 1, generation: 1)])

    private func posts(_ actions: [CutAction]) -> [Int] {
        actions.compactMap { if case .post(let worker, _) = $0 { worker } else { nil } }
    }

    private func finished(_ actions: [CutAction]) -> (round: CutRound, late: [Int])? {
        for case .finish(let round, let late) in actions { return (round, late) }
        return nil
    }

    @Test func aRoundAsksAllAndEndsWithTheLastAnswer() {
        var rounds = CutRounds(workers: 2)
        let begin = rounds.want(flush, nowNanos: 10)
        #expect(posts(begin) == [0, 1])
        #expect(begin.contains(.armDeadline(nanos: 10 + CutRounds.limitNanos)))
        #expect(finished(rounds.answered(worker: 1, sequence: 1, nowNanos: 11)) == nil)
        let end = finished(rounds.answered(worker: 0, sequence: 1, nowNanos: 12))
        #expect(end?.round.wishes == flush)
        #expect(end?.late == [])
        #expect(!rounds.isRunning)
    }

    @Test func wishesInARoundWaitForTheNextAndShareIt() {
        var rounds = CutRounds(workers: 1)
        _ = rounds.want(flush, nowNanos: 0)
        #expect(rounds.want(scrape, nowNanos: 1).isEmpty)
        #expect(rounds.want(scrape, nowNanos: 2).isEmpty)
        let actions = rounds.answered(worker: 0, sequence: 1, nowNanos: 3)
        #expect(finished(actions)?.round.wishes == flush)
        #expect(posts(actions) == [0])
        let second = finished(rounds.answered(worker: 0, sequence: 2, nowNanos: 4))
        #expect(second?.round.wishes.scrapes.count == 2)
        #expect(second?.round.wishes.flush == false)
    }

    @Test func aLateWorkerIsNamedAndNeverAskedTwiceAtOnce() {
        var rounds = CutRounds(workers: 2)
        _ = rounds.want(flush, nowNanos: 0)
        _ = rounds.answered(worker: 0, sequence: 1, nowNanos: 1)
        #expect(rounds.deadlinePassed(nowNanos: CutRounds.limitNanos - 1).isEmpty)
        let end = finished(rounds.deadlinePassed(nowNanos: CutRounds.limitNanos))
        #expect(end?.late == [1])
        // Still stuck: the next round does not ask it again, but waits for it.
        #expect(posts(rounds.want(flush, nowNanos: 1_000_000_000)) == [0])
        _ = rounds.answered(worker: 0, sequence: 2, nowNanos: 1_000_000_001)
        // It comes back with the old answer, which may be older than the wish: asked once more.
        let again = rounds.answered(worker: 1, sequence: 1, nowNanos: 1_000_000_002)
        #expect(again == [.post(worker: 1, sequence: 2)])
        let second = finished(rounds.answered(worker: 1, sequence: 2, nowNanos: 1_000_000_003))
        #expect(second?.late == [])
    }

    @Test func aDeadlineOfAnEndedRoundDoesNothing() {
        var rounds = CutRounds(workers: 1)
        _ = rounds.want(flush, nowNanos: 0)
        _ = rounds.answered(worker: 0, sequence: 1, nowNanos: 1)
        _ = rounds.want(flush, nowNanos: 200_000_000)
        #expect(rounds.deadlinePassed(nowNanos: CutRounds.limitNanos).isEmpty)
        #expect(rounds.isRunning)
    }

    @Test func anEndedWorkerIsNotWaitedFor() {
        var rounds = CutRounds(workers: 2)
        _ = rounds.want(flush, nowNanos: 0)
        _ = rounds.answered(worker: 0, sequence: 1, nowNanos: 1)
        #expect(finished(rounds.ended(worker: 1, nowNanos: 2))?.late == [])
        _ = rounds.ended(worker: 0, nowNanos: 3)
        let alone = rounds.want(CutWishes(final: true), nowNanos: 4)
        #expect(finished(alone)?.round.wishes.final == true)
    }

    @Test func theGridKeepsItsPointsAndCountsMissedOnes() {
        var grid = FlushGrid(startNanos: 100, intervalNanos: 10)
        #expect(grid.nextNanos == 110)
        #expect(grid.advance(nowNanos: 112) == 0)
        #expect(grid.nextNanos == 120)
        #expect(grid.advance(nowNanos: 155) == 3)
        #expect(grid.nextNanos == 160)
    }

    // MARK: Guard dog

    private static let second: UInt64 = 1_000_000_000

    @Test func aBusyThreadIsMissedOncePerStall() {
        var watch = StallWatch()
        let s = Self.second
        #expect(watch.look(turns: 0, busySinceNanos: 0, nowNanos: 9 * s) == [])
        #expect(watch.look(turns: 5, busySinceNanos: 10 * s, nowNanos: 10 * s + 1) == [])
        #expect(watch.look(turns: 5, busySinceNanos: 10 * s, nowNanos: 11 * s - 1) == [])
        #expect(watch.look(turns: 5, busySinceNanos: 10 * s, nowNanos: 11 * s) == [.miss])
        #expect(watch.look(turns: 5, busySinceNanos: 10 * s, nowNanos: 12 * s) == [])
        #expect(watch.look(turns: 5, busySinceNanos: 10 * s, nowNanos: 15 * s) == [.megaMiss])
        #expect(watch.look(turns: 5, busySinceNanos: 10 * s, nowNanos: 19 * s) == [])
        #expect(
            watch.look(turns: 6, busySinceNanos: 20 * s, nowNanos: 20 * s)
                == [.ended(nanos: 10 * s)])
        #expect(watch.look(turns: 6, busySinceNanos: 20 * s, nowNanos: 21 * s) == [.miss])
    }

    @Test func aThreadThatNeverWakesIsFoundToo() {
        var watch = StallWatch()
        let s = Self.second
        #expect(watch.look(turns: 7, busySinceNanos: 0, nowNanos: 10 * s) == [])
        #expect(watch.look(turns: 7, busySinceNanos: 0, nowNanos: 11 * s) == [.miss])
        #expect(
            watch.look(turns: 8, busySinceNanos: 0, nowNanos: 12 * s) == [.ended(nanos: 2 * s)])
    }

    @Test func waitingAfterALongTurnEndsTheStall() {
        var watch = StallWatch()
        let s = Self.second
        _ = watch.look(turns: 1, busySinceNanos: s, nowNanos: s)
        #expect(watch.look(turns: 1, busySinceNanos: s, nowNanos: 2 * s) == [.miss])
        #expect(watch.look(turns: 1, busySinceNanos: 0, nowNanos: 3 * s) == [.ended(nanos: 2 * s)])
        #expect(watch.look(turns: 1, busySinceNanos: 0, nowNanos: 3 * s + s / 2) == [])
    }

    @Test func aLookThatFindsBothLimitsPassedSaysBoth() {
        var watch = StallWatch()
        _ = watch.look(turns: 1, busySinceNanos: 1, nowNanos: 2)
        #expect(
            watch.look(turns: 1, busySinceNanos: 1, nowNanos: 9 * Self.second) == [
                .miss, .megaMiss,
            ])
    }

    @Test func aWatcherThatSleptExcusesTheWatched() {
        var watch = StallWatch()
        let s = Self.second
        _ = watch.look(turns: 1, busySinceNanos: s, nowNanos: s)
        watch.excuse(nowNanos: 60 * s)
        #expect(watch.look(turns: 1, busySinceNanos: s, nowNanos: 60 * s) == [])
        #expect(watch.look(turns: 1, busySinceNanos: s, nowNanos: 61 * s) == [.miss])
    }
}
