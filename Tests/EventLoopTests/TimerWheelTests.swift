// The wheel against a naive model with a fake clock: every operation, also from inside an expiry,
// and for each timer the exact tick at which it must fire.
import Testing

@testable import EventLoop

@Suite struct TimerWheelTests {
    private static let tick = TimerWheel.tickNanos

    private func token(_ n: Int) -> Token { Token(kind: 1, generation: 1, index: UInt32(n)) }

    private func fired(_ wheel: borrowing TimerWheel, _ now: UInt64) -> [UInt32] {
        var found: [UInt32] = []
        wheel.expire(nowNanos: now) { found.append($0.index) }
        return found
    }

    @Test func neverEarlyAtMostOneTickLate() {
        let wheel = TimerWheel(nowNanos: 1_000)
        _ = wheel.schedule(token(1), at: 40_000_000)
        #expect(fired(wheel, 39_999_999) == [])
        #expect(fired(wheel, 40_000_000) == [])
        #expect(fired(wheel, 48_000_000) == [1])
        #expect(fired(wheel, 1_000_000_000) == [])
        #expect(wheel.count == 0)
    }

    @Test func pastDeadlineFiresWithTheNextTickNotInThisTurn() {
        let wheel = TimerWheel(nowNanos: 0)
        var rounds = 0
        _ = wheel.schedule(token(1), at: 0)
        wheel.expire(nowNanos: 10_000 * Self.tick) { token in
            rounds += 1
            _ = wheel.schedule(token, at: 0)
        }
        #expect(rounds == 1)
        #expect(fired(wheel, 10_001 * Self.tick) == [1])
    }

    @Test func bodyCancelsAndMovesWhatIsAlreadyDue() {
        let wheel = TimerWheel(nowNanos: 0)
        var ids = (0..<4).map { wheel.schedule(token($0), at: UInt64($0 + 1) * Self.tick) }
        var seen: [UInt32] = []
        wheel.expire(nowNanos: 10 * Self.tick) { token in
            seen.append(token.index)
            if token.index == 0 {
                wheel.cancel(ids[1])
                #expect(wheel.reschedule(&ids[2], to: 20 * Self.tick) == true)
                #expect(wheel.reschedule(&ids[0], to: 20 * Self.tick) == false)
                #expect(ids[0].isNone)
            }
        }
        #expect(seen == [0, 3])
        #expect(fired(wheel, 19 * Self.tick) == [])
        #expect(fired(wheel, 20 * Self.tick) == [2])
    }

    @Test func staleIdentifiersDoNothing() {
        let wheel = TimerWheel(nowNanos: 0)
        let first = wheel.schedule(token(1), at: Self.tick)
        wheel.cancel(first)
        let second = wheel.schedule(token(2), at: Self.tick)
        wheel.cancel(first)
        wheel.cancel(.none)
        #expect(wheel.isScheduled(first) == false)
        #expect(wheel.isScheduled(second) == true)
        #expect(fired(wheel, Self.tick) == [2])
    }

    @Test func laterIsLazyEarlierRelinks() {
        let wheel = TimerWheel(nowNanos: 0)
        var id = wheel.schedule(token(1), at: 10 * Self.tick)
        wheel.reschedule(&id, to: 5_000 * Self.tick)
        #expect(wheel.pollTimeoutMillis(nowNanos: 0, cap: -1) == 160)
        #expect(fired(wheel, 10 * Self.tick) == [])
        wheel.reschedule(&id, to: 20 * Self.tick)
        #expect(wheel.pollTimeoutMillis(nowNanos: 10 * Self.tick, cap: -1) == 160)
        #expect(fired(wheel, 20 * Self.tick) == [1])
    }

    @Test(arguments: [
        (deadlineMillis: UInt64(16), nowMillis: UInt64(0), cap: Int32(100), expected: Int32(16)),
        (17, 0, 100, 32), (1000, 0, 100, 100), (1000, 0, -1, 1008), (16, 40, 100, 0),
        (16, 15, 100, 1), (65_536, 0, 100_000, 65_536), (70_000, 0, 100_000, 4_464),
    ])
    func pollTimeout(deadlineMillis: UInt64, nowMillis: UInt64, cap: Int32, expected: Int32) {
        let wheel = TimerWheel(nowNanos: 0)
        #expect(wheel.pollTimeoutMillis(nowNanos: nowMillis * 1_000_000, cap: cap) == cap)
        _ = wheel.schedule(token(1), at: deadlineMillis * 1_000_000)
        let answer = wheel.pollTimeoutMillis(nowNanos: nowMillis * 1_000_000, cap: cap)
        #expect(answer == expected)
    }

