// Movers as people and programs read them: what changed most, then what is new, then what is gone.
// Rates say "/s", means and quantiles do not. JSON and CSV have every digit and the score that
// ranks. Pure.

import History

enum MoverText {
    static func table(_ movers: [Mover], limit: Int) -> String {
        let changed = movers.filter { !$0.isNew && !$0.isGone }
        let fresh = movers.filter(\.isNew)
        let gone = movers.filter(\.isGone)
        var text = ""
        if !changed.isEmpty {
            var table = TextTable([
                ("CHANGED", .left), ("BEFORE", .right), ("AFTER", .right), ("CHANGE", .right),
            ])
            for mover in changed.prefix(limit) {
                table.add([
                    mover.series, value(mover, mover.before), value(mover, mover.after),
                    change(mover),
                ])
            }
            text += table.rendered() + more(changed.count - limit)
        }
        for (title, group) in [("NEW", fresh), ("VANISHED", gone)] where !group.isEmpty {
            var table = TextTable([(title, .left), ("VALUE", .right)])
            for mover in group.prefix(limit) {
                table.add([mover.series, value(mover, mover.after ?? mover.before)])
            }
            text += (text.isEmpty ? "" : "\n") + table.rendered() + more(group.count - limit)
        }
        return text
    }

    private static func more(_ count: Int) -> String {
        count > 0 ? Terminal.dim("and \(count) more; --limit shows them") + "\n" : ""
    }

    private static func value(_ mover: Mover, _ number: Double?) -> String {
        guard let number else { return "-" }
        return mover.quantity.text(number) + (mover.kind == .rate ? "/s" : "")
    }

    private static func change(_ mover: Mover) -> String {
        guard let before = mover.before, let after = mover.after else { return "" }
        if before == 0 || (before < 0) != (after < 0) {
            return (after > before ? "+" : "") + value(mover, after - before)
        }
        return TopCommand.change(abs(before), abs(after))
    }

    static func json(_ movers: [Mover]) -> String {
        let objects = movers.map { mover in
            "{\"series\":\(JSONText.quoted(mover.series)),\"compared\":\"\(mover.kind)\","
                + "\"before\":\(mover.before.map(JSONText.number) ?? "null"),"
                + "\"after\":\(mover.after.map(JSONText.number) ?? "null"),"
                + "\"score\":\(JSONText.number(mover.score))}"
        }
        return "[" + objects.joined(separator: ",\n ") + "]"
    }

    static func csv(_ movers: [Mover]) -> String {
        var text = TextTable.csv(["series", "compared", "before", "after", "score"])
        for mover in movers {
            text += TextTable.csv([
                mover.series, "\(mover.kind)", mover.before.map { "\($0)" } ?? "",
                mover.after.map { "\($0)" } ?? "", "\(mover.score)",
            ])
        }
        return text
    }
}
