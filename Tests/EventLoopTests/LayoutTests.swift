import Testing

@testable import EventLoop

/// Objects of one thread that others read or write: their words keep 128 bytes to the heap's next
/// object on both sides. See docs/internals/performance.md.
@Suite struct LayoutTests {
    @Test func objectsAreMeasuredRightly() {
        #expect(instanceBytes(of: TwoWords()) == 32)
    }

    @Test func paddingIsTwoLines() {
        #expect(MemoryLayout<Padding>.size == 128)
        #expect(OwnLines.bytes == 128)
    }

    @Test func aHeartbeatKeepsItsDistance() {
        let heartbeat = Heartbeat()
        let first = withUnsafePointer(to: heartbeat.busySince) { UInt(bitPattern: $0) }
        let second = withUnsafePointer(to: heartbeat.turnCount) { UInt(bitPattern: $0) }
        #expect(second == first + 8)
        expectInside(heartbeat, first, 16)
    }

    @Test func aMailboxHeadKeepsItsDistance() throws {
        let mailbox = try Mailbox<Int>()
        let first = withUnsafePointer(to: mailbox.newest) { UInt(bitPattern: $0) }
        let second = withUnsafePointer(to: mailbox.waiting) { UInt(bitPattern: $0) }
        #expect(second == first + 8)
        expectInside(mailbox, first, 16)
    }

    @Test func aPollersEventsBeginOnTheirOwnLine() throws {
        let poller = try Poller()
        #expect(UInt(bitPattern: poller.events) % 128 == 0)
    }

    private func expectInside(_ object: AnyObject, _ address: UInt, _ count: UInt) {
        let start = Unmanaged.passUnretained(object).toOpaque()
        let first = UInt(bitPattern: start)
        let end = first + instanceBytes(of: object)
        #expect(address >= first + 128 && address + count + 128 <= end)
    }
}

/// Bytes of an object: `instanceSize` in its class's metadata, after kind, superclass, flags and
/// address point (where there is no Objective-C).
private func instanceBytes(of object: AnyObject) -> UInt {
    let metadata = unsafeBitCast(type(of: object), to: UnsafeRawPointer.self)
    return UInt(metadata.load(fromByteOffset: 24, as: UInt32.self))
}

private final class TwoWords {
    var first = 1
    var second = 2
}
