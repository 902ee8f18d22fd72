// The functions that turn one sample into another, by name. Those of
// numbers drop histograms and those of histograms drop numbers, both
// silently. Pure, any thread.

import Glibc

enum SampleFunctions {
    /// nil: not a function of single samples, or one of the evaluator's own.
    static func body(of function: Function) -> SampleFunctionBody? {
        if let number = plain(function) ?? trigonometric(function) { return floats(number) }
        if let part = datePart(function) { return floats { part(CivilTime($0)) } }
        switch function {
        case .clamp: return clamp
        case .clampMin: return floats { goMax($1.first ?? .nan, $0) }
        case .clampMax: return floats { goMin($1.first ?? .nan, $0) }
        case .round: return floats { round($0, to: $1.first ?? 1) }
        case .histogramCount: return histograms { histogram in histogram.count }
        case .histogramSum: return histograms { histogram in histogram.sum }
        case .histogramAvg: return histograms { histogram in histogram.average }
        case .histogramStdvar: return histograms { histogram in histogram.variance }
        case .histogramStddev:
            return histograms { histogram in histogram.variance.squareRoot() }
        default: return nil
        }
    }

    private static func plain(_ function: Function) -> ((Double) -> Double)? {
        switch function {
        case .abs: { Swift.abs($0) }
        case .ceil: { $0.rounded(.up) }
        case .floor: { $0.rounded(.down) }
        case .sqrt: { $0.squareRoot() }
        case .exp: { Glibc.exp($0) }
        case .ln: { Glibc.log($0) }
        case .log2: { Glibc.log2($0) }
        case .log10: { Glibc.log10($0) }
        case .sgn: { $0 < 0 ? -1 : $0 > 0 ? 1 : $0 }
        case .deg: { $0 * 180 / .pi }
        case .rad: { $0 * .pi / 180 }
        default: nil
        }
    }

    private static func trigonometric(_ function: Function) -> ((Double) -> Double)? {
        switch function {
        case .sin: { Glibc.sin($0) }
        case .cos: { Glibc.cos($0) }
        case .tan: { Glibc.tan($0) }
        case .asin: { Glibc.asin($0) }
        case .acos: { Glibc.acos($0) }
        case .atan: { Glibc.atan($0) }
        case .sinh: { Glibc.sinh($0) }
        case .cosh: { Glibc.cosh($0) }
        case .tanh: { Glibc.tanh($0) }
        case .asinh: { Glibc.asinh($0) }
        case .acosh: { Glibc.acosh($0) }
        case .atanh: { Glibc.atanh($0) }
        default: nil
        }
    }

    /// Nothing at all when the borders are crossed; NaN when one of them is.
    private static func clamp(
        _ value: SampleValue, _ parameters: [Double]
    ) -> SampleValue? {
        guard case .float(let number) = value, parameters.count == 2 else { return nil }
        if parameters[1] < parameters[0] { return nil }
        return .float(goMax(parameters[0], goMin(parameters[1], number)))
    }

    /// To a multiple of `step`, halves up.
    private static func round(_ number: Double, to step: Double) -> Double {
        // Dividing by the inverse rounds better than multiplying by a step such as 0.1.
        let inverse = 1 / step
        return (number * inverse + 0.5).rounded(.down) / inverse
    }

    /// Go's Max: NaN wins over all but +Inf.
    private static func goMax(_ left: Double, _ right: Double) -> Double {
        if left == .infinity || right == .infinity { return .infinity }
        if left.isNaN || right.isNaN { return .nan }
        return Double.maximum(left, right)
    }

    /// Go's Min: NaN wins over all but -Inf.
    private static func goMin(_ left: Double, _ right: Double) -> Double {
        if left == -.infinity || right == -.infinity { return -.infinity }
        if left.isNaN || right.isNaN { return .nan }
        return Double.minimum(left, right)
    }

    private static func floats(_ body: @escaping (Double) -> Double) -> SampleFunctionBody {
        floats { number, _ in body(number) }
    }

    private static func floats(
        _ body: @escaping (Double, [Double]) -> Double
    ) -> SampleFunctionBody {
        { value, parameters in
            guard case .float(let number) = value else { return nil }
            return .float(body(number, parameters))
        }
    }

    private static func histograms(
        _ body: @escaping (FloatHistogram) -> Double
    ) -> SampleFunctionBody {
        { value, _ in
            guard case .histogram(let histogram) = value else { return nil }
            return .float(body(histogram))
        }
    }
}
