// What a sample can be: a number or a native histogram. Stale markers are samples too, numbers of
// one NaN bit pattern; sources deliver them and the selector turns them into absence. Values, any
// thread.

public enum SampleValue: Sendable {
    case float(Double)
    /// Boxed: samples are nearly all numbers, and a histogram inside would make each of them wide.
    indirect case histogram(FloatHistogram)
}

public enum StaleMarker {
    /// 0x7FF0000000000002: a series that has ended. Any other NaN is a value.
    public static let value = Double(bitPattern: 0x7FF0_0000_0000_0002)

    public static func isStale(_ value: Double) -> Bool {
        value.bitPattern == 0x7FF0_0000_0000_0002
    }
}

/// One sample of a series; Unix milliseconds.
public struct Sample: Sendable {
    public var time: Int64
    public var value: SampleValue

    public init(time: Int64, value: SampleValue) {
        self.time = time
        self.value = value
    }
}

/// One series of a result: labels and samples, ascending by time.
public struct ResultSeries: Sendable {
    public var labels: Labels
    public var samples: [Sample]

    public init(labels: Labels, samples: [Sample]) {
        self.labels = labels
        self.samples = samples
    }
}

/// What a query yields.
public enum QueryValue: Sendable {
    case scalar(time: Int64, Double)
    case string(time: Int64, String)
    /// One sample a series, all at the query's time (a matrix selector's own times apart).
    case vector([ResultSeries])
    /// Sorted by labels.
    case matrix([ResultSeries])
}
