// From what a person types to series: a Prometheus selector, a Prometheus name (also with _count,
// _sum or _bucket of a histogram), a dotted template, a dotted series name, or a glob over any of
// them. Regular expressions are PromQL's: RE2, anchored at both ends.

import ArgumentParser
import History
import PromQL
import Stats

struct SelectedSeries {
    let family: StoredFamily
    let series: StoredSeries
}

struct Selection {
    private let reader: HistoryReader
    private let families: [StoredFamily]

    init(_ reader: HistoryReader) throws {
        self.reader = reader
        families = try reader.families()
    }

    /// Series by name and labels; ends the command when there are none, or with usage when the
    /// text is no selector.
    func resolve(_ text: String) throws -> [SelectedSeries] {
        var found = try byName(text)
        if found.isEmpty, text.contains("{") || !text.contains(".") && !NamePattern.isGlob(text) {
            found = try bySelector(text)
        }
        guard found.isEmpty else { return found }
        var message = "statsctl: nothing in \(reader.path) matches \(text)"
        let names = families.flatMap { [$0.prometheusName, $0.template] }
        let name = String(text.prefix { $0 != "{" })
        let near = NamePattern.nearest(text.contains(".") ? text : name, among: names)
        if near.contains(name) {
            message += "; the name exists, its labels do not"
        } else if !near.isEmpty {
            message += "; did you mean " + near.joined(separator: " or ") + "?"
        } else {
            message += "; `statsctl list` shows what there is"
        }
        Terminal.notice(message)
        throw ExitCode(1)
    }

    private func all(of family: StoredFamily) throws -> [SelectedSeries] {
        try reader.series(of: family).map { SelectedSeries(family: family, series: $0) }
    }

    private func byName(_ text: String) throws -> [SelectedSeries] {
        var found: [SelectedSeries] = []
        for family in families where family.template == text || isName(text, of: family) {
            found += try all(of: family)
        }
        if !found.isEmpty || text.contains("{") { return found }
        for family in families {
            for entry in try all(of: family) {
                let dotted = family.dottedName(entry.series.labelValues)
                let isMatch =
                    dotted == text
                    || NamePattern.isGlob(text)
                        && (NamePattern.matches(text, dotted)
                            || NamePattern.matches(text, family.prometheusName))
                if isMatch { found.append(entry) }
            }
        }
        return found
    }

    private func isName(_ text: String, of family: StoredFamily) -> Bool {
        if family.prometheusName == text { return true }
        return family.kind == .histogram
            && ["_count", "_sum", "_bucket"].contains { family.prometheusName + $0 == text }
    }

    private func bySelector(_ text: String) throws -> [SelectedSeries] {
        let parsed: VectorSelector
        do {
            parsed = try Parser.selector(text)
        } catch {
            Terminal.notice("statsctl: not a selector:\n" + error.rendered(in: text))
            throw ExitCode(2)
        }
        var found: [SelectedSeries] = []
        let matchers = parsed.allMatchers
        for family in families {
            let name = parsed.name.flatMap { isName($0, of: family) ? $0 : nil }
            for entry in try all(of: family) {
                let isMatch = matchers.allSatisfy { matcher in
                    if matcher.label == Labels.nameLabel {
                        return matcher.accepts(name ?? family.prometheusName)
                    }
                    let place = family.labels.firstIndex(of: matcher.label)
                    return matcher.accepts(place.map { entry.series.labelValues[$0] } ?? "")
                }
                if isMatch { found.append(entry) }
            }
        }
        return found
    }
}
