// The names under which one family can be asked for: its own, and for histograms the native one and
// the three classic ones. Decides which series of the dictionary a selector means, before any
// sample is read. Values only.

import History
import PromQL
import Stats

struct FamilyView {
    enum Kind { case number, native, bucket, sum, count }

    let family: StoredFamily
    let kind: Kind
    let name: String
    /// Texts of the classic bounds in the units of /metrics, "+Inf" last; for buckets only.
    let boundTexts: [String]

    private init(_ family: StoredFamily, _ kind: Kind) {
        self.family = family
        self.kind = kind
        let base = family.prometheusName
        switch kind {
        case .number, .native: name = base
        case .bucket: name = base + "_bucket"
        case .sum: name = base + "_sum"
        case .count: name = base + "_count"
        }
        boundTexts =
            kind == .bucket
            ? family.classicBounds.map { bound in
                family.unit == .nanoseconds
                    ? UnitText.exactSeconds(nanoseconds: bound) : String(bound)
            } + ["+Inf"] : []
    }

    static func all(of family: StoredFamily) -> [FamilyView] {
        if family.kind != .histogram { return [FamilyView(family, .number)] }
        return [Kind.native, .bucket, .sum, .count].map { FamilyView(family, $0) }
    }

    /// Raw numbers are divided by this.
    var divisor: Double { family.unit == .nanoseconds ? 1e9 : 1 }

    func isNamed(_ matchers: [LabelMatcher]) -> Bool {
        matchers.allSatisfy { $0.label != Labels.nameLabel || $0.accepts(name) }
    }

    /// What the matchers choose of a series: one label set, or one for each bucket.
    func outputs(
        of series: StoredSeries, _ matchers: [LabelMatcher]
    ) -> [(labels: Labels, bound: Int)] {
        for matcher in matchers where matcher.label != Labels.nameLabel {
            if kind == .bucket, matcher.label == "le" { continue }
            let place = family.labels.firstIndex(of: matcher.label)
            let value = place.map { series.labelValues[$0] } ?? ""
            if !matcher.accepts(value) { return [] }
        }
        var values = [Labels.nameLabel: name]
        for (label, value) in zip(family.labels, series.labelValues) { values[label] = value }
        if kind != .bucket { return [(Labels(values), 0)] }
        let bounds = matchers.filter { $0.label == "le" }
        var result: [(labels: Labels, bound: Int)] = []
        for (bound, text) in boundTexts.enumerated()
        where bounds.allSatisfy({ $0.accepts(text) }) {
            values["le"] = text
            result.append((Labels(values), bound))
        }
        return result
    }

    func labels(of series: StoredSeries, _ matchers: [LabelMatcher]) -> [Labels] {
        outputs(of: series, matchers).map(\.labels)
    }
}
