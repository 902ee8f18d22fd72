// Which counter reset hint a histogram has after Prometheus' storage kept it. A chunk's head says
// what its first sample is; later samples of a counter chunk are known to be no reset, and a sample
// that does not continue its chunk opens the next one. The engine's warnings and some expected
// results depend on it. A value, single-threaded.

internal import PromQL

struct StoredResetHint {
    private enum Chunk {
        case none
        case counter(FloatHistogram)
        case gauge
    }

    private var chunk = Chunk.none
    /// The chunk's newest sample is a stale marker.
    private var isStale = false

    /// Floats end a histogram chunk, except for the marker, which becomes a part of it.
    mutating func noteFloat(isStale stale: Bool) {
        if stale { isStale = true } else { chunk = .none }
    }

    /// What a reader will see; `histogram` becomes the newest sample.
    mutating func hint(for histogram: FloatHistogram) -> FloatHistogram.ResetHint {
        let before = chunk
        let wasStale = isStale
        isStale = false
        guard histogram.resetHint != .gauge else {
            chunk = .gauge
            return .gauge
        }
        chunk = .counter(histogram)
        switch before {
        case .none: return histogram.resetHint == .reset ? .reset : .unknown
        case .gauge: return .unknown
        case .counter(let previous):
            if histogram.resetHint == .reset || wasStale { return .reset }
            return Self.continuation(previous, histogram)
        }
    }

    private static func continuation(
        _ previous: FloatHistogram, _ next: FloatHistogram
    ) -> FloatHistogram.ResetHint {
        if next.count < previous.count { return .reset }
        if next.schema != previous.schema || next.zeroThreshold != previous.zeroThreshold {
            return .unknown
        }
        if next.usesCustomBounds, next.customBounds != previous.customBounds { return .reset }
        if next.zeroCount < previous.zeroCount { return .reset }
        for (old, new) in [
            (previous.positiveBuckets, next.positiveBuckets),
            (previous.negativeBuckets, next.negativeBuckets),
        ] where old.contains(where: { new[$0.key, default: 0] < $0.value }) {
            return .reset
        }
        return .notReset
    }
}
