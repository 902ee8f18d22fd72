// Threads of the process: a pthread with a name and, if wanted, one CPU of its own. The body is
// sent over, so plain non-Sendable loop objects can be built inside it or handed to it. Signals
// are blocked by main before the first spawn (`Signals`), every thread inherits that. What a
// thread costs is read from outside by its `cpuClock`, without disturbing it.
internal import CLinux

/// A running or ended thread; whoever holds the value joins it exactly once.
public struct Thread: Sendable {
    /// The kernel shows at most this many bytes of a name.
    public static let nameBytesMax = 15

    private let handle: pthread_t
    /// CPU time of the thread, readable by any other.
    public let cpuClock: ThreadCPUClock

    /// Starts `body` on a new thread; it ends when `body` returns. `cpu`, one of
    /// `Machine.affinityCPUs`, pins it. Throws when there are too many threads or the CPU is not
    /// ours to use; then `body` is released without having run.
    public static func spawn(
        name: String, cpu: Int?, _ body: sending @escaping () -> Void
    ) throws(SystemError) -> Thread {
        precondition(name.utf8.count <= nameBytesMax, "BUG: thread name over 15 bytes")
        let context = unsafe Unmanaged.passRetained(ThreadStart(name: name, body: body))
        var handle = pthread_t()
        let result = unsafe clinux_thread_start(
            &handle, cpu.map(Int32.init) ?? -1, threadMain, context.toOpaque())
        guard result == 0 else {
            unsafe context.release()
            let subject = cpu.map { "\(name) on CPU \($0)" } ?? name
            throw SystemError(call: "pthread_create", errno: -result, subject: subject)
        }
        return Thread(handle: handle, cpuClock: ThreadCPUClock(of: handle))
    }

    /// Waits for the thread's end. Exactly once per thread; never on a worker.
    public func join() {
        let result = pthread_join(handle, nil)
        precondition(result == 0, "BUG: joining a thread twice")
    }

    /// Renames the calling thread, for `top -H` and the guard dog; cut to 15 bytes.
    public static func nameCurrent(_ name: String) {
        let bytes = [UInt8](name.utf8.prefix(nameBytesMax)) + [0]
        unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe buffer.withMemoryRebound(to: CChar.self) {
                _ = unsafe clinux_thread_name($0.baseAddress)
            }
        }
    }

    /// Nanoseconds of CPU time of the calling thread.
    public static func cpuNanosCurrent() -> UInt64 {
        clinux_thread_cpu_nanos()
    }

    /// Keeps the calling thread on one CPU; EINVAL when it is not one of ours.
    public static func setAffinity(cpu: Int) throws(SystemError) {
        let result = clinux_thread_pin(pthread_self(), Int32(clamping: cpu))
        guard result == 0 else {
            throw SystemError(call: "pthread_setaffinity_np", errno: -result, subject: "CPU \(cpu)")
        }
    }
}

/// The CPU time clock of one thread. Reading it costs one system call and does not disturb the
/// thread; getrusage would only know the caller's.
public struct ThreadCPUClock: Sendable {
    private let clock: clockid_t?

    /// The calling thread's clock: for threads not made by `spawn`, such as main.
    public static var current: ThreadCPUClock { ThreadCPUClock(of: pthread_self()) }

    /// The thread must not have been joined yet.
    init(of thread: pthread_t) {
        var clock = clockid_t()
        let result = unsafe clinux_thread_clock(thread, &clock)
        self.clock = result == 0 ? clock : nil
    }

    /// Nanoseconds of CPU time used so far; nil once the thread has ended (shortly after its
    /// join). The kernel gives the thread's id to another one day: drop the clock at the join.
    public func nanos() -> UInt64? {
        guard let clock else { return nil }
        let value = clinux_nanos(clock)
        return value == 0 ? nil : value
    }
}

/// What a new thread takes with it. Sendable by hand: made by the parent, used by the child only.
private final class ThreadStart {
    let name: String
    let body: () -> Void

    init(name: String, body: @escaping () -> Void) {
        self.name = name
        self.body = body
    }
}

private func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let start = unsafe Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    Thread.nameCurrent(start.name)
    start.body()
    return nil
}
