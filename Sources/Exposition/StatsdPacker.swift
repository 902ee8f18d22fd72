// Lines into datagrams: each as full as the payload limit allows, a line never split or cut, and
// beside each datagram the deltas that are in it. Lives for one flush on one thread.
// A "line" may be two lines that must arrive together (a negative gauge). It must never make a
// datagram longer than the limit: the kernel would refuse it or fragment it.

import Stats

struct StatsdPacker: ~Copyable {
    /// The line being written; `commit` takes it.
    var line = ByteOutput(capacity: 256)
    var flush: StatsdFlush
    private let limit: Int
    private var packet = ByteOutput(capacity: 2048)
    private var deltas: [StatsdDelta] = []
    private var lineCount = 0

    init(sequence: UInt64, limit: Int) {
        flush = StatsdFlush(sequence: sequence)
        self.limit = limit
    }

    /// Ends the line; `delta` is what it carries.
    mutating func commit(_ delta: StatsdDelta?) {
        defer { line.removeAll() }
        if line.count > limit {
            flush.droppedLines += 1
            return
        }
        if packet.count > 0, packet.count + 1 + line.count > limit { seal() }
        if packet.count > 0 { packet.append("\n") }
        packet.append(line)
        lineCount += 1
        if let delta { deltas.append(delta) }
    }

    /// The last datagram, and all of them.
    consuming func finish() -> StatsdFlush {
        if packet.count > 0 { seal() }
        return flush
    }

    private mutating func seal() {
        flush.datagrams.append(
            StatsdDatagram(payload: packet.bytes, deltas: deltas, lineCount: lineCount))
        packet.removeAll()
        deltas.removeAll(keepingCapacity: true)
        lineCount = 0
    }
}
