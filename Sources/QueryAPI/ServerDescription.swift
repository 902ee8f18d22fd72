// What the status endpoints say about the process that answers. Only what is true: what weir has
// not is left empty or out. Buildinfo has no `features`, since Grafana takes a server that has
// some for Mimir. Values, any thread.

/// One metric family, for /api/v1/metadata.
public struct MetricMetadata: Sendable, Equatable {
    /// As in queries, without a suffix of its series.
    public var name: String
    /// counter, gauge, histogram or unknown.
    public var type: String
    public var help: String
    public var unit: String

    public init(name: String, type: String, help: String, unit: String) {
        self.name = name
        self.type = type
        self.help = help
        self.unit = unit
    }
}

public struct ServerDescription: Sendable {
    public var version = ""
    public var revision = ""
    public var hostname = ""
    public var workingDirectory = ""
    /// Unix milliseconds.
    public var startMillis: Int64 = 0
    /// As given or defaulted, in the order they are shown.
    public var flags: [(name: String, value: String)] = []
    /// The configuration as text; "" when there is no file.
    public var configuration = ""
    /// How long the history is kept, in words.
    public var retention = ""
    /// The metric families that the process declares; any order.
    public var metadata: @Sendable () -> [MetricMetadata] = { [] }

    public init() {}
}
