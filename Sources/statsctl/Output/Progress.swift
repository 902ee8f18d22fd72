// A bar for long work, on stderr and only on a terminal: redrawn at most ten times a second, gone
// when the work is. The caller counts; nothing here estimates. Work that is done within 0.3 s
// shows none, since it would only flicker.

import Glibc
import History

struct Progress {
    private let title: String
    /// May become known on the way; at least 1.
    var total: Int64
    private let startNanos = Self.nanos()
    /// 0 until the first drawing.
    private var lastNanos: UInt64 = 0

    init(_ title: String, total: Int64) {
        self.title = title
        self.total = max(1, total)
    }

    mutating func show(_ done: Int64) {
        let now = Self.nanos()
        // A bar that would be gone at once only flickers.
        guard now - startNanos > 300_000_000, now - lastNanos > 100_000_000 else { return }
        lastNanos = now
        Terminal.progress(Self.line(title, done, total))
    }

    /// For work whose end is not known.
    mutating func show(bytes: Int64) {
        let now = Self.nanos()
        guard now - startNanos > 300_000_000, now - lastNanos > 100_000_000 else { return }
        lastNanos = now
        Terminal.progress("\(title) \(UnitText.human(bytes: bytes))")
    }

    func end() {
        if lastNanos > 0 { Terminal.progress("") }
    }

    static func line(_ title: String, _ done: Int64, _ total: Int64) -> String {
        let part = min(1, max(0, Double(done) / Double(max(1, total))))
        let filled = Int(part * 24)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        return "\(title) \(bar) \(Int(part * 100)) %"
    }

    private static func nanos() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
