// The guard dog: one thread that looks at the heartbeats of main and the workers four times a
// second, and once a second at every thread's CPU clock and the process's memory. It reads atomics
// and clocks only, shares no lock with anybody, and tells main by message; main counts. The log
// line about a stall is written here, because the stalled thread may be main itself.

import EventLoop

/// What main is told about a stall, to be counted.
struct StallReport: Sendable, Equatable {
    let thread: String
    let event: StallEvent
}

/// A thread with an event loop.
struct WatchedThread: Sendable {
    let name: String
    let heartbeat: Heartbeat
}

/// Main to the guard dog.
enum GuardDogMessage: Sendable {
    /// Thread CPU clocks, as threads come to life.
    case clock(thread: String, ThreadCPUClock)
    /// Threads that are about to end: their silence is right, their clock invalid.
    case forget(thread: String)
    case stop
}

/// The thread's state and body; made on main, run on its own thread.
final class GuardDog {
    static let periodNanos: UInt64 = 250_000_000

    private let mailbox: Mailbox<GuardDogMessage>
    private let main: Mailbox<MainMessage>
    private let poller: Poller
    private var watched: [(thread: WatchedThread, watch: StallWatch)]
    private var clocks: [(thread: String, clock: ThreadCPUClock)] = []
    private var isStopped = false
    private var lastLook: UInt64
    private var looks: UInt64 = 0
    private var gate = LogGate(burst: 20)

    /// The body of the thread.
    static func serve(
        watching threads: [WatchedThread], mailbox: Mailbox<GuardDogMessage>,
        main: Mailbox<MainMessage>
    ) {
        do throws(SystemError) {
            try GuardDog(watching: threads, mailbox: mailbox, main: main).run()
        } catch {
            Log.error("no guard dog: \(error)")
        }
    }

    init(
        watching threads: [WatchedThread], mailbox: Mailbox<GuardDogMessage>,
        main: Mailbox<MainMessage>
    ) throws(SystemError) {
        self.mailbox = mailbox
        self.main = main
        watched = threads.map { ($0, StallWatch()) }
        poller = try Poller()
        lastLook = Clock.monotonicNanos()
        poller.add(
            mailbox.wakeDescriptor, Token(kind: 0, generation: 0, index: 0), edgeTriggered: false,
            .readable)
    }

    func run() {
        while !isStopped {
            let due = lastLook + Self.periodNanos
            let now = Clock.monotonicNanos()
            let wait = due > now ? Int32((due - now) / 1_000_000) + 1 : 0
            if poller.wait(timeoutMillis: wait) > 0 { _ = mailbox.drain { handle($0) } }
            let later = Clock.monotonicNanos()
            if later >= due { look(nowNanos: later) }
        }
    }

    private func handle(_ message: GuardDogMessage) {
        switch message {
        case .clock(let thread, let clock): clocks.append((thread, clock))
        case .forget(let thread):
            clocks.removeAll { $0.thread == thread }
            watched.removeAll { $0.thread.name == thread }
        case .stop: isStopped = true
        }
    }

    private func look(nowNanos: UInt64) {
        let wasAway = nowNanos - lastLook > StallWatch.missNanos
        lastLook = nowNanos
        looks += 1
        for index in watched.indices {
            if wasAway { watched[index].watch.excuse(nowNanos: nowNanos) }
            let thread = watched[index].thread
            let turns = thread.heartbeat.turns
            let since = thread.heartbeat.busySinceNanos
            for event in watched[index].watch.look(
                turns: turns, busySinceNanos: since, nowNanos: nowNanos)
            {
                report(thread.name, event)
            }
        }
        if looks % 4 == 0 { main.post(.vitals(Vitals.read(clocks))) }
    }

    private func report(_ thread: String, _ event: StallEvent) {
        let text =
            switch event {
            case .miss: "thread \(thread) has been stuck for 1 s"
            case .megaMiss: "thread \(thread) has been stuck for 5 s"
            case .ended(let nanos): "thread \(thread) turns again, after \(nanos / 1_000_000) ms"
            }
        if let line = gate.admit(text, nowNanos: lastLook) { Log.warning(line) }
        main.post(.stall(StallReport(thread: thread, event: event)))
    }
}