    /// What the wheel must do, with a dictionary.
    private final class Model {
        struct Timer {
            var id: TimerID
            var tick: UInt64
        }
        var live: [UInt32: Timer] = [:]
        var ended: [TimerID] = []
        var currentTick: UInt64
        var nextName: UInt32 = 0

        init(_ now: UInt64) { currentTick = now / TimerWheel.tickNanos }

        func tick(_ deadline: UInt64) -> UInt64 {
            let tick = TimerWheel.tickNanos
            return max(deadline / tick + (deadline % tick == 0 ? 0 : 1), currentTick + 1)
        }
    }

    private func operate(
        _ wheel: borrowing TimerWheel, _ model: Model, _ random: inout Seeded, _ now: UInt64
    ) {
        let spans: [UInt64] = [0, 5_000_000, 50_000_000, 3_000_000_000, 70_000_000_000]
        let span =
            spans.randomElement(using: &random)! + 300_000_000_000 * (random.next() % 50 / 49)
        let early = random.next() % 8 == 0 ? min(now, 100_000_000) : 0
        let deadline = now - early + (span == 0 ? 0 : random.next() % span)
        switch random.next() % 8 {
        case 0...3:
            let name = model.nextName
            model.nextName += 1
            let id = wheel.schedule(token(Int(name)), at: deadline)
            model.live[name] = Model.Timer(id: id, tick: model.tick(deadline))
        case 4, 5:
            guard let name = model.live.keys.randomElement(using: &random) else { return }
            var id = model.live[name]!.id
            #expect(wheel.reschedule(&id, to: deadline) == true)
            #expect(id == model.live[name]!.id)
            model.live[name]!.tick = model.tick(deadline)
        case 6:
            guard let name = model.live.keys.randomElement(using: &random) else { return }
            let id = model.live.removeValue(forKey: name)!.id
            wheel.cancel(id)
            model.ended.append(id)
        default:
            guard var id = model.ended.randomElement(using: &random) else { return }
            wheel.cancel(id)
            #expect(wheel.reschedule(&id, to: deadline) == false)
        }
    }

    @Test(arguments: 0..<8)
    func againstModel(run: Int) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = Seeded(state: seed)
        var now = random.next() % 1_000_000_000_000
        let wheel = TimerWheel(nowNanos: now)
        let model = Model(now)
        let steps: [UInt64] = [0, 1_000, 4_000_000, 16_000_000, 200_000_000, 9_000_000_000]
        for _ in 0..<1_500 {
            for _ in 0..<random.next() % 6 { operate(wheel, model, &random, now) }
            let timeout = wheel.pollTimeoutMillis(nowNanos: now, cap: -1)
            let earliest = model.live.values.map(\.tick).min()
            if let earliest {
                let wait = max(Int64(earliest * Self.tick) - Int64(now), 0)
                #expect(Int64(timeout) <= (wait + 999_999) / 1_000_000, "seed \(seed)")
            } else {
                #expect(timeout >= -1)
            }
            now += random.next() % (steps.randomElement(using: &random)! + 1)
            if random.next() % 100 == 0 { now += 150_000_000_000 }
            let nowTick = now / Self.tick
            model.currentTick = max(model.currentTick, nowTick)
            wheel.expire(nowNanos: now) { token in
                let timer = model.live.removeValue(forKey: token.index)
                #expect(timer != nil, "cancelled or stale timer fired, seed \(seed)")
                #expect((timer?.tick ?? 0) <= nowTick, "early, seed \(seed)")
                if let timer { model.ended.append(timer.id) }
                if random.next() % 3 == 0 { operate(wheel, model, &random, now) }
            }
            let missed = model.live.values.contains { $0.tick <= nowTick }
            #expect(!missed, "a timer did not fire, seed \(seed)")
            #expect(wheel.count == model.live.count, "seed \(seed)")
        }
    }
}
