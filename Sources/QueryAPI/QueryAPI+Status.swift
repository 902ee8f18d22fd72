// Metadata and the status endpoints: about the server, not about samples. weir scrapes nothing and
// has no rules, so those lists are empty rather than missing: clients ask for them unbidden. On
// the caller's thread.

import PromQL

extension QueryAPI {
    // MARK: - Metadata

    /// `{name: [{type, help, unit}]}`, ascending by name.
    func metadata(_ request: APIRequest, _ json: inout JSONBuffer) throws(APIFailure) {
        let limit = try Self.count("limit", request)
        let limitPerMetric = try Self.count("limit_per_metric", request)
        var families: [String: [MetricMetadata]] = [:]
        for family in server.metadata() where request["metric"] ?? family.name == family.name {
            var known = families[family.name, default: []]
            let hasRoom = limitPerMetric <= 0 || known.count < limitPerMetric
            if hasRoom, !known.contains(family) { known.append(family) }
            families[family.name] = known
        }
        let names = families.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        json.append("{")
        for (index, name) in names.prefix(limit < 0 ? names.count : limit).enumerated() {
            json.separate(index)
            json.string(name)
            json.append(":[")
            for (place, family) in families[name, default: []].enumerated() {
                json.separate(place)
                json.append(#"{"type":"#)
                json.string(family.type)
                json.append(#","help":"#)
                json.string(family.help)
                json.append(#","unit":"#)
                json.string(family.unit)
                json.append("}")
            }
            json.append("]")
            try json.checkSize()
        }
        json.append("}")
    }

    /// -1 when missing: no limit.
    private static func count(_ name: String, _ request: APIRequest) throws(APIFailure) -> Int {
        guard let text = request[name] else { return -1 }
        guard let count = Int(text) else {
            throw APIFailure(.badData, "\(name) must be a number")
        }
        return count
    }

    // MARK: - Status

    func status(_ endpoint: Endpoint, _ json: inout JSONBuffer) {
        switch endpoint {
        case .rules: json.append(#"{"groups":[]}"#)
        case .alerts: json.append(#"{"alerts":[]}"#)
        case .alertManagers:
            json.append(#"{"activeAlertmanagers":[],"droppedAlertmanagers":[]}"#)
        case .targets:
            json.append(#"{"activeTargets":[],"droppedTargets":[],"droppedTargetCounts":{}}"#)
        case .targetsMetadata: json.append("[]")
        case .status(.buildinfo): buildinfo(&json)
        case .status(.runtimeinfo): runtimeinfo(&json)
        case .status(.flags): json.object(server.flags)
        case .status(.config): json.object([("yaml", server.configuration)])
        case .status(.tsdb): tsdb(&json)
        case .query, .queryRange, .queryExemplars, .formatQuery, .parseQuery, .series, .labels,
            .labelValues, .metadata, .health:
            preconditionFailure("BUG: \(endpoint) is no status page")
        }
    }

    private func buildinfo(_ json: inout JSONBuffer) {
        json.object([
            ("version", server.version), ("revision", server.revision), ("branch", ""),
            ("buildUser", ""), ("buildDate", ""), ("goVersion", ""),
        ])
    }

    private func runtimeinfo(_ json: inout JSONBuffer) {
        json.append(#"{"startTime":"#)
        json.string(TimeText.rfc3339(server.startMillis))
        json.append(#","CWD":"#)
        json.string(server.workingDirectory)
        json.append(#","hostname":"#)
        json.string(server.hostname)
        json.append(#","serverTime":"#)
        json.string(TimeText.rfc3339(now))
        json.append(#","reloadConfigSuccess":true,"lastConfigTime":"#)
        json.string(TimeText.rfc3339(server.startMillis))
        json.append(#","corruptionCount":0,"goroutineCount":0,"GOMAXPROCS":0,"GOMEMLIMIT":0"#)
        json.append(#","GOGC":"","GODEBUG":"","storageRetention":"#)
        json.string(server.retention)
        json.append("}")
    }

    /// Of the newest 5 minutes, which is what Prometheus' head would hold at least.
    private func tsdb(_ json: inout JSONBuffer) {
        let recent = try? source().series([], start: now - 300_000, end: now)
        let series = recent ?? []
        var perMetric: [String: Int] = [:]
        var values: [String: Set<String>] = [:]
        for labels in series {
            perMetric[labels.metricName, default: 0] += 1
            for pair in labels.pairs { values[pair.name, default: []].insert(pair.value) }
        }
        let pairs = values.values.reduce(0) { $0 + $1.count }
        json.append(#"{"headStats":{"numSeries":"#)
        json.integer(Int64(series.count))
        json.append(#","numLabelPairs":"#)
        json.integer(Int64(pairs))
        json.append(#","chunkCount":0,"minTime":"#)
        json.integer(now - 300_000)
        json.append(#","maxTime":"#)
        json.integer(now)
        json.append(#"},"seriesCountByMetricName":"#)
        json.top(perMetric)
        json.append(#","labelValueCountByLabelName":"#)
        json.top(values.mapValues(\.count))
        json.append(#","memoryInBytesByLabelName":[],"seriesCountByLabelValuePair":[]}"#)
    }
}

extension JSONBuffer {
    /// An object of strings.
    mutating func object(_ members: [(name: String, value: String)]) {
        append("{")
        for (index, member) in members.enumerated() {
            separate(index)
            string(member.name)
            append(":")
            string(member.value)
        }
        append("}")
    }

    /// The ten largest, the largest first.
    mutating func top(_ counts: [String: Int]) {
        let ranked = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        append("[")
        for (index, entry) in ranked.prefix(10).enumerated() {
            separate(index)
            append(#"{"name":"#)
            string(entry.key)
            append(#","value":"#)
            integer(Int64(entry.value))
            append("}")
        }
        append("]")
    }
}
