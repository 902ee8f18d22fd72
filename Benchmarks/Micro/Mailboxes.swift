// Posting to another thread's mailbox and draining it, on one thread: the cost without any waiting.
// "alone" drains after each post, so each pays the eventfd write and the read that clears it;
// "64 at once" is a burst, where one wake-up serves all. Control plane only, never per request.

import Benchmark
import EventLoop

func mailboxBenchmarks() {
    micro("mailbox post and drain, alone", scale: .kilo) {
        postAndDrain(burst: 1, $0)
    }
    micro("mailbox post and drain, 64 at once", scale: .kilo) {
        postAndDrain(burst: 64, $0)
    }
}

private func postAndDrain(burst: Int, _ benchmark: Benchmark) {
    guard let mailbox = try? Mailbox<UInt64>() else {
        benchmark.error("no eventfd")
        return
    }
    var sum: UInt64 = 0
    var waiting = 0
    benchmark.startMeasurement()
    for index in benchmark.scaledIterations {
        mailbox.post(UInt64(truncatingIfNeeded: index))
        waiting &+= 1
        if waiting == burst {
            mailbox.drain { sum &+= $0 }
            waiting = 0
        }
    }
    mailbox.drain { sum &+= $0 }
    benchmark.stopMeasurement()
    let count = UInt64(benchmark.scaledIterations.count)
    precondition(sum == count * (count - 1) / 2, "BUG: a message was lost")
}
