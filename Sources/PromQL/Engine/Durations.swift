// Durations of a query as milliseconds: literals, and arithmetic that needs the query's step. A
// value that only shows with the step (0, negative, endless) is refused as bad data here, since
// the parser cannot know it. One query's thread.

import Glibc

extension Evaluator {
    /// Of a range or a subquery's step; > 0.
    func positiveMillis(_ duration: DurationValue) throws(QueryFailure) -> Int64 {
        let millis = try self.millis(duration)
        guard millis > 0 else { throw Self.failure("duration must be greater than 0", duration) }
        return millis
    }

    func resolve(_ shift: TimeShift) throws(QueryFailure) -> ResolvedShift {
        var resolved = ResolvedShift()
        if let offset = shift.offset { resolved.offset = try millis(offset) }
        switch shift.at {
        case nil: break
        case .time(let time): resolved.time = time
        case .start: resolved.time = grid.start
        case .end: resolved.time = queryEnd
        }
        return resolved
    }

    private func millis(_ duration: DurationValue) throws(QueryFailure) -> Int64 {
        if case .literal(let millis) = duration { return millis }
        let seconds = try self.seconds(duration)
        // Beyond 292 million years a duration means nothing, and sums of two would overflow.
        guard seconds.isFinite, abs(seconds) < 9e15 else {
            throw Self.failure("duration is out of range", duration)
        }
        return Int64(seconds * 1000)
    }

    /// With the bytes where it stands, `4:10: ...`, as Prometheus has it.
    private static func failure(_ text: String, _ duration: DurationValue) -> QueryFailure {
        guard let place = duration.place else { return .badData(text) }
        return .badData("\(place.lowerBound):\(place.upperBound): \(text)")
    }

    private func seconds(_ duration: DurationValue) throws(QueryFailure) -> Double {
        switch duration {
        case .literal(let millis): return Double(millis) / 1000
        case .number(let seconds): return seconds
        case .step: return Double(grid.step) / 1000
        case .queryRange: return Double(queryEnd - self.grid.start) / 1000
        case .negated(let inner, _): return -(try seconds(inner))
        case .parens(let inner): return try seconds(inner)
        case .extreme(let extreme, let left, let right, _):
            let (one, other) = (try seconds(left), try seconds(right))
            return extreme == .min ? min(one, other) : max(one, other)
        case .arithmetic(let left, let operation, let right, _):
            let divisor = try seconds(right)
            switch operation {
            case .divide where divisor == 0: throw Self.failure("division by zero", duration)
            case .modulo where divisor == 0: throw Self.failure("modulo by zero", duration)
            default: return operation.apply(try seconds(left), divisor)
            }
        }
    }
}

extension ArithmeticOperator {
    @inline(__always)
    func apply(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .modulo: left.truncatingRemainder(dividingBy: right)
        case .power: Glibc.pow(left, right)
        case .atan2: Glibc.atan2(left, right)
        }
    }
}

extension ComparisonOperator {
    @inline(__always)
    func holds(_ left: Double, _ right: Double) -> Bool {
        switch self {
        case .equal: left == right
        case .notEqual: left != right
        case .greater: left > right
        case .less: left < right
        case .greaterOrEqual: left >= right
        case .lessOrEqual: left <= right
        }
    }
}
