// Histograms as values: merge laws, exact classic counts, quantile accuracy, the serial form.
// Random data is seeded, the seed is the test's argument. Brute force over the raw values is the
// judge: a histogram is right when it says what counting the values one by one says.

import Foundation
import Testing

@testable import Stats

private let layout = HistogramLayout(
    classicBounds: MetricFamily.defaultClassicBounds(for: .nanoseconds))

private func histogram(_ values: some Sequence<UInt64>) -> HistogramValue {
    var result = HistogramValue(layout: layout)
    for value in values { result.record(value) }
    return result
}

@Suite struct HistogramValueTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func mergeLaws(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let parts = (0..<5).map { _ in
            (0..<Int.random(in: 0...200, using: &random)).map { _ in random.nextSpread() }
        }
        let whole = histogram(parts.joined())
        let values = parts.map { histogram($0) }
        let empty = HistogramValue(layout: layout)
        let forward = values.reduce(empty) { $0.adding($1) }
        let shuffled = values.shuffled(using: &random).reduce(empty) { $0.adding($1) }
        #expect(forward == whole && shuffled == whole, "seed \(seed)")
        #expect(whole.adding(empty) == whole && empty.adding(whole) == whole, "seed \(seed)")
        #expect(whole.subtracting(values[0]).adding(values[0]) == whole, "seed \(seed)")
        #expect(whole.subtracting(whole) == empty, "seed \(seed)")
        #expect(whole.count == UInt64(parts.joined().count), "seed \(seed)")
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func classicCountsAreExact(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var values = (0..<500).map { _ in random.nextSpread() }
        for bound in layout.classicBounds {
            values += [bound - 1, bound, bound + 1].filter { _ in Bool.random(using: &random) }
        }
        let want = layout.classicBounds.map { bound in UInt64(values.count { $0 <= bound }) }
        let got = histogram(values).cumulativeClassic()
        #expect(got == want + [UInt64(values.count)], "seed \(seed)")
    }

    @Test func bucketsHoldWhatTheyClaim() {
        var random = SeededRandom(seed: 5)
        let values = (0..<3000).map { _ in random.nextSpread() } + [0, 0, 1, 2, .max]
        let value = histogram(values)
        var seen: UInt64 = 0
        value.forEachBucket { lower, upper, count in
            let inside = values.count { upper == 0 ? $0 == 0 : $0 > lower && $0 <= upper }
            #expect(UInt64(inside) == count)
            seen += count
        }
        #expect(seen == UInt64(values.count))
        let zeros = UInt64(values.count { $0 == 0 })
        #expect(value.zeroCount == zeros && zeros >= 2)
        let native = value.nativeBuckets()
        #expect(native.reduce(0) { $0 + $1.count } == UInt64(values.count) - zeros)
        for (index, count) in native {
            let inside = values.count { $0 > 0 && NativeBuckets.index(of: $0) == index }
            #expect(UInt64(inside) == count)
        }
        #expect(zip(native, native.dropFirst()).allSatisfy { $0.index < $1.index })
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func serialFormIsExact(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let value = histogram((0..<300).map { _ in random.nextSpread() })
        let again = HistogramValue(
            layout: HistogramLayout(classicBounds: layout.classicBounds), sum: value.sum,
            sparseCells: value.sparseCells().shuffled(using: &random))
        #expect(again == value, "seed \(seed)")
    }

    @Test func emptyHasNoQuantile() {
        #expect(HistogramValue(layout: layout).quantile(0.5) == nil)
        #expect(histogram([5]).quantile(.nan) == nil)
        #expect(histogram([0, 0, 0]).quantile(0.9) == 0)
    }

    /// One observation in a cell: never off by more than half a bucket, 2^(1/32) - 1 = 2.19 %.
    @Test func singleObservationsAreWithinHalfABucket() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<5000 {
            let value = max(1, random.nextSpread())
            for q in [0, 0.5, 0.99, 1] {
                let got = histogram([value]).quantile(q) ?? -1
                #expect(abs(got / Double(value) - 1) <= 0.0220, "\(value)")
            }
        }
    }

    /// Latency-like distributions: within 2.2 % of the exact order statistic.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func quantilesOfLatencies(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let center = pow(10, Double.random(in: 4...9, using: &random))
        let width = Double.random(in: 0.3...1.5, using: &random)
        let values = (0..<20_000).map { _ -> UInt64 in
            let u = Double.random(in: 1e-12..<1, using: &random)
            let v = Double.random(in: 0..<1, using: &random)
            return UInt64(center * exp(width * (-2 * log(u)).squareRoot() * cos(2 * .pi * v))) + 1
        }.sorted()
        let value = histogram(values)
        for q in [0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999] {
            let exact = Double(values[max(0, Int((q * 20_000).rounded(.up)) - 1)])
            let got = value.quantile(q) ?? -1
            #expect(abs(got / exact - 1) <= 0.022, "q \(q) of seed \(seed): \(got) for \(exact)")
        }
    }

    /// Whatever the data: the answer lies in the cell of the exact order statistic.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func quantilesStayInTheCell(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let values = (0..<200).map { _ in random.nextSpread() }.sorted()
        let value = histogram(values)
        for rank in 1...200 {
            let got = value.quantile(Double(rank) / 200) ?? -1
            let cell = layout.cell(of: values[rank - 1])
            #expect(got <= Double(layout.upperInclusive(cell)), "seed \(seed)")
            #expect(got >= Double(layout.lowerExclusive(cell)), "seed \(seed)")
        }
    }
}
