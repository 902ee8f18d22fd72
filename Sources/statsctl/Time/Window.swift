// A window of time with a step, and the two ways people name it: `--since 2h`, or `--start` and
// `--end`. "Now" is the newest number of the source, so that a stopped weir and a copied file
// answer as a running one does. Values, any thread.

import ArgumentParser
import History

/// From `start` to `end`, both included, in steps that begin at `start`; Unix milliseconds.
struct Window {
    var start: Int64
    var end: Int64
    var step: Int64

    var length: Int64 { end - start }

    init(start: Int64, end: Int64, step: Int64? = nil, points: Int = 240) {
        self.start = start
        self.end = end
        self.step = step ?? Self.roundStep(end - start, points: points)
    }

    /// The shortest round step that gives at most `points` steps; at least a second.
    static func roundStep(_ length: Int64, points: Int) -> Int64 {
        let steps: [Int64] = [
            1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600,
            43_200, 86_400,
        ]
        let wanted = (length + Int64(points) * 1000 - 1) / (Int64(points) * 1000)
        return (steps.first { $0 >= wanted } ?? wanted) * 1000
    }
}

/// `10m`, `14:03`, RFC 3339, Unix seconds, `now`, `now-2h`.
enum TimeArgument {
    /// A bare duration is that long before `now`; nil when it is no time.
    static func instant(_ text: String, now: Int64) -> Int64? {
        if let ago = TimeText.duration(text) { return now - ago }
        if text.hasPrefix("-"), let ago = TimeText.duration(String(text.dropFirst())) {
            return now - ago
        }
        if text.hasPrefix("now-"), let ago = TimeText.duration(String(text.dropFirst(4))) {
            return now - ago
        }
        return TimeText.instant(text, nowMillis: now)
    }

    static func required(_ flag: String, _ text: String, now: Int64) throws -> Int64 {
        guard let time = instant(text, now: now) else {
            throw Failure.usage(
                "\(flag) \(text): not a time; try 14:03, 2h (ago), 2026-11-24T14:03:00Z"
                    + " or 1795528980")
        }
        return time
    }

    /// A length of time above zero.
    static func length(_ flag: String, _ text: String) throws -> Int64 {
        guard let millis = TimeText.duration(text), millis > 0 else {
            throw Failure.usage("\(flag) \(text): not a duration; try 30s, 10m, 1h30m or 2d")
        }
        return millis
    }
}

struct WindowOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How far back, from --end.", valueName: "2h"))
    var since: String?

    @Option(help: ArgumentHelp("Start: 14:03, 2h (ago), RFC 3339, Unix.", valueName: "time"))
    var start: String?

    @Option(help: ArgumentHelp("End; the newest number unless given.", valueName: "time"))
    var end: String?

    @Option(help: ArgumentHelp("Time between points.", valueName: "30s"))
    var step: String?

    func validate() throws {
        if since != nil, start != nil {
            throw ValidationError("--since and --start exclude each other.")
        }
    }

    /// The window; `points` is how many steps are wanted when there is no --step.
    func window(
        _ backend: any Backend, length: Int64 = 3_600_000, points: Int = 240
    ) throws -> Window {
        let now = try backend.newest()
        let to = try end.map { try TimeArgument.required("--end", $0, now: now) } ?? now
        let from: Int64
        if let start {
            from = try TimeArgument.required("--start", start, now: now)
        } else {
            from = to - (try since.map { try TimeArgument.length("--since", $0) } ?? length)
        }
        guard from < to else { throw Failure.usage("the window is empty: it starts after it ends") }
        let chosen = try step.map { try TimeArgument.length("--step", $0) }
        if let chosen, (to - from) / chosen >= 11_000 {
            throw Failure.usage("more than 11,000 points a series: choose a longer --step")
        }
        return Window(start: from, end: to, step: chosen, points: points)
    }
}
