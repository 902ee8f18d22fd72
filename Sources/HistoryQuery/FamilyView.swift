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

    /// A label set, and for buckets the place of its bound.
    struct Output {
        let labels: Labels
        let bound: Int
    }

    private enum Place { case name, bound, label(Int) }

    /// Where the labels of a series come from, in the order of their names.
    private let order: [Place]

    private init(_ family: StoredFamily, _ kind: Kind) {
        self.family = family
        self.kind = kind
        name = Self.name(family, kind)
        var places: [(name: String, place: Place)] = [(Labels.nameLabel, .name)]
        if kind == .bucket { places.append(("le", .bound)) }
        for (index, label) in family.labels.enumerated() { places.append((label, .label(index))) }
        order = places.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            .map(\.place)
        boundTexts =
            kind == .bucket
            ? family.classicBounds.map { bound in
                family.unit == .nanoseconds
                    ? UnitText.exactSeconds(nanoseconds: bound) : String(bound)
            } + ["+Inf"] : []
    }

    private static func name(_ family: StoredFamily, _ kind: Kind) -> String {
        let base = family.prometheusName
        return switch kind {
        case .number, .native: base
        case .bucket: base + "_bucket"
        case .sum: base + "_sum"
        case .count: base + "_count"
        }
    }

    /// The views of a family whose names are wanted; nothing is made of the others.
    static func all(of family: StoredFamily, where isWanted: (String) -> Bool) -> [FamilyView] {
        let kinds: [Kind] =
            family.kind == .histogram ? [.native, .bucket, .sum, .count] : [.number]
        return kinds.filter { isWanted(name(family, $0)) }.map { FamilyView(family, $0) }
    }

    /// Raw numbers are divided by this.
    var divisor: Double { family.unit == .nanoseconds ? 1e9 : 1 }

    func isNamed(_ matchers: [LabelMatcher]) -> Bool { Self.accept(matchers, name) }

    static func accept(_ matchers: [LabelMatcher], _ name: String) -> Bool {
        matchers.allSatisfy { $0.label != Labels.nameLabel || $0.accepts(name) }
    }

    /// What the matchers choose of a series: one label set, or one for each bucket.
    func outputs(
        of series: StoredSeries, _ matchers: [LabelMatcher]
    ) -> [Output] {
        for matcher in matchers where matcher.label != Labels.nameLabel {
            if kind == .bucket, matcher.label == "le" { continue }
            let place = family.labels.firstIndex(of: matcher.label)
            let value = place.map { series.labelValues[$0] } ?? ""
            if !matcher.accepts(value) { return [] }
        }
        if kind != .bucket { return [Output(labels: labels(series, bound: nil), bound: 0)] }
        let bounds = matchers.filter { $0.label == "le" }
        var result: [Output] = []
        for (bound, text) in boundTexts.enumerated()
        where bounds.allSatisfy({ $0.accepts(text) }) {
            result.append(Output(labels: labels(series, bound: text), bound: bound))
        }
        return result
    }

    /// In the order of their names, which is the same for all series of a view.
    private func labels(_ series: StoredSeries, bound: String?) -> Labels {
        var pairs: [Labels.Pair] = []
        pairs.reserveCapacity(order.count)
        for place in order {
            switch place {
            case .name: pairs.append(Labels.Pair(Labels.nameLabel, name))
            case .bound: pairs.append(Labels.Pair("le", bound ?? ""))
            case .label(let index):
                let value = series.labelValues[index]
                if !value.isEmpty { pairs.append(Labels.Pair(family.labels[index], value)) }
            }
        }
        return Labels(sorted: pairs)
    }

    func labels(of series: StoredSeries, _ matchers: [LabelMatcher]) -> [Labels] {
        outputs(of: series, matchers).map(\.labels)
    }
}
