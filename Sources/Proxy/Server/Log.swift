// The log: one line per event on stderr, "2026-11-24T00:45:22.123Z warning main: text". A line is
// written whole or dropped and counted: before each write the descriptor is asked whether it
// takes 4 KiB now, so a full pipe or a stopped terminal holds nobody up. No access log, no secrets:
// callers never pass header or query text. Any thread but workers.

import EventLoop
import Glibc
import Synchronization

/// How much is said; the raw values are those of `--log-level`.
enum LogLevel: String, CaseIterable, Sendable {
    case debug, info, warning, error, off

    var rank: UInt8 {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        case .off: 4
        }
    }
}

/// The process's log.
enum Log {
    private static let threshold = Atomic<UInt8>(LogLevel.info.rank)
    private static let dropped = Atomic<UInt64>(0)
    private static let mainThread = Atomic<UInt>(0)

    /// Longest line, so that a write to a pipe that has room never waits (PIPE_BUF is 4096).
    static let lineBytesMax = 4096

    /// Called on main, which it remembers.
    static func start(_ level: LogLevel) {
        mainThread.store(pthread_self(), ordering: .relaxed)
        threshold.store(level.rank, ordering: .relaxed)
    }

    /// Lines that found no room, since the start.
    static var droppedCount: UInt64 { dropped.load(ordering: .relaxed) }

    static func debug(_ text: @autoclosure () -> String) { write(.debug, text) }
    static func info(_ text: @autoclosure () -> String) { write(.info, text) }
    static func warning(_ text: @autoclosure () -> String) { write(.warning, text) }
    static func error(_ text: @autoclosure () -> String) { write(.error, text) }

    private static func write(_ level: LogLevel, _ text: () -> String) {
        if level.rank < threshold.load(ordering: .relaxed) { return }
        let line = line(level, wallMillis: Clock.wallMillis(), thread: threadName(), text())
        if !Output.write(line, to: STDERR_FILENO, waitMillis: 0) {
            dropped.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// As `top -H` shows it. Main's is the program's name there, so it is told apart.
    private static func threadName() -> String {
        if pthread_self() == mainThread.load(ordering: .relaxed) { return "main" }
        let fd = unsafe open("/proc/thread-self/comm", O_RDONLY | O_CLOEXEC)
        if fd < 0 { return "?" }
        defer { close(fd) }
        return unsafe String(unsafeUninitializedCapacity: 16) { buffer in
            let count = unsafe read(fd, buffer.baseAddress, 16)
            return max(0, count - 1)  // the line feed
        }
    }

    /// Control bytes become spaces: one event stays one line whatever a path is called.
    static func line(
        _ level: LogLevel, wallMillis: Int64, thread: String, _ text: String
    ) -> [UInt8] {
        var bytes = Array("\(UTCTime.text(wallMillis)) \(level.rawValue) \(thread): ".utf8)
        let room = lineBytesMax - bytes.count - 1
        for byte in text.utf8.prefix(room) {
            bytes.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte)
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}

/// A bounded rate for a line that repeats: the first few in a window pass, the rest are counted
/// and told by the next one that passes. A value of whoever writes the line.
struct LogGate {
    private let burst: Int
    private let windowNanos: UInt64
    private var windowStart: UInt64 = 0
    private var passed = 0
    private var held: UInt64 = 0

    init(burst: Int = 3, windowNanos: UInt64 = 60_000_000_000) {
        self.burst = burst
        self.windowNanos = windowNanos
    }

    /// `text`, with the number of lines that were held back before it, or nil: say nothing now.
    mutating func admit(_ text: String, nowNanos: UInt64) -> String? {
        guard let count = admit(nowNanos: nowNanos) else { return nil }
        return count == 0 ? text : "\(text) (\(count) such lines were held back)"
    }

    /// How many were held back since the last one that passed, or nil: say nothing now.
    mutating func admit(nowNanos: UInt64) -> UInt64? {
        if passed == 0 || nowNanos &- windowStart >= windowNanos {
            windowStart = nowNanos
            passed = 0
        }
        if passed >= burst {
            held += 1
            return nil
        }
        passed += 1
        defer { held = 0 }
        return held
    }
}
