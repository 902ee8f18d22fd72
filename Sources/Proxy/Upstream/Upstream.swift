// A connection to an endpoint as its worker sees it: one slot of a slab. It is connecting, in the
// pool, or bound to exactly one downstream. Pooled connections form a list through the slots, the
// newest first, so that the warmest is used next and the coldest times out.

import EventLoop
import HTTP1

enum UpstreamPhase: UInt8 {
    case connecting
    case idle
    /// Request going out, response head awaited.
    case awaitingHead
    /// Response body coming in.
    case streaming
    case tunnel
}

/// One upstream connection.
struct Upstream: BitwiseCopyable {
    static let none = UInt32.max

    var fd: Int32
    var generation: UInt32
    var endpoint: UInt32
    var downstream = Upstream.none
    var phase = UpstreamPhase.connecting

    var isReadable = false
    var isPeerClosed = false
    var isBroken = false
    /// It carried a request before: a death before the first response byte may be a stale pool.
    var isReused = false
    /// The response allows another request on this connection.
    var keepAlive = true
    /// `output` keeps the sent request head until the first response byte, for a retry.
    var isHeadKept = false

    /// Bytes owed to the endpoint: the request head, and a small body that came with it.
    var output = Buffer()
    var input = Buffer()
    var scan = HeadScan()

    var previousIdle = Upstream.none
    var nextIdle = Upstream.none

    /// Monotonic nanoseconds.
    var sinceNanos: UInt64 = 0
    var sentNanos: UInt64 = 0
    var timer = TimerID.none
}

/// One endpoint of a cluster on one worker: its address and its idle connections.
struct Endpoint {
    let address: SocketAddress
    let cluster: Int
    let metrics: EndpointMetrics
    var firstIdle = Upstream.none
    var idleCount = 0
    var openCount = 0
}
