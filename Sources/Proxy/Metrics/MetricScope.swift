// The catalogue as it is written down: a metric is declared where its handle is made, in one line
// with its dotted name, kind, unit and help. Declaring the same template again (another listener,
// another cluster) finds the family that is already there. Everything else - Prometheus name,
// HELP, docs/metrics.md - derives from that line. Main thread only, at set-up time.

import Stats

/// Families by template, in front of one `Registry`.
final class Catalogue {
    let registry: Registry
    private var familyByTemplate: [String: FamilyID] = [:]

    init(_ registry: Registry) {
        self.registry = registry
    }

    /// A group of metrics that share a dotted prefix and its label values.
    func scope(_ prefix: String, _ labelValues: [String] = []) -> MetricScope {
        MetricScope(catalogue: self, prefix: prefix, labelValues: labelValues)
    }

    func family(_ family: MetricFamily) -> FamilyID {
        if let known = familyByTemplate[family.template] { return known }
        let id = registry.declare(family)
        familyByTemplate[family.template] = id
        return id
    }
}

/// `scope("cluster.{cluster}", ["origin"]).counter("upstream_rq_total", "Requests sent upstream.")`
struct MetricScope {
    let catalogue: Catalogue
    let prefix: String
    let labelValues: [String]

    func counter(
        _ name: String, _ help: String, unit: MetricUnit = .none, prometheus: String? = nil,
        labels: [String] = []
    ) -> Counter {
        catalogue.registry.counter(
            family(name, .counter, help, unit: unit, prometheus: prometheus), labelValues + labels)
    }

    func gauge(
        _ name: String, _ help: String, unit: MetricUnit = .none, prometheus: String? = nil,
        labels: [String] = []
    ) -> Gauge {
        catalogue.registry.gauge(
            family(name, .gauge, help, unit: unit, prometheus: prometheus), labelValues + labels)
    }

    func histogram(
        _ name: String, _ help: String, unit: MetricUnit, prometheus: String? = nil,
        classicBounds: [UInt64]? = nil
    ) -> Histogram {
        catalogue.registry.histogram(
            family(
                name, .histogram, help, unit: unit, prometheus: prometheus,
                classicBounds: classicBounds),
            labelValues)
    }

    /// Declares without making a series: for series that are born on a worker.
    func family(
        _ name: String, _ kind: MetricKind, _ help: String, unit: MetricUnit = .none,
        prometheus: String? = nil, classicBounds: [UInt64]? = nil
    ) -> FamilyID {
        catalogue.family(
            MetricFamily(
                "\(prefix).\(name)", kind, unit: unit, help: help, prometheus: prometheus,
                classicBounds: classicBounds))
    }
}
