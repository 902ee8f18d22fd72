// The two ways people name a window, `--since 2h`, or `--start` and `--end`, for every command
// that looks at more than one moment; and the step between points, for those that draw or list
// points. Both ends are `TimeArgument`s. A window without a start has the command's own length.
// Values.

import ArgumentParser
import History

struct WindowOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How far back, from --end.", valueName: "2h"))
    var since: String?

    @Option(
        help: ArgumentHelp(
            "Start: 14:03, 'yesterday 14:03', 2h (ago), RFC 3339, Unix seconds.", valueName: "time")
    )
    var start: String?

    @Option(help: ArgumentHelp("End; the newest number unless given.", valueName: "time"))
    var end: String?

    func validate() throws {
        if since != nil, start != nil {
            throw ValidationError("--since and --start exclude each other.")
        }
    }

    /// The window; `points` is how many steps are wanted when there is no --step.
    func window(
        _ backend: any Backend, length: Int64 = 3_600_000, points: Int = 240,
        step: StepOptions? = nil
    ) throws -> Window {
        let (from, to) = try ends(now: backend.newest(), length: length)
        return Window(start: from, end: to, step: try step?.millis(from, to), points: points)
    }

    /// Unix milliseconds of both ends; the start lies before the end.
    func ends(now: Int64, length: Int64) throws -> (start: Int64, end: Int64) {
        let to = try end.map { try TimeArgument.required("--end", $0, now: now) } ?? now
        let from: Int64
        if let start {
            from = try TimeArgument.required("--start", start, now: now)
        } else {
            from = to - (try since.map { try TimeArgument.length("--since", $0) } ?? length)
        }
        guard from < to else { throw Failure.usage(Self.emptiness(from, to, hasEnd: end != nil)) }
        return (from, to)
    }

    private static func emptiness(_ from: Int64, _ to: Int64, hasEnd: Bool) -> String {
        let (first, last) = (TimeText.localTime(millis: from), TimeText.localTime(millis: to))
        return "the window is empty: it starts at \(first) and ends at \(last)"
            + (hasEnd ? "" : ", where the numbers end; 'yesterday 14:03' names a day")
    }
}

struct StepOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Time between points.", valueName: "30s"))
    var step: String?

    /// nil unless given; never more points than the HTTP API answers.
    func millis(_ start: Int64, _ end: Int64) throws -> Int64? {
        guard let chosen = try step.map({ try TimeArgument.length("--step", $0) }) else {
            return nil
        }
        if (end - start) / chosen >= 11_000 {
            throw Failure.usage("more than 11,000 points a series: choose a longer --step")
        }
        return chosen
    }
}
