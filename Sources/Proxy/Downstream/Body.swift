// How one message body is framed on the way in, and how far it has been read. The same value
// serves requests and responses. `ChunkedDecoder` and the trailer parser do the strict work.
// On the worker that owns the connection.

import EventLoop
import HTTP1

/// Reading side of one body. A value in the connection's slot; RFC 9112 section 6.
struct BodyReader: BitwiseCopyable {
    enum Kind: UInt8 {
        case none
        case length
        case chunked
        case untilClose
    }

    var kind = Kind.none
    var isInTrailers = false
    var isFinished = true
    /// Its bytes come in large pieces and it is long: worth a pipe.
    var isBulk = false
    /// Body bytes not yet read, for `.length`.
    var remaining: UInt64 = 0
    /// Body bytes passed on so far, framing apart.
    var relayed: UInt64 = 0
    /// Bound for a body whose length is not known beforehand.
    var bytesMax = UInt64.max
    var chunks = ChunkedDecoder()

    init() {}

    init(_ framing: BodyFraming) {
        switch framing {
        case .none:
            kind = .none
        case .length(let count):
            kind = count == 0 ? .none : .length
            remaining = count
        case .chunked: kind = .chunked
        case .untilClose: kind = .untilClose
        }
        isFinished = kind == .none
    }

    /// Bytes that may still come.
    var unread: UInt64 { kind == .length ? remaining : .max }

    /// More than a small block would hold is on its way: lend a large one.
    var isLong: Bool {
        kind == .untilClose || (kind == .length && remaining > UInt64(BlockPool.smallBytes))
    }
}

/// Writing side of one body: as it came, or as chunks of what arrived together.
enum BodyEncoding: UInt8 {
    case identity
    case chunked
}
