// A client connection as its worker sees it: one slot of a slab, plain bits, no references. The
// slot carries the connection and the one request in flight on it; pipelined requests wait as
// bytes in `input`. The descriptor is closed by `Worker.closeDownstream` and nowhere else.

import EventLoop
import HTTP1

/// What a client connection is doing. The order of life is the order of cases.
enum DownstreamPhase: UInt8 {
    /// No request yet: waiting for a head or holding a part of one.
    case head
    /// One request in flight: its body may be coming, its response may be going.
    case exchange
    /// Bytes pass both ways unread after `101 Switching Protocols`.
    case tunnel
    /// The response is complete, some of it is still owed; then the next request.
    case flushing
    /// The last bytes are going out; then the connection closes.
    case closing
    /// Our side is shut; input is thrown away so that the last bytes are not lost to a reset.
    case lingering
}

/// One client connection and its current request.
struct Downstream: BitwiseCopyable {
    static let noUpstream = UInt32.max

    var fd: Int32
    var generation: UInt32
    var listener: UInt16
    var phase = DownstreamPhase.head

    // What the kernel said last (edge-triggered, so it is remembered here).
    var isReadable = false
    /// The client will send no more (FIN seen by epoll).
    var isPeerClosed = false
    /// The connection is dead in both directions.
    var isBroken = false
    /// The client sends its body only after 100 (Expect), and neither has been seen yet.
    var awaitsContinue = false

    // The current request.
    var method = Method.get
    var version = Version.http11
    var keepAlive = true
    var isUpgrade = false
    var isHeadSent = false
    var hasRetried = false
    var isRetryable = false
    var isPaused = false
    /// 1xx responses passed on for this request.
    var informational: UInt8 = 0
    var requestEncoding = BodyEncoding.identity
    var responseEncoding = BodyEncoding.identity
    /// Status of the response head sent to the client; 0 before.
    var status: UInt16 = 0
    var upstream = Downstream.noUpstream
    /// `Worker.protocolHash` of the one protocol that an upgrade asks for; 0 for several.
    var upgradeHash: UInt32 = 0

    var input = Buffer()
    var output = Buffer()
    var scan = HeadScan()
    var requestBody = BodyReader()
    var responseBody = BodyReader()
    /// Long bodies on their way; none while nothing is in flight.
    var requestPipe = Pipe.none
    var responsePipe = Pipe.none

    /// Monotonic nanoseconds.
    var acceptedNanos: UInt64 = 0
    var startNanos: UInt64 = 0
    var addedNanos: UInt64 = 0
    /// When to act on silence; the wheel's entry may be earlier, never later.
    var deadlineNanos: UInt64 = 0
    var armedNanos: UInt64 = 0
    var timer = TimerID.none
    var peer = PeerText()
}

/// The client's IP address as text, for x-forwarded-for. At most 45 bytes (RFC 4291 text form).
struct PeerText: BitwiseCopyable {
    var count: UInt8 = 0
    var bytes = InlineArray<46, UInt8>(repeating: 0)
}
