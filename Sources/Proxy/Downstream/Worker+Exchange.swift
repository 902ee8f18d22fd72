// The end of an exchange, good or bad, and what the client connection does next. Whatever happens,
// a request that was begun is ended exactly once, with one status, and its upstream connection is
// pooled or closed.

import EventLoop
import HTTP1
import Stats

extension Worker {
    /// The response is with the client's kernel, whole.
    func completeExchange(_ index: UInt32) {
        let upstream = downstreams[index].upstream
        if !downstreams[index].requestBody.isFinished { upstreams[upstream].keepAlive = false }
        endUpstreamRequest(upstream, downstreams[index].status >= 500 ? .failed : .succeeded)
        downstreams[index].upstream = Downstream.noUpstream
        release(upstream)
        endRequest(index, status: downstreams[index].status)
        goOn(index)
    }

    /// Counts the end of a request.
    func endRequest(_ index: UInt32, status: UInt16) {
        giveBack(&downstreams[index].requestPipe)
        giveBack(&downstreams[index].responsePipe)
        let listener = Int(downstreams[index].listener)
        shard.add(listeners[listener].requestsCompleted)
        shard.add(listeners[listener].requestsActive, -1)
        shard.add(listeners[listener].requestsByClass[min(max(Int(status / 100), 1), 5) - 1])
        listenerCodes[listener].add(status, to: shard)
        shard.record(listeners[listener].requestTime, now &- downstreams[index].startNanos)
        shard.record(listeners[listener].addedTime, downstreams[index].addedNanos)
        shard.add(listeners[listener].requestBodyBytes, downstreams[index].requestBody.relayed)
        shard.add(listeners[listener].responseBodyBytes, downstreams[index].responseBody.relayed)
    }

    /// Counts the end of a request's stay on an upstream connection that it was sent on.
    func endUpstreamRequest(_ upstream: UInt32, _ result: EndpointResult) {
        let endpoint = Int(upstreams[upstream].endpoint)
        let cluster = endpoints[endpoint].cluster
        shard.add(clusterMetrics[cluster].requestsCompleted)
        shard.add(clusterMetrics[cluster].requestsActive, -1)
        shard.add(endpoints[endpoint].metrics.requestsActive, -1)
        switch result {
        case .succeeded: shard.add(endpoints[endpoint].metrics.requestsSuccess)
        case .failed: shard.add(endpoints[endpoint].metrics.requestsError)
        case .cancelled: shard.add(endpoints[endpoint].metrics.requestsCancelled)
        }
    }

    /// After a response: the next request, or the end of the connection.
    func goOn(_ index: UInt32) {
        downstreams[index].scan = HeadScan()
        let isLast =
            !downstreams[index].keepAlive || isDraining
            || !downstreams[index].requestBody.isFinished
        if !downstreams[index].output.isEmpty {
            downstreams[index].phase = isLast ? .closing : .flushing
            setDeadline(index, now + setup.config.timeouts.idleNanos)
            return
        }
        if isLast {
            finishClosing(index)
            return
        }
        downstreams[index].phase = .head
        if !downstreams[index].input.isEmpty || downstreams[index].isReadable {
            downstreams[index].startNanos = now
            setDeadline(index, now + setup.config.timeouts.headNanos)
            resumeLater(TokenKind.downstream.token(downstreams[index].generation, index))
        } else {
            giveBackIfEmpty(&downstreams[index].input)
            setDeadline(index, now + setup.config.timeouts.idleNanos)
        }
    }

    // MARK: Failure

    /// The exchange failed before a response head went out: the client gets a status.
    func fail(_ index: UInt32, _ outcome: Outcome) {
        if downstreams[index].isHeadSent || downstreams[index].phase == .tunnel {
            abortExchange(index, outcome)
            return
        }
        countFailure(index, outcome)
        detach(index, outcome.endpointResult)
        reply(index, status: outcome.status, label: outcome.label)
    }

    /// The exchange failed in the middle of a response, or there is no client left to tell: the
    /// client connection ends hard, so that a truncated body cannot pass for a whole one.
    func abortExchange(_ index: UInt32, _ outcome: Outcome) {
        countFailure(index, outcome)
        if downstreams[index].phase == .tunnel {
            shard.add(listeners[Int(downstreams[index].listener)].upgradesActive, -1)
        }
        detach(index, outcome.endpointResult)
        let status = downstreams[index].status
        endRequest(index, status: status == 0 ? outcome.status : status)
        Syscall.resetOnClose(downstreams[index].fd)
        closeDownstream(index)
    }

