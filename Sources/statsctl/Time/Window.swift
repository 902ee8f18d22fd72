// A window of time with a step. Its points begin at the start, as those of a range query do, and
// steps are round unless a person chose one, so that axes and tables read well. Values, any
// thread. How people name a window stands in Options/WindowOptions.swift.

/// From `start` to `end`, both included, in steps that begin at `start`; Unix milliseconds.
struct Window: Equatable {
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
        let wanted = secondsWanted(length, points)
        return (steps.first { $0 >= wanted } ?? wanted) * 1000
    }

    /// The same for a chart whose columns are the steps. Columns shall be the whole window, and
    /// many: the shortest step that divides it, or else the shortest one.
    static func columnStep(_ length: Int64, columns: Int) -> Int64 {
        let wanted = secondsWanted(length, columns)
        let divisor = (wanted...wanted * 5 / 4).first { length % ($0 * 1000) == 0 }
        return (divisor ?? wanted) * 1000
    }

    private static func secondsWanted(_ length: Int64, _ points: Int) -> Int64 {
        max(1, (length + Int64(points) * 1000 - 1) / (Int64(points) * 1000))
    }
}
