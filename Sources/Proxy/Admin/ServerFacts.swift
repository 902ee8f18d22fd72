// What admin pages show besides the snapshot: settings and state at one moment, as a value that a
// reader thread may keep. No secrets are in it, so all of it may be shown. Main makes one per
// request; it must never hold anything that changes afterwards.

import EventLoop

struct ServerFacts: Sendable {
    var config: ProxyConfig
    var isLive: Bool
    var startWallMillis: Int64
    var uptimeNanos: UInt64
    var workers: Int
    var historyPath: String?
    var statsd: SocketAddress?
    var flushIntervalNanos: UInt64
    var drainNanos: UInt64
}
