// A timer that the poller sees as a descriptor (timerfd). A wait with a time-out sets a timer up
// and takes it down again each time the thread sleeps; an alarm is set once and waited for by all
// the waits before it. That saves 1 to 2 % of a request when each is slept for
// (docs/internals/performance.md). Owner thread only.

import CLinux

/// Wakes a poller once, at the time it was set to last.
public struct Alarm: ~Copyable {
    private let descriptor: FileDescriptor

    public init() throws(SystemError) {
        let number = clinux_timerfd()
        guard number >= 0 else {
            throw SystemError(call: "timerfd_create", errno: -number, subject: "")
        }
        descriptor = FileDescriptor(owning: number)
    }

    /// Watch it edge-triggered: it is never read.
    public var rawValue: Int32 { descriptor.rawValue }

    /// Moves the alarm to `nanos` of the monotonic clock; one that has passed rings at once.
    public func set(atNanos nanos: UInt64) {
        let result = clinux_timer_set(descriptor.rawValue, max(1, nanos))
        precondition(result >= 0, "BUG: timerfd_settime refused its own descriptor")
    }
}
