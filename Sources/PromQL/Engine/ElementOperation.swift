// One operator on one pair of values: numbers, native histograms, or one of each. Numbers take
// the short way; everything with a histogram returns an outcome that may be a remark instead. Hot
// for numbers: no allocation, the operator is a predictable branch. Any thread.

struct ElementOperation {
    let operation: BinaryOperator

    init(_ operation: BinaryOperator) {
        self.operation = operation
    }

    enum Outcome {
        case value(SampleValue)
        /// A comparison that does not hold.
        case none
        /// No value, and why.
        case remark(OperatorRemark)
    }

    /// The result no longer is what the metric name says.
    var changesMeaning: Bool {
        switch operation {
        case .arithmetic: true
        case .comparison(_, let returnsBool): returnsBool
        case .set: false
        }
    }

    var returnsBool: Bool {
        if case .comparison(_, returnsBool: true) = operation { true } else { false }
    }

    /// Two scalars: comparisons yield 0 or 1.
    func scalar(_ left: Double, _ right: Double) -> Double {
        switch operation {
        case .arithmetic(let arithmetic): arithmetic.apply(left, right)
        case .comparison(let comparison, _): comparison.holds(left, right) ? 1 : 0
        case .set: preconditionFailure("BUG: set operator between scalars")
        }
    }

    /// Two numbers of vectors; the stale marker when a comparison fails, else `kept`.
    @inline(__always)
    func float(_ left: Double, _ right: Double, kept: Double) -> Double {
        switch operation {
        case .arithmetic(let arithmetic): return arithmetic.apply(left, right)
        case .comparison(let comparison, let returnsBool):
            let holds = comparison.holds(left, right)
            if returnsBool { return holds ? 1 : 0 }
            return holds ? kept : StaleMarker.value
        case .set: preconditionFailure("BUG: set operator between elements")
        }
    }

    /// Any two values; a filter keeps the left one.
    func apply(_ left: SampleValue, _ right: SampleValue) -> Outcome {
        switch (left, right) {
        case (.float(let one), .float(let other)):
            let value = float(one, other, kept: one)
            return StaleMarker.isStale(value) ? .none : .value(.float(value))
        case (.float(let number), .histogram(let histogram)):
            if case .arithmetic(.multiply) = operation {
                return .value(.histogram(histogram.scaled(by: number).compacted()))
            }
            return .remark(.types("float", symbol, "histogram"))
        case (.histogram(let histogram), .float(let number)):
            switch operation {
            case .arithmetic(.multiply):
                return .value(.histogram(histogram.scaled(by: number).compacted()))
            case .arithmetic(.divide):
                return .value(.histogram(histogram.divided(by: number).compacted()))
            default: return .remark(.types("histogram", symbol, "float"))
            }
        case (.histogram(let one), .histogram(let other)):
            return apply(one, other)
        }
    }

    private func apply(_ left: FloatHistogram, _ right: FloatHistogram) -> Outcome {
        switch operation {
        case .arithmetic(.add):
            var sum = left
            let mismatch = sum.add(right)
            return outcome(mismatch, sum)
        case .arithmetic(.subtract):
            var difference = left
            let mismatch = difference.subtract(right)
            difference.resetHint = .gauge
            return outcome(mismatch, difference)
        case .comparison(.equal, _): return compared(left, left == right)
        case .comparison(.notEqual, _): return compared(left, left != right)
        default: return .remark(.types("histogram", symbol, "histogram"))
        }
    }

    private func outcome(_ mismatch: HistogramMismatch?, _ result: FloatHistogram) -> Outcome {
        if mismatch != nil { return .remark(.layouts(symbol)) }
        return .value(.histogram(result.compacted()))
    }

    private func compared(_ left: FloatHistogram, _ holds: Bool) -> Outcome {
        if returnsBool { return .value(.float(holds ? 1 : 0)) }
        return holds ? .value(.histogram(left)) : .none
    }

    private var symbol: String {
        switch operation {
        case .arithmetic(let arithmetic): arithmetic.rawValue
        case .comparison(let comparison, _): comparison.rawValue
        case .set(let set): set.rawValue
        }
    }
}

/// Why a pair of values has no result.
enum OperatorRemark {
    /// Left type, operator, right type.
    case types(String, String, String)
    /// Two histograms whose buckets do not go together.
    case layouts(String)

    func add(to annotations: inout Annotations) {
        switch self {
        case .types(let left, let symbol, let right):
            annotations.inform(
                "incompatible sample types encountered for binary operator \"\(symbol)\": "
                    + "\(left) \(symbol) \(right)")
        case .layouts(let symbol):
            annotations.warn("incompatible bucket layout encountered for binary operator \(symbol)")
        }
    }
}
