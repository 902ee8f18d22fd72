// The two clocks. Monotonic nanoseconds for everything that is measured or waited for, wall
// milliseconds for what people and other machines read. Both go through the vDSO: no system
// call, about 20 ns. A loop reads the clock once per turn and hands the value down. Any thread.
public import CLinux

/// Time sources of the process.
public enum Clock {
    /// Nanoseconds since some fixed point (boot); never goes back, does not jump.
    @inlinable public static func monotonicNanos() -> UInt64 {
        clinux_monotonic_nanos()
    }

    /// Milliseconds since 1970-01-01 UTC; may jump when the machine's clock is set.
    @inlinable public static func wallMillis() -> Int64 {
        Int64(clinux_wall_nanos() / 1_000_000)
    }
}
