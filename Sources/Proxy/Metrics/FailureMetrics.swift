// Requests that were refused or failed, by reason: one counter for each case of the closed lists
// HTTP1.HeadRefusal, HTTP1.BodyRefusal and Outcome, in the order of their raw values, so that
// counting is an index. A new case has its counter by being there. Handles are made by main.

import HTTP1
import Stats

/// Handles of one listener's refusals and failures.
struct FailureMetrics: Sendable {
    let refused: [Counter]
    let bodyRefused: [Counter]
    let outcomes: [Counter]

    /// `scope` is the listener's `http.{listener}`.
    init(_ scope: MetricScope) {
        refused = HeadRefusal.allCases.map { reason in
            scope.counter(
                "downstream_rq_refused.{reason}",
                "Requests refused for their form and never forwarded, by reason.",
                labels: [reason.label])
        }
        bodyRefused = BodyRefusal.allCases.map { reason in
            scope.counter(
                "downstream_rq_refused.{reason}",
                "Requests refused for their form and never forwarded, by reason.",
                labels: [reason.label])
        }
        outcomes = Outcome.allCases.map { outcome in
            scope.counter(
                "downstream_rq_failed.{kind}.{side}.{retryable}",
                "Requests that failed: what happened, on which side, and whether a retry is safe.",
                labels: [
                    outcome.label, outcome.side.rawValue,
                    outcome.isRetryable ? "retryable" : "final",
                ])
        }
    }
}
