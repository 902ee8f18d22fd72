// The shapes that function bodies have. The evaluator finds the body of a call by its `Function`:
// over a range (`RangeFunctions`), sample by sample (`SampleFunctions`), or a place of its own in
// the evaluator (label_replace, histogram_quantile, absent, sort, ...). Pure; any thread.

/// Where a body leaves its remarks.
struct FunctionNotes {
    var annotations = Annotations()
    /// Set: the query fails with this message.
    var failure: String?
    /// The last metric name that was looked at for a counter's ending; windows of one series
    /// come in a row, so each name is read once.
    var judgedName = ""
}

/// One window to one value, or to nothing. `parameters` are the call's scalar arguments at this
/// step, in the order they are written.
typealias RangeFunctionBody = (
    _ window: RangeWindow, _ parameters: [Double], _ notes: inout FunctionNotes
) -> SampleValue?

/// One sample to another, or to nothing.
typealias SampleFunctionBody = (_ value: SampleValue, _ parameters: [Double]) -> SampleValue?
