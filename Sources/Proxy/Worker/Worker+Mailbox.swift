// A worker's answers to main: cuts and the drain. Runs on the worker between two events, so a cut
// never shows half a request.
// Nothing here waits: an answer is posted and forgotten.

import EventLoop
import Stats

extension Worker {
    func drainMailbox() {
        let metrics = setup.metrics.thread
        var handled: UInt64 = 0
        _ = setup.mailbox.drain { message in
            handled += 1
            if isFinished { return }  // the last cut is out; there is no answer after it
            switch message {
            case .cut(let sequence, let postedNanos):
                tick()
                shard.record(metrics.pollDelay, now > postedNanos ? now - postedNanos : 0)
                publishGauges(handled: handled)
                let cut = shard.cut()
                setup.main.post(
                    .cut(
                        worker: setup.index, sequence: sequence, cut: cut,
                        postedNanos: Clock.monotonicNanos()))
            case .drain(let deadlineNanos):
                beginDrain(deadlineNanos: deadlineNanos)
            case .adopt(let connection):
                adopt(connection)
            }
        }
        shard.add(metrics.mailboxMessages, handled)
    }

    private func publishGauges(handled: UInt64) {
        shard.set(setup.metrics.thread.mailboxDepth, Int64(handled))
        shard.set(setup.metrics.thread.blocksLent, Int64(blocks.lentBytes))
        blocks.trim()
    }

    // MARK: Drain

    private func beginDrain(deadlineNanos: UInt64) {
        if isDraining { return }
        isDraining = true
        setup.balance?.close(setup.index)
        for index in 0..<listenerSockets.count { closeListener(index) }
        downstreams.forEachIndex { index in
            drainIdle(index)
        }
        _ = timers.schedule(TokenKind.drainDeadline.token(), at: deadlineNanos)
        endDrainIfIdle()
    }

    /// A keep-alive connection between requests closes, unless a request has just arrived. One that
    /// never had a request gets a moment: its client has connected and is about to write.
    func drainIdle(_ index: UInt32) {
        let generation = downstreams[index].generation
        if downstreams[index].phase != .head || !downstreams[index].input.isEmpty { return }
        let isNew = downstreams[index].startNanos == 0
        downstreams[index].isReadable = true
        readHead(index)
        guard downstreams.isCurrent(index, generation), downstreams[index].phase == .head,
            downstreams[index].input.isEmpty
        else { return }
        if isNew {
            setDeadline(index, now + Self.drainGraceNanos)
        } else {
            closeDownstream(index)
        }
    }

    private static let drainGraceNanos: UInt64 = 250_000_000

    /// Called whenever a connection has closed. One that is on its way from another worker is
    /// waited for: it was posted within moments of being counted.
    func endDrainIfIdle() {
        if isDraining && !isFinished && downstreams.count == 0 && connectionsUnderWay == 0 {
            finish()
        }
    }

    /// The deadline: what is still open is closed, and counted as `drained`.
    func endDrain() {
        if isFinished { return }
        isDrainOver = true
        downstreams.forEachIndex { index in
            if downstreams[index].phase == .exchange || downstreams[index].phase == .tunnel {
                abortExchange(index, .drained)
            } else {
                closeDownstream(index)
            }
        }
        endDrainIfIdle()
    }

    private func finish() {
        isFinished = true
        upstreams.forEachIndex { index in closeUpstream(index) }
        publishGauges(handled: 0)
        setup.main.post(.drained(worker: setup.index, cut: shard.cut()))
    }
}
