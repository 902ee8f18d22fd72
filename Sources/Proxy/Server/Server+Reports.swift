// What other threads told main, turned into numbers and log lines: the history thread's results,
// the guard dog's stalls, CPU clocks and memory. Main counts for threads that own no shard. Once
// per message; nothing here waits. Main thread.

import EventLoop
import Stats

/// The last reading of one thread's CPU clock, and where its increase is counted.
struct ThreadClockReading {
    let counter: Counter
    var nanos: UInt64 = 0
}

extension Server {
    func vitalsRead(_ vitals: Vitals) {
        for (thread, nanos) in vitals.threads {
            var reading =
                cpu[thread]
                ?? ThreadClockReading(counter: ThreadCPUMetric.counter(catalogue, thread: thread))
            if nanos > reading.nanos {
                shard.add(reading.counter, nanos - reading.nanos)
                reading.nanos = nanos
            }
            cpu[thread] = reading
        }
        shard.set(metrics.memory, Int64(vitals.residentBytes))
        shard.set(metrics.openDescriptors, Int64(vitals.openDescriptors))
    }

    func stallReported(_ report: StallReport) {
        guard let counters = watch[report.thread] else { return }
        switch report.event {
        case .miss: shard.add(counters.miss)
        case .megaMiss: shard.add(counters.megaMiss)
        case .ended: break
        }
    }

    func historyReported(_ report: HistoryReport) {
        history?.take(report, registry: registry, shard: shard, nowNanos: loop.nowNanos)
        switch report {
        case .opened, .openFailed, .failed: sayStart()
        case .closed: historyClosed()
        case .marked(let ticket, let result): admin?.deliver(result.response, to: ticket)
        case .wrote, .writeFailed, .maintained, .maintenanceFailed: break
        }
    }
}
