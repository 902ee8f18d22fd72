// What is read from the kernel about the process and its threads once a second. Read by the guard
// dog, not by main: listing /proc/self/fd takes milliseconds when a hundred thousand are open. A
// thread that has ended is simply missing from it.

import EventLoop

/// One reading.
struct Vitals: Sendable {
    /// CPU nanoseconds since the thread's birth.
    var threads: [(thread: String, nanos: UInt64)]
    var residentBytes: UInt64
    var openDescriptors: Int

    static func read(_ clocks: [(thread: String, clock: ThreadCPUClock)]) -> Vitals {
        Vitals(
            threads: clocks.compactMap { entry in
                entry.clock.nanos().map { (entry.thread, $0) }
            },
            residentBytes: Machine.residentBytes(), openDescriptors: Machine.openDescriptors())
    }
}
