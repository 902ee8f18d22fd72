// The timer wheel as a worker uses it. "set and cancel" is a request timeout that never fires:
// 1,024 are pending, each operation cancels the oldest and sets a new one. "move later" is what
// keep-alive does with each request: every timer in turn gets a later deadline. "set and fire" lets
// all of them come due. Deadlines are spread over a minute.

import Benchmark
import EventLoop

private let pendingCount = 1024
private let minuteNanos: UInt64 = 60_000_000_000

/// A deadline within the minute after `now`, another one for each index.
private func deadline(_ index: Int, after now: UInt64) -> UInt64 {
    now &+ UInt64(truncatingIfNeeded: index) &* 0x9E37_79B9 % minuteNanos
}

private func token(_ index: Int) -> Token {
    Token(kind: 1, generation: 1, index: UInt32(truncatingIfNeeded: index))
}

func timerBenchmarks() {
    micro("timer set and cancel", scale: .kilo) { benchmark in
        let wheel = TimerWheel(nowNanos: 0)
        var pending = (0..<pendingCount).map {
            wheel.schedule(token($0), at: deadline($0, after: 0))
        }
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            let place = index & (pendingCount - 1)
            wheel.cancel(pending[place])
            pending[place] = wheel.schedule(token(index), at: deadline(index, after: 1_000))
        }
        benchmark.stopMeasurement()
        precondition(wheel.count == pendingCount, "BUG: a timer was lost")
    }
    micro("timer move later", scale: .kilo) { benchmark in
        let wheel = TimerWheel(nowNanos: 0)
        var pending = (0..<pendingCount).map {
            wheel.schedule(token($0), at: deadline($0, after: 0))
        }
        var moved = 0
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            let later = minuteNanos &+ UInt64(truncatingIfNeeded: index)
            if wheel.reschedule(&pending[index & (pendingCount - 1)], to: later) { moved &+= 1 }
        }
        benchmark.stopMeasurement()
        precondition(moved == benchmark.scaledIterations.count, "BUG: a timer was lost")
    }
    micro("timer set and fire", scale: .kilo) { benchmark in
        let wheel = TimerWheel(nowNanos: 0)
        var fired = 0
        benchmark.startMeasurement()
        for index in benchmark.scaledIterations {
            _ = wheel.schedule(token(index), at: deadline(index, after: 0))
        }
        wheel.expire(nowNanos: 2 * minuteNanos) { _ in fired &+= 1 }
        benchmark.stopMeasurement()
        precondition(fired == benchmark.scaledIterations.count, "BUG: a timer did not fire")
    }
}
