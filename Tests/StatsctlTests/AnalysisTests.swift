// Thresholds, budgets, the ranking of movers and the queries behind them.

import Testing

@testable import statsctl

struct AnalysisTests {
    @Test func thresholds() throws {
        let cases: [(text: String, measure: String, relation: String, limit: Double)] = [
            ("p99<250ms", "p99", "<", 0.25), ("errors<=0.1%", "errors", "<=", 0.001),
            ("rate > 100", "rate", ">", 100), ("max<1m", "max", "<", 60),
            (#"sum(x{a="<"}) >= 1"#, #"sum(x{a="<"})"#, ">=", 1), ("a > 1 < 2", "a > 1", "<", 2),
            ("size<64KiB", "size", "<", 65_536), ("x>-1", "x", ">", -1),
        ]
        for (text, measure, relation, limit) in cases {
            let threshold = try Threshold(text)
            #expect(threshold.measure == measure, "\(text)")
            #expect(threshold.relation.rawValue == relation, "\(text)")
            #expect(abs(threshold.limit - limit) < 1e-12, "\(text)")
        }
        for text in ["", "p99", "p99<", "<1", "p99<fast", "p99<nan"] {
            #expect(throws: Failure.self, "\(text)") { try Threshold(text) }
        }
    }

    @Test func budgets() {
        let day: Int64 = 86_400_000
        let budget = ErrorBudget(target: 0.99, windowMillis: 10 * day, total: 1000, bad: 5)
        #expect(abs(budget.allowed - 10) < 1e-9)
        #expect(abs(budget.left - 0.5) < 1e-9)
        #expect(abs(budget.burn(bad: 2, total: 100) - 2) < 1e-9)
        // Half of ten days' budget at twice the speed.
        #expect(abs((budget.exhaustion(burn: 2) ?? 0) - 5 * day / 2) <= 1)
        #expect(budget.exhaustion(burn: 0) == nil)
        let spent = ErrorBudget(target: 0.99, windowMillis: day, total: 100, bad: 2)
        #expect(spent.exhaustion(burn: 1) == 0)
        #expect(ErrorBudget(target: 0.9, windowMillis: day, total: 0, bad: 0).left == 1)
    }

    @Test func surerAndLargerChangesRankHigher() {
        func score(_ before: Double?, _ after: Double?, _ kind: Mover.Kind = .rate) -> Double {
            let mover = Mover(
                series: "s", kind: kind, quantity: .plain, before: before, after: after)
            return Movers.score(mover, beforeSeconds: 60, afterSeconds: 60)
        }
        #expect(score(10, 10) == 0)
        #expect(score(10, 100) > score(10, 20))
        #expect(score(100, 50) > 0.5)
        #expect(score(0.02, 0.04) < 0.2, "one event against two is noise")
        #expect(score(nil, 100) > score(nil, 1))
        #expect(score(0, 0.1, .mean) < 0.2)
    }

    @Test func queries() {
        #expect(Queries.rate("a", 60_000) == "sum (rate(a[60000ms]))")
        #expect(
            Queries.quantile(0.5, #"a{b="c"}"#, 1000, by: ["d"])
                == #"histogram_quantile(0.5, sum by (d) (rate(a{b="c"}[1000ms])))"#
                + #" or histogram_quantile(0.5, sum by (le, d) (rate(a_bucket{b="c"}[1000ms])))"#)
        #expect(
            ["a_1", "a-b", "1a", ""].map(QueryText.label) == [
                "a_1", #""a-b""#, #""1a""#, #""""#,
            ])
        #expect(QueryText.selector("a", adding: "x!=\"\"") == "a{x!=\"\"}")
        #expect(QueryText.selector("a{b=\"c\"}", adding: "x!=\"\"") == "a{b=\"c\",x!=\"\"}")
    }
}
