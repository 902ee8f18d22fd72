// Which endpoint a path is, and which methods it takes. A closed set: unknown paths are nil, and
// the answer to them an error of the API. Grafana posts to some of them and gets others, so the
// methods are part of the table here. Values, any thread.

enum Endpoint: Equatable {
    enum StatusPage: String, CaseIterable {
        case buildinfo, runtimeinfo, flags, tsdb, config
    }

    case query
    case queryRange
    case queryExemplars
    case formatQuery
    case parseQuery
    case series
    case labels
    case labelValues(String)
    case metadata
    case targets
    case targetsMetadata
    case rules
    case alerts
    case alertManagers
    case status(StatusPage)
    /// Plain text, as Prometheus words it.
    case health(String)

    init?(path: String) {
        switch path {
        case "/-/healthy": self = .health("weir is Healthy.")
        case "/-/ready": self = .health("weir is Ready.")
        default:
            guard path.hasPrefix("/api/v1/") else { return nil }
            self.init(name: path.dropFirst("/api/v1/".count))
        }
    }

    private init?(name: Substring) {
        switch name {
        case "query": self = .query
        case "query_range": self = .queryRange
        case "query_exemplars": self = .queryExemplars
        case "format_query": self = .formatQuery
        case "parse_query": self = .parseQuery
        case "series": self = .series
        case "labels": self = .labels
        case "metadata": self = .metadata
        case "targets": self = .targets
        case "targets/metadata": self = .targetsMetadata
        case "rules": self = .rules
        case "alerts": self = .alerts
        case "alertmanagers": self = .alertManagers
        default:
            if name.hasPrefix("status/"),
                let page = StatusPage(rawValue: String(name.dropFirst("status/".count)))
            {
                self = .status(page)
            } else if name.hasPrefix("label/"), name.hasSuffix("/values"),
                name.utf8.count >= "label//values".utf8.count
            {
                let middle = name.dropFirst("label/".count).dropLast("/values".count)
                self = .labelValues(String(middle))
            } else {
                return nil
            }
        }
    }

    /// Those whose parameters may be too long for a target; Grafana posts to them.
    var takesPost: Bool {
        switch self {
        case .query, .queryRange, .queryExemplars, .formatQuery, .parseQuery, .series, .labels:
            true
        case .labelValues, .metadata, .targets, .targetsMetadata, .rules, .alerts, .alertManagers,
            .status, .health:
            false
        }
    }
}
