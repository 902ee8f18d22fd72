// Snapshot minus acknowledged state = statsd lines, packed into datagrams. Plain etsy statsd only:
// counters `|c` as deltas, gauges `|g`, every histogram `|ms` (etsy refuses `|h`), one line per
// touched bucket with a value inside it and the sample rate whose reciprocal is the bucket's new
// count. Pure; any thread; no send and no retry here: what is not acknowledged is in the next
// flush again, so nothing is kept but the state. docs: github.com/statsd/statsd metric_types.md

public import Stats

/// What one flush has to send.
public struct StatsdFlush: Sendable {
    /// The snapshot it was made from.
    public let sequence: UInt64
    public var datagrams: [StatsdDatagram] = []
    /// Lines that are longer than the payload limit: never sent, counted on each flush.
    public var droppedLines = 0
    /// Lines capped to what a server restores exactly; the rest comes with the next flush.
    public var deferredLines = 0

    /// Once all datagrams are acknowledged the server has everything up to this snapshot (a
    /// counter of nanoseconds: up to the last full millisecond).
    public var isWhole: Bool { deferredLines == 0 }
}

/// Makes datagrams. A value without state; what was sent lives in `StatsdState`.
public struct StatsdEncoder: Sendable {
    /// Most observations one line may stand for: the server restores counts from a decimal rate.
    static let bucketCountMax: UInt64 = 100_000_000
    /// Servers count in doubles.
    static let counterDeltaMax: UInt64 = 1 << 53 - 1

    private let prefix: [UInt8]
    /// Bytes of one datagram at most: the path MTU less IP and UDP headers.
    public let payloadLimit: Int

    /// - Parameters:
    ///   - prefix: put before each name with a dot; empty for none; see `isPrefix`.
    ///   - payloadLimit: at least 1.
    public init(prefix: String = "weir", payloadLimit: Int) {
        precondition(Self.isPrefix(prefix), "BUG: statsd prefix not checked")
        precondition(payloadLimit >= 1, "BUG: statsd payload limit not checked")
        self.prefix = prefix.isEmpty ? [] : Array(prefix.utf8) + [UInt8(ascii: ".")]
        self.payloadLimit = payloadLimit
    }

    /// Whether every byte may stand in a statsd name: `[A-Za-z0-9._-]`.
    public static func isPrefix(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                return true
            default: return false
            }
        }
    }

    /// Everything `state` lacks of `snapshot`. Acknowledge what was sent before the next call;
    /// datagrams that were not are simply forgotten. O(series).
    public func encode(_ snapshot: Snapshot, since state: StatsdState) -> StatsdFlush {
        var packer = StatsdPacker(sequence: snapshot.sequence, limit: payloadLimit)
        for (index, family) in snapshot.families.enumerated() {
            for id in snapshot.series(of: FamilyID(index: index)) where snapshot.touched(id) {
                switch family.kind {
                case .counter: addCounter(id, family, snapshot, state, &packer)
                case .gauge: addGauge(id, family, snapshot, &packer)
                case .histogram: addHistogram(id, family, snapshot, state, &packer)
                }
            }
        }
        return packer.finish()
    }

    private func addCounter(
        _ id: SeriesID, _ family: MetricFamily, _ snapshot: Snapshot, _ state: StatsdState,
        _ packer: inout StatsdPacker
    ) {
        let generation = snapshot.generation(id)
        let value = snapshot.value(id)
        let sent = state.counter(id, generation)
        if value == sent { return }
        var delta = value &- sent
        if delta > Self.counterDeltaMax {
            delta = Self.counterDeltaMax
            packer.flush.deferredLines += 1
        }
        var shown = delta
        switch family.unit {
        case .none, .bytes: break
        case .nanoseconds:
            // Servers that count in integers cut fractions off: only full milliseconds go.
            shown = delta / 1_000_000
            delta = shown * 1_000_000
            if shown == 0 { return }
        }
        packer.line.append(name(id, family, snapshot))
        packer.line.append(":")
        packer.line.append(decimal: shown)
        packer.line.append("|c")
        packer.commit(StatsdDelta(series: id, generation: generation, amount: .counter(delta)))
    }

    /// Every flush sends each used gauge: a level has no delta, and a lost one heals itself.
    private func addGauge(
        _ id: SeriesID, _ family: MetricFamily, _ snapshot: Snapshot, _ packer: inout StatsdPacker
    ) {
        let name = name(id, family, snapshot)
        let value = snapshot.gaugeValue(id)
        packer.line.append(name)
        packer.line.append(":")
        if value < 0 {
            // A sign means "change by": set to zero first, in the same datagram.
            packer.line.append("0|g\n")
            packer.line.append(name)
            packer.line.append(":")
        }
        packer.line.append(decimal: value, places: StatsValue.places(family.unit))
        packer.line.append("|g")
        packer.commit(nil)
    }

    private func addHistogram(
        _ id: SeriesID, _ family: MetricFamily, _ snapshot: Snapshot, _ state: StatsdState,
        _ packer: inout StatsdPacker
    ) {
        let generation = snapshot.generation(id)
        let value = snapshot.histogram(id)
        let sent = state.cells(id, generation)
        var position = 0
        var name: [UInt8]?
        for (cell, count) in value.sparseCells() {
            while position < sent.count, sent[position].cell < cell { position += 1 }
            var delta = count
            if position < sent.count, sent[position].cell == cell {
                delta = count &- sent[position].count
            }
            if delta == 0 { continue }
            if delta > Self.bucketCountMax {
                delta = Self.bucketCountMax
                packer.flush.deferredLines += 1
            }
            let bytes = name ?? self.name(id, family, snapshot)
            name = bytes
            packer.line.append(bytes)
            packer.line.append(":")
            let shown = StatsdSample.representative(
                lowerExclusive: value.layout.lowerExclusive(cell),
                upperInclusive: value.layout.upperInclusive(cell))
            packer.line.append(decimal: shown, places: StatsValue.places(family.unit))
            packer.line.append("|ms")
            if delta > 1 {
                let rate = StatsdSample.rate(restoring: delta)
                packer.line.append("|@")
                packer.line.append(decimal: rate.numerator, places: rate.places)
            }
            let amount = StatsdDelta.Amount.bucket(cell: cell, count: delta)
            packer.commit(StatsdDelta(series: id, generation: generation, amount: amount))
        }
    }

    private func name(_ id: SeriesID, _ family: MetricFamily, _ snapshot: Snapshot) -> [UInt8] {
        prefix + Array(family.dottedName(snapshot.labelValues(id)).utf8)
    }
}
