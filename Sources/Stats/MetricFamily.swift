// One metric family: the single declaration from which every outside name derives (dotted name,
// Prometheus name, label names, help, unit, classic bounds). A value, immutable, made on any
// thread. It never looks at numbers. A wrong declaration is our bug and stops the program at start.
// Prometheus naming: https://prometheus.io/docs/practices/naming/

/// What the numbers of a family are.
public enum MetricKind: UInt8, Sendable {
    /// Only grows. Wraps modulo 2^64.
    case counter
    /// Goes up and down; the sum of what all shards hold, two's complement, wrapping.
    case gauge
    /// A distribution of unsigned integers, exact per bucket.
    case histogram
}

/// The unit of the raw numbers.
public enum MetricUnit: UInt8, Sendable {
    case none
    case bytes
    /// Raw numbers are nanoseconds; Prometheus shows seconds.
    case nanoseconds
}

/// One family of series, declared once.
public struct MetricFamily: Sendable {
    /// Most label holes in one template.
    public static let labelLimit = 5
    /// Most classic bounds of one histogram family.
    public static let classicBoundLimit = 128
    /// The label value that takes what is over a limit.
    public static let otherValue = "other"

    /// Dotted name with `{label}` holes: `cluster.{cluster}.upstream_rq_total`.
    public let template: String
    public let kind: MetricKind
    public let unit: MetricUnit
    /// Hole names in template order.
    public let labels: [String]
    public let help: String
    /// `weir_...`; unique in a registry.
    public let prometheusName: String
    /// Histograms only: upper bounds, inclusive, raw units, ascending; empty for other kinds.
    public let classicBounds: [UInt64]
    /// Most series of this family that births on workers may make, the `other` series not counted;
    /// what main makes from the configuration counts too, but is never refused.
    public let seriesLimit: Int

    /// - Parameters:
    ///   - prometheus: overrides the derived Prometheus name.
    ///   - classicBounds: histograms only; nil takes the default of the unit.
    ///   - seriesLimit: at least 1.
    public init(
        _ template: String, _ kind: MetricKind, unit: MetricUnit = .none, help: String,
        prometheus: String? = nil, classicBounds: [UInt64]? = nil, seriesLimit: Int = 1000
    ) {
        let labels = MetricName.holes(of: template)
        precondition(
            labels.count <= Self.labelLimit,
            "BUG: \(template): more than \(Self.labelLimit) labels")
        precondition(
            labels.allSatisfy { MetricName.isLabel($0, in: kind) }
                && Set(labels).count == labels.count,
            "BUG: \(template): a label hole is empty, doubled, reserved or not [a-z_][a-z0-9_]*")
        precondition(seriesLimit >= 1, "BUG: \(template): seriesLimit must be at least 1")
        let name =
            prometheus ?? MetricName.prometheus(template: template, kind: kind, unit: unit)
        precondition(
            MetricName.isPrometheus(name), "BUG: \(template): bad Prometheus name \(name)")
        let bounds =
            kind == .histogram ? classicBounds ?? Self.defaultClassicBounds(for: unit) : []
        precondition(
            zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
                && bounds.count <= Self.classicBoundLimit
                && (kind == .histogram || classicBounds == nil),
            "BUG: \(template): classic bounds must ascend, be at most "
                + "\(Self.classicBoundLimit), and belong to a histogram")
        self.template = template
        self.kind = kind
        self.unit = unit
        self.labels = labels
        self.help = help
        self.prometheusName = name
        self.classicBounds = bounds
        self.seriesLimit = seriesLimit
    }

    /// The template with its holes filled in order, safe as a statsd name: every byte of a value
    /// outside `[A-Za-z0-9_-]` becomes `_`, an empty value becomes `_`.
    public func dottedName(_ labelValues: [String]) -> String {
        precondition(
            labelValues.count == labels.count, "BUG: \(template): wrong number of label values")
        var name: [UInt8] = []
        name.reserveCapacity(template.utf8.count + 16 * labelValues.count)
        var values = labelValues.makeIterator()
        var inHole = false
        for byte in template.utf8 {
            switch byte {
            case UInt8(ascii: "{"):
                inHole = true
                let value = values.next() ?? ""
                if value.isEmpty { name.append(UInt8(ascii: "_")) }
                for byte in value.utf8 {
                    name.append(MetricName.isDottedByte(byte) ? byte : UInt8(ascii: "_"))
                }
            case UInt8(ascii: "}"): inHole = false
            default: if !inHole { name.append(byte) }
            }
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// Bounds used when a histogram names none: for nanoseconds 50 us to 60 s, for bytes powers of
    /// 4 from 64 B to 64 MiB, otherwise powers of 4 from 1 to 4^10.
    public static func defaultClassicBounds(for unit: MetricUnit) -> [UInt64] {
        switch unit {
        case .nanoseconds:
            return [
                50_000, 100_000, 250_000, 500_000,
                1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000,
                100_000_000, 250_000_000, 500_000_000,
                1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000, 30_000_000_000,
                60_000_000_000,
            ]
        case .bytes: return (3...13).map { 1 << (2 * UInt64($0)) }
        case .none: return (0...10).map { 1 << (2 * UInt64($0)) }
        }
    }
}