    private func countFailure(_ index: UInt32, _ outcome: Outcome) {
        let listener = Int(downstreams[index].listener)
        shard.add(listeners[listener].failures.outcomes[Int(outcome.rawValue)])
        let upstream = downstreams[index].upstream
        guard upstream != Downstream.noUpstream else { return }
        let endpoint = Int(upstreams[upstream].endpoint)
        let cluster = endpoints[endpoint].cluster
        switch outcome {
        case .responseTimeout, .responseStalled:
            shard.add(clusterMetrics[cluster].timeouts)
            shard.add(endpoints[endpoint].metrics.requestsTimeout)
        case .upstreamReset, .upstreamClosedPooled, .responseTruncated:
            shard.add(clusterMetrics[cluster].resets)
        case .responseBodyMalformed:
            shard.add(clusterMetrics[cluster].protocolErrors)
        case .connectFailed, .connectTimeout, .upstreamOverflow, .upstreamDescriptors,
            .responseMalformed, .headTimeout, .requestStalled, .requestTooLarge,
            .requestBodyMalformed, .clientClosed, .clientClosedInBody, .clientSlow,
            .outOfBuffers, .drained:
            break
        }
    }

    /// Ends the bond with an upstream connection whose response is not complete; it is closed.
    func detach(_ index: UInt32, _ result: EndpointResult) {
        let upstream = downstreams[index].upstream
        if upstream == Downstream.noUpstream { return }
        downstreams[index].upstream = Downstream.noUpstream
        switch upstreams[upstream].phase {
        case .connecting: break
        case .awaitingHead:
            let cluster = endpoints[Int(upstreams[upstream].endpoint)].cluster
            shard.add(clusterMetrics[cluster].requestsWithoutResponse)
            endUpstreamRequest(upstream, result)
        case .streaming, .tunnel:
            endUpstreamRequest(upstream, result)
        case .idle: preconditionFailure("BUG: an idle upstream connection was bound")
        }
        closeUpstream(upstream)
    }

    // MARK: Closing

    /// Sends what is owed; the deadline moves with what the client takes.
    private func flushOwed(_ index: UInt32) -> FlushResult {
        let before = downstreams[index].output.count
        let result = flush(downstreams[index].fd, &downstreams[index].output)
        if result == .blocked && downstreams[index].output.count < before {
            setDeadline(index, now + setup.config.timeouts.idleNanos)
        }
        return result
    }

    /// A client that reads slowly has got its response: on to its next request.
    func finishFlushing(_ index: UInt32) {
        switch flushOwed(index) {
        case .blocked: return
        case .failed: closeDownstream(index)
        case .done: goOn(index)
        }
    }

    /// Sends what is owed, then closes; with a pause for reading when the client is still sending,
    /// since closing on unread bytes would reset the connection and lose the last response.
    func finishClosing(_ index: UInt32) {
        downstreams[index].phase = .closing
        switch flushOwed(index) {
        case .blocked: return
        case .failed:
            closeDownstream(index)
            return
        case .done: break
        }
        let hasMore =
            !downstreams[index].requestBody.isFinished || downstreams[index].isReadable
            || !downstreams[index].input.isEmpty
        if !hasMore || downstreams[index].isBroken {
            closeDownstream(index)
            return
        }
        giveBack(&downstreams[index].input)
        Syscall.shutdownWrite(downstreams[index].fd)
        downstreams[index].phase = .lingering
        downstreams[index].requestBody.relayed = 0
        downstreams[index].startNanos = now
        setDeadline(index, now + Self.lingerNanos)
        discardInput(index)
    }

    /// Time is up for reading on, unless the client is still taking our last bytes.
    func lingerOn(_ index: UInt32) {
        let isTaking = Syscall.unsentBytes(downstreams[index].fd) > 0
        if isTaking && now &- downstreams[index].startNanos < Self.lingerNanosMax {
            setDeadline(index, now + Self.lingerNanos)
        } else {
            closeDownstream(index)
        }
    }

    static let lingerNanos: UInt64 = 2_000_000_000
    private static let lingerNanosMax: UInt64 = 60_000_000_000
    private static let lingerBytesMax: UInt64 = 8 << 20

    /// Reads and throws away until the client closes, or has sent too much to be waited for.
    func discardInput(_ index: UInt32) {
        for _ in 0..<Self.turnBudget {
            if !downstreams[index].isReadable { return }
            let result = fill(
                downstreams[index].fd, &downstreams[index].input,
                isReadable: &downstreams[index].isReadable,
                isPeerClosed: downstreams[index].isPeerClosed)
            switch result {
            case .bytes:
                let count = downstreams[index].input.count
                countReceived(fromClient: index, UInt64(count))
                downstreams[index].requestBody.relayed &+= UInt64(count)
                giveBack(&downstreams[index].input)
                if downstreams[index].requestBody.relayed > Self.lingerBytesMax {
                    closeDownstream(index)
                    return
                }
            case .wouldBlock: return
            case .end, .failed, .full, .noBlock:
                closeDownstream(index)
                return
            }
        }
        resumeLater(TokenKind.downstream.token(downstreams[index].generation, index))
    }
}
