// One admin connection: its buffers and where it stands. Buffers are small arrays with bounds; a
// body is shared with the other connections that asked for the same. A value in the admin server's
// table. Main thread.

import EventLoop

/// Names an admin connection from the outside: a reader's body finds it, or finds it gone.
struct ScrapeTicket: Sendable, Hashable {
    let index: UInt32
    let generation: UInt32
}

struct AdminConnection {
    enum Phase {
        /// Waiting for a request, or for the rest of one.
        case reading
        /// A cut or a reader is at work for it.
        case rendering
        /// Bytes are on their way out.
        case writing
        /// Answered and closed on our side; the peer's last bytes are thrown away.
        case lingering
    }

    /// A request's head must fit in here; admin requests are small.
    static let inputBytesMax = 16 * 1024
    /// A form must fit in here, the longest query and many selectors with it.
    static let formBytesMax = 256 * 1024

    /// A posted query whose form is still on its way.
    struct PendingForm {
        let path: String
        let query: String
        let bytes: Int
    }

    let fd: Int32
    let generation: UInt32
    var phase = Phase.reading
    var input: [UInt8] = []
    var head: [UInt8] = []
    var body: [UInt8] = []
    /// Bytes of head and body that have been sent.
    var sentBytes = 0
    var request: RenderRequest?
    var form: PendingForm?
    /// Of the query that is waited for.
    var cancellation: QueryCancellation?
    var isHead = false
    var closesAfter = false
    var timer = TimerID.none

    init(fd: Int32, generation: UInt32) {
        self.fd = fd
        self.generation = generation
    }

    /// Bytes that may be taken in now.
    var inputRoom: Int { (form?.bytes ?? 0) + Self.inputBytesMax - input.count }

    var bytesToSend: Int { head.count + body.count - sentBytes }

    mutating func startWriting(_ response: AdminResponse) {
        head = response.head(isHead: isHead, closes: closesAfter)
        body = isHead ? [] : response.body
        sentBytes = 0
        phase = .writing
    }

    /// Sends what the socket takes, at most `bytesMax`, so that one large body does not hold the
    /// loop. True when all is out, nil when the connection is broken.
    mutating func send(bytesMax: Int) -> Bool? {
        var budget = bytesMax
        while bytesToSend > 0 && budget > 0 {
            let headLeft = max(0, head.count - sentBytes)
            let bodyStart = max(0, sentBytes - head.count)
            let bodyLeft = min(body.count - bodyStart, budget)
            let result = unsafe head.withUnsafeBytes { head in
                unsafe body.withUnsafeBytes { body in
                    let first = unsafe UnsafeRawBufferPointer(rebasing: head.suffix(headLeft))
                    let rest = unsafe body[bodyStart..<bodyStart + bodyLeft]
                    return unsafe Syscall.send(fd, first, UnsafeRawBufferPointer(rebasing: rest))
                }
            }
            switch result {
            case .bytes(let count):
                sentBytes += count
                budget -= count
            case .wouldBlock: return false
            case .end, .failed: return nil
            }
        }
        return bytesToSend == 0
    }

    /// Ready for the next request on the same connection.
    mutating func startReading() {
        head = []
        body = []
        sentBytes = 0
        request = nil
        cancellation = nil
        isHead = false
        phase = .reading
    }
}
