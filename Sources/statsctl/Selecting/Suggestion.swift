// What to say when a query found no series: names that are not there, with those that are nearest,
// or else where names are listed. Asked only then, of the source's index. A source that cannot say
// costs the hint, not the command.

import PromQL
import QueryAPI

enum Suggestion {
    static func text(_ query: String, _ backend: any Backend, _ window: Window) -> String {
        let list = "`statsctl list` shows what there is"
        guard let expression = try? Parser.expression(query),
            let known = try? backend.labelValues(Labels.nameLabel, nil, window)
        else { return list }
        var selectors: [VectorSelector] = []
        expression.collectSelectors(into: &selectors)
        for name in selectors.compactMap(\.name) where !known.contains(name) {
            let near = NamePattern.nearest(name, among: known)
            return near.isEmpty
                ? "there is no \(name): \(list)"
                : "there is no \(name): did you mean " + near.joined(separator: " or ") + "?"
        }
        return selectors.isEmpty ? list : "the names are there: do the labels match?"
    }
}
