// A request between parsing and routing: the parsed head, the bytes it lies in, and the lines that
// filters add. One per worker, used again for each request, so that a filter never allocates. The
// bytes belong to the client's input buffer and are valid until the head has been rendered.

import EventLoop
import HTTP1

/// What filters see and change.
@safe struct RequestContext: ~Copyable {
    var parser: HeadParser
    var head = RequestHead()
    var peer = PeerText()
    /// Header lines, each ending in CRLF, written after the client's own.
    var additions: ByteWriter
    private(set) var bytes: UnsafeRawBufferPointer
    private let additionsMemory: UnsafeMutableRawBufferPointer

    init(limits: HeadLimits) {
        parser = HeadParser(limits: limits)
        // Every field value could move here once (x-forwarded-for), and a little more.
        let count = limits.headBytes + 4096
        unsafe additionsMemory = UnsafeMutableRawBufferPointer(
            start: OwnLines.allocate(byteCount: count), count: count)
        additions = unsafe ByteWriter(additionsMemory)
        unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    deinit {
        unsafe additionsMemory.deallocate()
    }

    /// Begins a request whose head was just parsed from `bytes`.
    mutating func begin(_ head: RequestHead, in bytes: UnsafeRawBufferPointer, peer: PeerText) {
        self.head = head
        self.peer = peer
        unsafe self.bytes = bytes
        additions = unsafe ByteWriter(additionsMemory)
    }

    /// Bytes of the first value of `known` that is not dropped; 0 when there is none.
    func valueCount(of known: KnownField) -> Int {
        guard let index = parser.find(known), !parser[index].dropped else { return 0 }
        return Int(parser[index].valueEnd - parser[index].valueStart)
    }

    /// Keeps every field of this name from being forwarded.
    mutating func drop(_ known: KnownField) {
        guard var index = parser.find(known) else { return }
        while index < parser.fieldCount {
            if parser[index].known == known { parser.drop(index) }
            index += 1
        }
    }

    /// Appends a field's value to `additions`.
    mutating func appendValue(of field: Field) {
        unsafe additions.append(
            UnsafeRawBufferPointer(rebasing: bytes[Int(field.valueStart)..<Int(field.valueEnd)]))
    }

    /// Appends the client's address, as text.
    mutating func appendPeer() {
        unsafe peer.bytes.span.withUnsafeBytes {
            unsafe additions.append(UnsafeRawBufferPointer(rebasing: $0[..<Int(peer.count)]))
        }
    }

    /// The lines added so far.
    var addedBytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: additionsMemory.baseAddress, count: additions.count)
    }
}
