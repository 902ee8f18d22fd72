// What one query may use: samples in memory, time, and patience of the one who asked. Everything
// that makes room or loops says so here, and the query ends with its own failure. The clock is read
// once for some ten thousand samples of work, so no loop runs long unseen and none pays for it. A
// value, one query's thread.

import Glibc

/// Samples that one query may hold in memory at a time, and its end.
public struct SampleBudget: Sendable {
    /// A time and a number; what holds more is counted as several.
    public static let bytesPerSample = 16
    /// Looked at between two looks at the clock: some 100 us of the plainest work.
    private static let workPerCheck = 1 << 14

    public let limit: Int
    public private(set) var taken = 0
    /// The most that was taken at a time.
    public private(set) var peak = 0
    /// Monotonic nanoseconds after which the query ends as timed out; `.max` without a limit.
    public var deadlineNanos = UInt64.max
    /// True ends the query.
    public var isCancelled: (@Sendable () -> Bool)?
    @usableFromInline var untilCheck = Self.workPerCheck

    public init(limit: Int) {
        self.limit = limit
    }

    /// Takes room for samples, or ends the query.
    public mutating func take(_ count: Int) throws(QueryFailure) {
        let (sum, overflows) = taken.addingReportingOverflow(count)
        if overflows || sum > limit { throw .tooManySamples(limit: limit) }
        taken = sum
        peak = max(peak, taken)
    }

    public mutating func giveBack(_ count: Int) {
        taken -= count
    }

    /// Says that samples were looked at; now and then looks at the clock.
    @inlinable
    public mutating func work(_ samples: Int) throws(QueryFailure) {
        untilCheck -= samples
        if untilCheck <= 0 { try checkWork() }
    }

    @usableFromInline
    mutating func checkWork() throws(QueryFailure) {
        untilCheck = Self.workPerCheck
        try checkTime()
    }

    /// One clock read, some 20 ns.
    public func checkTime() throws(QueryFailure) {
        if let isCancelled, isCancelled() { throw .cancelled }
        if deadlineNanos != .max, Self.monotonicNanos() > deadlineNanos { throw .timedOut }
    }

    public static func monotonicNanos() -> UInt64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }
}
