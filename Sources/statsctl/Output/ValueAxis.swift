// The value axis of a chart: round bounds around the values (0 among them unless the values lie
// close together far from it), and round ticks. Logarithmic axes have a tick per power of ten and
// leave out what is not above zero. Pure.

import Glibc

struct ValueAxis {
    private let low: Double
    private let high: Double
    private let step: Double
    private let isLogarithmic: Bool

    init(_ values: [Double], rows: Int, isLogarithmic: Bool = false) {
        self.isLogarithmic = isLogarithmic
        let usable = values.filter { $0.isFinite && (!isLogarithmic || $0 > 0) }
        var least = usable.min() ?? 0
        var most = usable.max() ?? 1
        if isLogarithmic {
            low = floor(log10(least > 0 ? least : 1))
            high = max(low + 1, ceil(log10(most > 0 ? most : 10)))
            step = 1
            return
        }
        if least > 0, least < most * 0.7 || least == most { least = 0 }
        if most < 0, most > least * 0.7 || least == most { most = 0 }
        if least == most { most = least + 1 }
        step = Self.roundStep((most - least) / Double(max(2, min(6, rows / 2))))
        low = floor(least / step) * step
        high = ceil(most / step) * step
    }

    /// 1, 2 or 5 times a power of ten, at least `wanted`.
    private static func roundStep(_ wanted: Double) -> Double {
        let base = pow(10, floor(log10(wanted)))
        for factor in [1.0, 2, 5] where factor * base >= wanted * 0.999_999 { return factor * base }
        return 10 * base
    }

    /// 0 at the bottom, 1 at the top; nil when the value has no place.
    func part(_ value: Double) -> Double? {
        guard value.isFinite, !isLogarithmic || value > 0 else { return nil }
        let position = isLogarithmic ? log10(value) : value
        return min(1, max(0, (position - low) / (high - low)))
    }

    /// Round values with their character row from the top; one value a row.
    func ticks(rows: Int) -> [(row: Int, value: Double)] {
        var result: [(row: Int, value: Double)] = []
        let count = Int(((high - low) / step).rounded())
        for index in 0...max(1, count) {
            let position = low + Double(index) * step
            let part = (position - low) / (high - low)
            let row = (rows * 4 - 1 - Int((part * Double(rows * 4 - 1)).rounded())) / 4
            guard !result.contains(where: { $0.row == row }), part <= 1.000_001 else { continue }
            // Steps add up with an error of the last digit; a tick near zero is zero.
            let value =
                isLogarithmic ? pow(10, position) : abs(position) < step / 1e6 ? 0 : position
            result.append((row, value))
        }
        return result
    }
}
