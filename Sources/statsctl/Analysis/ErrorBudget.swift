// The arithmetic of an objective: how much of the error budget is left, how fast it burns over
// pairs of a long and a short window, and when it is gone at this rate. Windows and factors are
// those of the SRE workbook (chapter 5): a page at 14.4 and 6 times, a ticket at 1 times. Pure.

struct ErrorBudget {
    /// 0.999 for 99.9 %.
    var target: Double
    /// Of the objective's window, what is recorded: the budget is that of the requests seen.
    var windowMillis: Int64
    /// Over the window.
    var total: Double
    var bad: Double

    /// Failures that the target allows in as many requests.
    var allowed: Double { total * (1 - target) }
    /// 1 untouched, 0 used up, below 0 overspent.
    var left: Double { total > 0 ? 1 - bad / allowed : 1 }
    var availability: Double { total > 0 ? 1 - bad / total : 1 }

    /// 1: the budget lasts exactly one window.
    func burn(bad: Double, total: Double) -> Double {
        total > 0 ? bad / total / (1 - target) : 0
    }

    /// Milliseconds until nothing is left at this burn rate; nil when it never is.
    func exhaustion(burn: Double) -> Int64? {
        if left <= 0 { return 0 }
        guard burn > 0 else { return nil }
        let millis = left * Double(windowMillis) / burn
        return millis < 1e15 ? Int64(millis) : nil
    }

    struct Alert {
        var long: Int64
        var short: Int64
        /// Both windows burn at least so fast: the alert fires.
        var factor: Double
        var severity: String
    }

    static let alerts = [
        Alert(long: 3_600_000, short: 300_000, factor: 14.4, severity: "page"),
        Alert(long: 21_600_000, short: 1_800_000, factor: 6, severity: "page"),
        Alert(long: 259_200_000, short: 21_600_000, factor: 1, severity: "ticket"),
    ]
}
