// statsd over a connected UDP socket, from main's loop: what the server lacks is encoded, sent
// datagram by datagram and acknowledged only when the kernel did not refuse it. UDP says little,
// but a connected socket reports ECONNREFUSED: at once on loopback, one call late from afar.
// Whatever was not delivered is in the next flush again, so an outage loses nothing the kernel told
// us about. Sends never wait. Main thread.

import EventLoop
import Exposition
import Glibc
import Stats

final class StatsdSink {
    /// Where the flushes stand with the server.
    private enum Health { case unknown, delivering, failing }

    private let target: StatsdTarget
    private let metrics: StatsdMetrics
    private let sink: SinkID
    private let openLink: () -> Result<StatsdLink, SystemError>
    private var link: StatsdLink?
    /// Halved when the kernel says EMSGSIZE.
    private var payloadCap = Int.max
    private var state = StatsdState()
    /// Of the last flush: sent and not refused so far. A refusal that comes late takes them back.
    private var unconfirmed: [StatsdDatagram] = []
    /// The snapshot that is the server's when the last flush turns out not to be refused.
    private var unconfirmedSequence: UInt64?
    private var health = Health.unknown
    private var failingSince: UInt64 = 0
    private var unconfirmedNanos: UInt64 = 0
    /// Of the newest snapshot delivered; before the first, the start, so that lag is never hidden.
    private var newestNanos = Clock.monotonicNanos()
    private var gate = LogGate()

    init(
        _ target: StatsdTarget, metrics: StatsdMetrics, sink: SinkID,
        openLink: (() -> Result<StatsdLink, SystemError>)? = nil
    ) {
        self.target = target
        self.metrics = metrics
        self.sink = sink
        let address = target.address
        self.openLink = openLink ?? { StatsdLink.open(address) }
    }

    /// Sends what the server lacks of `snapshot`.
    func flush(_ snapshot: Snapshot, registry: Registry, shard: Shard) {
        let begin = Clock.monotonicNanos()
        defer { shard.record(metrics.flushTime, Clock.monotonicNanos() - begin) }
        guard let link = openedLink(begin, shard) else { return shard.add(metrics.deferred) }
        confirm(link, begin, registry, shard)
        let encoder = StatsdEncoder(
            prefix: target.prefix, payloadLimit: min(link.payloadLimit, payloadCap))
        let flush = encoder.encode(snapshot, since: state)
        shard.add(metrics.droppedLines, UInt64(flush.droppedLines))
        if send(flush.datagrams, link, begin, shard) && flush.isWhole {
            unconfirmedSequence = flush.sequence
            unconfirmedNanos = snapshot.monotonicNanos
            // From afar a refusal is told one call later: then the next flush has the last word.
            if link.refusesAtOnce { delivered(begin, shard) }
        } else {
            shard.add(metrics.deferred)
        }
    }

    /// The last flush: a kernel buffer that is full for a moment gets a few more chances.
    func finalFlush(_ snapshot: Snapshot, registry: Registry, shard: Shard) {
        for _ in 0..<3 where unconfirmedNanos != snapshot.monotonicNanos {
            flush(snapshot, registry: registry, shard: shard)
            if health == .failing { return }
        }
    }

    func publishLag(_ shard: Shard, nowNanos: UInt64) {
        let lag = nowNanos < newestNanos ? 0 : nowNanos - newestNanos
        shard.set(metrics.lag, Int64(lag))
    }

    // MARK: Sending

    private func openedLink(_ nowNanos: UInt64, _ shard: Shard) -> StatsdLink? {
        if let link { return link }
        switch openLink() {
        case .success(let opened):
            link = opened
            return opened
        case .failure(let error):
            shard.add(metrics.errors)
            began(SystemError.text(error.errno), nowNanos)
            return nil
        }
    }

    /// The last flush is the server's, unless its refusal is told only now.
    private func confirm(
        _ link: StatsdLink, _ nowNanos: UInt64, _ registry: Registry, _ shard: Shard
    ) {
        let error = link.pendingError()
        if error != 0 {
            shard.add(metrics.errors)
            revokeUnconfirmed(shard)
            began(SystemError.text(error), nowNanos)
        } else if let sequence = unconfirmedSequence {
            registry.acknowledge(sink, sequence: sequence)
            if !link.refusesAtOnce { delivered(nowNanos, shard) }
        }
        unconfirmed = []
        unconfirmedSequence = nil
    }

    private func revokeUnconfirmed(_ shard: Shard) {
        for datagram in unconfirmed { state.revoke(datagram) }
        shard.add(metrics.refused, UInt64(unconfirmed.count))
        unconfirmed = []
    }

    /// False when something stays for the next flush, whose first datagram is then the probe.
    private func send(
        _ datagrams: [StatsdDatagram], _ link: StatsdLink, _ nowNanos: UInt64, _ shard: Shard
    ) -> Bool {
        for datagram in datagrams {
            let error = link.send(datagram.payload)
            if error != 0 {
                if error == EAGAIN || error == ENOBUFS { return false }
                failed(error, link, nowNanos, shard)
                return false
            }
            state.acknowledge(datagram)
            unconfirmed.append(datagram)
            shard.add(metrics.datagrams)
            shard.add(metrics.bytes, UInt64(datagram.payload.count))
        }
        return true
    }

    /// The last flush is the server's as far as can be known.
    private func delivered(_ nowNanos: UInt64, _ shard: Shard) {
        newestNanos = unconfirmedNanos
        shard.add(metrics.flushes)
        ended(nowNanos)
    }

    private func failed(_ error: Int32, _ link: StatsdLink, _ nowNanos: UInt64, _ shard: Shard) {
        shard.add(metrics.errors)
        began(SystemError.text(error), nowNanos)
        switch error {
        case ECONNREFUSED:
            shard.add(metrics.refused)
            // From afar it may be about any earlier datagram of this flush.
            if !link.refusesAtOnce { revokeUnconfirmed(shard) }
        case EMSGSIZE: payloadCap = max(512, min(link.payloadLimit, payloadCap) / 2)
        default: self.link = nil  // the route may have changed: begin anew with the next flush
        }
    }

    // MARK: Said once

    private func began(_ reason: String, _ nowNanos: UInt64) {
        if health == .failing { return }
        health = .failing
        failingSince = nowNanos
        let text = "statsd udp://\(target.address): \(reason); kept, tried again at each flush"
        if let line = gate.admit(text, nowNanos: nowNanos) { Log.warning(line) }
    }

    private func ended(_ nowNanos: UInt64) {
        if health == .failing {
            let seconds = (nowNanos - failingSince) / 1_000_000_000
            let text = "statsd udp://\(target.address) takes datagrams again, after \(seconds) s"
            if let line = gate.admit(text, nowNanos: nowNanos) { Log.info(line) }
        }
        health = .delivering
    }
}
