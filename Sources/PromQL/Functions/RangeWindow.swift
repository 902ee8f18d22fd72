// What a function over a range sees at one step: the samples of one series with
// start < time <= end, stale markers already left out. Slices of the source's columns, nothing is
// copied. Owned by the evaluator for the length of the call.

/// One window of one series.
struct RangeWindow {
    /// The evaluation step.
    let time: Int64
    /// Borders of the window in Unix milliseconds, offset and `@` applied: start excluded.
    let start: Int64
    let end: Int64
    let times: ArraySlice<Int64>
    let values: ArraySlice<Double>
    let histogramTimes: ArraySlice<Int64>
    let histograms: ArraySlice<FloatHistogram>
    /// For annotations; "" when the series has none.
    let metricName: String
    /// Of the whole series, when the function asks for a counter's growth.
    var drops: CounterDrops?
    /// How far samples are apart around the first one, where that is further than behind it.
    var firstSpacing: Int64?

    var isEmpty: Bool { times.isEmpty && histogramTimes.isEmpty }
    /// Of a window that is not empty.
    var firstTime: Int64 {
        min(times.first ?? .max, histogramTimes.first ?? .max)
    }
    var hasBoth: Bool { !times.isEmpty && !histogramTimes.isEmpty }
    /// Of the range selector, in milliseconds.
    var length: Int64 { end - start }
}
