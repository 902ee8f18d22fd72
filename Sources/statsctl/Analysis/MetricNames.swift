// The metric names behind the commands that know what a request is: weir's own (docs/metrics.md)
// unless flags name others, and the queries made of them. Latency is asked for as a native and as
// a classic histogram in one query (`or`), so it works on servers of either kind. Pure.

import ArgumentParser

struct MetricNames: ParsableArguments {
    @Option(help: ArgumentHelp("Counter of requests.", valueName: "selector"))
    var requests = "weir_http_downstream_rq_completed_total"

    @Option(help: ArgumentHelp("Counter of failed requests.", valueName: "selector"))
    var errors = #"weir_http_downstream_rq_xx_total{response_code_class="5"}"#

    @Option(help: ArgumentHelp("Histogram of request times.", valueName: "selector"))
    var latency = "weir_http_downstream_rq_time_seconds"

    /// A misspelt selector must not look like an objective that is met.
    func noticeNoErrors() {
        Terminal.notice("statsctl: no series of \(errors): nothing is counted as failed")
    }
}

enum Queries {
    /// Growth over the window, estimated at its edges as PromQL does.
    static func increase(_ selector: String, _ millis: Int64, by labels: [String] = []) -> String {
        "sum\(grouping(labels)) (increase(\(selector)[\(QueryText.duration(millis))]))"
    }

    static func rate(_ selector: String, _ millis: Int64, by labels: [String] = []) -> String {
        "sum\(grouping(labels)) (rate(\(selector)[\(QueryText.duration(millis))]))"
    }

    /// Quantile of what was observed in the window; the native histogram, else the classic one.
    static func quantile(
        _ quantile: Double, _ selector: String, _ millis: Int64, by labels: [String] = []
    ) -> String {
        let native = rate(selector, millis, by: labels)
        let classic = rate(suffixed(selector, "_bucket"), millis, by: ["le"] + labels)
        return "histogram_quantile(\(quantile), \(native))"
            + " or histogram_quantile(\(quantile), \(classic))"
    }

    /// `name{...}` to `name_bucket{...}`.
    static func suffixed(_ selector: String, _ suffix: String) -> String {
        let name = selector.prefix { $0 != "{" }
        return name + suffix + selector.dropFirst(name.count)
    }

    private static func grouping(_ labels: [String]) -> String {
        labels.isEmpty ? "" : " by (" + labels.joined(separator: ", ") + ")"
    }
}
