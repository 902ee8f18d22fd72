// The configuration model: plain values that main builds once from the command line (later from
// Envoy v3 messages) and hands to every thread. Nobody changes it afterwards; a new configuration
// is a new value. Addresses are already parsed, durations are nanoseconds.

import EventLoop

/// Everything the data plane needs to know. Immutable, shared by value.
struct ProxyConfig: Sendable {
    var listeners: [ListenerConfig]
    var clusters: [ClusterConfig]
    var limits = ProxyLimits()
    var timeouts = ProxyTimeouts()
    var connectionBalance = BalanceMode.kernel
}

/// Who decides which worker gets a new client connection.
enum BalanceMode: String, CaseIterable, Sendable {
    /// The kernel, by a hash (SO_REUSEPORT) or by who wakes first (UNIX sockets).
    case kernel
    /// The worker with fewest connections gets it, whoever accepted it.
    case exact
}

struct ListenerConfig: Sendable {
    var name: String
    var address: SocketAddress
    /// Index into `ProxyConfig.clusters` that every request of this listener is routed to.
    var cluster: Int
}

struct ClusterConfig: Sendable {
    var name: String
    var endpoints: [SocketAddress]
}

/// Bounds per worker or per message. What they refuse is counted.
struct ProxyLimits: Sendable {
    /// Bytes of request body; nil = unlimited. Above it: 413.
    var requestBodyBytesMax: UInt64?
    /// Upstream connections of one worker to one cluster. Above it: 503 `upstream_overflow`.
    var upstreamConnectionsMax: Int = 4096
    /// Idle upstream connections one worker keeps for one endpoint.
    var idleUpstreamsPerEndpointMax: Int = 1024
    /// Pipes that long bodies of one worker go through, two descriptors each; above it: copies.
    var pipesMax: Int = 128
    /// Downstream connections of one worker; above it the connection is closed and counted.
    var downstreamConnectionsMax: Int = 1 << 18
    /// Client connections of one worker above which it accepts no more for now: each may need an
    /// upstream connection of its own, and those must not run out of descriptors first.
    var downstreamConnectionsPause: Int = 1 << 18
}

/// Durations in nanoseconds.
struct ProxyTimeouts: Sendable {
    /// First byte of a connection (or of a next request) to the end of the request head: 408.
    var headNanos: UInt64 = 10_000_000_000
    /// Keep-alive without a request, and any body that makes no progress.
    var idleNanos: UInt64 = 60_000_000_000
    var connectNanos: UInt64 = 1_000_000_000
    /// Request sent to response head received: 504.
    var responseNanos: UInt64 = 15_000_000_000
    /// A tunnel in which neither side says anything.
    var tunnelIdleNanos: UInt64 = 3_600_000_000_000
}
