// Signals as events: blocked in every thread, taken from a signalfd by main's poller, so that no
// handler ever interrupts anything. Order at start-up: `block` on the main thread before any
// other thread exists (threads inherit the mask), then `descriptor`, then the poller.
internal import CLinux

/// SIGTERM, SIGINT, SIGHUP through the poller.
public enum Signals {
    /// Keeps these signals pending instead of delivered, in this thread and in those that it
    /// starts from now on.
    public static func block(_ signals: [Int32]) {
        let result = unsafe signals.withUnsafeBufferPointer {
            unsafe clinux_signal_block($0.baseAddress, $0.count)
        }
        precondition(result >= 0, "BUG: blocking an unknown signal")
    }

    /// A non-blocking signalfd: readable while one of these (blocked) signals is pending.
    public static func descriptor(_ signals: [Int32]) throws(SystemError) -> FileDescriptor {
        let number = unsafe signals.withUnsafeBufferPointer {
            unsafe clinux_signalfd($0.baseAddress, $0.count)
        }
        guard number >= 0 else {
            throw SystemError(call: "signalfd", errno: -number, subject: "")
        }
        return FileDescriptor(owning: number)
    }

    /// The next pending signal, or nil; call until nil.
    public static func readSignal(_ fd: Int32) -> Int32? {
        let number = clinux_signal_read(fd)
        return number > 0 ? number : nil
    }

    /// Writes to closed pipes (a piped stdout, say) fail with EPIPE instead of ending the process.
    public static func ignoreBrokenPipe() {
        clinux_ignore_broken_pipe()
    }
}
