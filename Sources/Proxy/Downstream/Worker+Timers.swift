// Silence and what it means. A connection has one deadline and one entry in the wheel, which is
// never later than the deadline and at most ten seconds ahead: moving a deadline is a store, and
// the wheel is touched only when a deadline moves before its entry.

import EventLoop
import Stats

extension Worker {
    private static let armNanosMax: UInt64 = 10_000_000_000

    func setDeadline(_ index: UInt32, _ deadlineNanos: UInt64) {
        downstreams[index].deadlineNanos = deadlineNanos
        if deadlineNanos < downstreams[index].armedNanos { rearm(index) }
        if downstreams[index].timer.isNone { arm(index) }
    }

    private func arm(_ index: UInt32) {
        let at = min(downstreams[index].deadlineNanos, now + Self.armNanosMax)
        downstreams[index].armedNanos = at
        downstreams[index].timer = timers.schedule(
            TokenKind.downstream.token(downstreams[index].generation, index), at: at)
    }

    private func rearm(_ index: UInt32) {
        downstreams[index].armedNanos = downstreams[index].deadlineNanos
        timers.reschedule(
            &downstreams[index].timer, to: downstreams[index].deadlineNanos)
    }

    func downstreamTimer(_ token: Token) {
        let index = token.index
        guard downstreams.isCurrent(index, token.generation) else { return }
        downstreams[index].timer = .none
        if now < downstreams[index].deadlineNanos {
            arm(index)
            return
        }
        let listener = Int(downstreams[index].listener)
        switch downstreams[index].phase {
        case .head where downstreams[index].input.isEmpty:
            shard.add(listeners[listener].idleTimeouts)
            closeDownstream(index)
        case .head: refuseSlowHead(index)
        case .exchange: exchangeTimedOut(index)
        case .tunnel:
            shard.add(listeners[listener].idleTimeouts)
            endTunnel(index)
        case .flushing, .closing: closeDownstream(index)
        case .lingering: lingerOn(index)
        }
    }

    /// Which side was silent decides the outcome.
    private func exchangeTimedOut(_ index: UInt32) {
        let listener = Int(downstreams[index].listener)
        let upstream = downstreams[index].upstream
        let isSendingUp =
            upstream != Downstream.noUpstream && !upstreams[upstream].output.isEmpty
        if !downstreams[index].isHeadSent {
            if downstreams[index].requestBody.isFinished || isSendingUp
                || downstreams[index].awaitsContinue
            {
                fail(index, .responseTimeout)
            } else if !downstreams[index].input.isEmpty || downstreams[index].requestPipe.held > 0 {
                fail(index, .responseStalled)
            } else {
                shard.add(listeners[listener].bodyTimeouts)
                fail(index, .requestStalled)
            }
            return
        }
        shard.add(listeners[listener].bodyTimeouts)
        let isClientSlow =
            !downstreams[index].output.isEmpty || downstreams[index].responsePipe.held > 0
            || (upstream != Downstream.noUpstream && !upstreams[upstream].input.isEmpty)
        abortExchange(index, isClientSlow ? .clientSlow : .responseStalled)
    }
}
