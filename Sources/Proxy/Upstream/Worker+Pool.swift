// The upstream side of a worker: connections are taken from an endpoint's idle list or opened, and
// given back or closed. A pooled connection that becomes readable or closes while idle is dropped
// at once, so that a stale one is rarely handed out. Connect and idle limits are timers here.

import EventLoop
import HTTP1
import Stats

enum ConnectionChoice {
    /// An idle connection when there is one.
    case pooled
    /// A new connection: the pool just proved stale.
    case fresh
}

extension Worker {
    /// Gives the request whose rendered head is `output` to an endpoint's connection.
    func attach(_ index: UInt32, _ output: Buffer, _ choice: ConnectionChoice) {
        let cluster = setup.config.listeners[Int(downstreams[index].listener)].cluster
        let endpoint = clusters[cluster].nextEndpoint()
        let idle = endpoints[endpoint].firstIdle
        if choice == .pooled && idle != Upstream.none {
            shard.add(clusterMetrics[cluster].poolHit)
            unlinkIdle(idle)
            bind(idle, to: index, output)
            startSending(idle)
            return
        }
        shard.add(clusterMetrics[cluster].poolMiss)
        connect(endpoint, for: index, output)
    }

    private func bind(_ upstream: UInt32, to downstream: UInt32, _ output: Buffer) {
        upstreams[upstream].downstream = downstream
        upstreams[upstream].output = output
        upstreams[upstream].scan = HeadScan()
        upstreams[upstream].keepAlive = true
        downstreams[downstream].upstream = upstream
    }

    private func connect(_ endpoint: Int, for downstream: UInt32, _ output: Buffer) {
        let cluster = endpoints[endpoint].cluster
        var unsent = output
        if clusters[cluster].openCount >= setup.config.limits.upstreamConnectionsMax {
            shard.add(clusterMetrics[cluster].connectionsOverflow)
            giveBack(&unsent)
            fail(downstream, .upstreamOverflow)
            return
        }
        switch Sockets.startConnect(endpoints[endpoint].address) {
        case .connected(let fd), .inProgress(let fd):
            adopt(fd, endpoint, for: downstream, output)
        case .failed(let errno):
            giveBack(&unsent)
            shard.add(clusterMetrics[cluster].connectFail)
            shard.add(endpoints[endpoint].metrics.connectFail)
            let isOut = SystemError.isOutOfDescriptors(errno)
            fail(downstream, isOut ? .upstreamDescriptors : .connectFailed)
        }
    }

    private func adopt(_ fd: Int32, _ endpoint: Int, for downstream: UInt32, _ output: Buffer) {
        let cluster = endpoints[endpoint].cluster
        let fresh = Upstream(fd: fd, generation: 0, endpoint: UInt32(endpoint))
        var unsent = output
        guard let handle = upstreams.insert(fresh) else {
            shard.add(clusterMetrics[cluster].connectionsOverflow)
            Syscall.close(fd)
            giveBack(&unsent)
            fail(downstream, .upstreamOverflow)
            return
        }
        let index = handle.index
        upstreams[index].generation = handle.generation
        upstreams[index].sinceNanos = now
        clusters[cluster].openCount += 1
        endpoints[endpoint].openCount += 1
        shard.add(clusterMetrics[cluster].connectionsTotal)
        shard.add(clusterMetrics[cluster].connectionsActive, 1)
        shard.add(endpoints[endpoint].metrics.connectionsTotal)
        shard.add(endpoints[endpoint].metrics.connectionsActive, 1)
        bind(index, to: downstream, output)
        let token = TokenKind.upstream.token(handle.generation, index)
        upstreams[index].timer = timers.schedule(
            token, at: now + setup.config.timeouts.connectNanos)
        // The connect timer rules until the request is sent; this one must not come before it.
        setDeadline(
            downstream,
            now + setup.config.timeouts.connectNanos + setup.config.timeouts.responseNanos)
        guard poller.add(fd, token, edgeTriggered: true, [.readable, .writable]) else {
            fail(downstream, .upstreamDescriptors)
            return
        }
    }

    /// The socket became writable or failed for the first time.
    func connectDone(_ index: UInt32) {
        let endpoint = Int(upstreams[index].endpoint)
        let cluster = endpoints[endpoint].cluster
        if Syscall.socketError(upstreams[index].fd) != 0 {
            shard.add(clusterMetrics[cluster].connectFail)
            shard.add(endpoints[endpoint].metrics.connectFail)
            fail(upstreams[index].downstream, .connectFailed)
            return
        }
        shard.record(clusterMetrics[cluster].connectTime, now &- upstreams[index].sinceNanos)
        startSending(index)
    }

    // MARK: Giving back

    /// The response is complete: pool the connection if both sides can use it again.
    func release(_ index: UInt32) {
        let endpoint = Int(upstreams[index].endpoint)
        let limit = setup.config.limits.idleUpstreamsPerEndpointMax
        giveBackIfEmpty(&upstreams[index].input)
        if upstreams[index].isReadable && !upstreams[index].isPeerClosed {
            // A read that took exactly what was asked for has not seen the socket empty.
            upstreams[index].isReadable = Syscall.hasInput(upstreams[index].fd)
        }
        let isClean =
            upstreams[index].keepAlive && upstreams[index].output.isEmpty
            && upstreams[index].input.isEmpty && !upstreams[index].isPeerClosed
            && !upstreams[index].isReadable && !upstreams[index].isBroken && !isDraining
        if !isClean || endpoints[endpoint].idleCount >= limit {
            closeUpstream(index)
            return
        }
        giveBack(&upstreams[index].output)
        upstreams[index].downstream = Upstream.none
        upstreams[index].phase = .idle
        upstreams[index].isReused = true
        upstreams[index].isHeadKept = false
        upstreams[index].sinceNanos = now
        linkIdle(index)
    }

    private func linkIdle(_ index: UInt32) {
        let endpoint = Int(upstreams[index].endpoint)
        let first = endpoints[endpoint].firstIdle
        upstreams[index].previousIdle = Upstream.none
        upstreams[index].nextIdle = first
        if first != Upstream.none { upstreams[first].previousIdle = index }
        endpoints[endpoint].firstIdle = index
        endpoints[endpoint].idleCount += 1
    }

    private func unlinkIdle(_ index: UInt32) {
        let endpoint = Int(upstreams[index].endpoint)
        let previous = upstreams[index].previousIdle
        let next = upstreams[index].nextIdle
        if previous == Upstream.none {
            endpoints[endpoint].firstIdle = next
        } else {
            upstreams[previous].nextIdle = next
        }
        if next != Upstream.none { upstreams[next].previousIdle = previous }
        endpoints[endpoint].idleCount -= 1
    }

    /// Ends an upstream connection; a request bound to it must have been ended or moved before.
    func closeUpstream(_ index: UInt32) {
        let endpoint = Int(upstreams[index].endpoint)
        let cluster = endpoints[endpoint].cluster
        if upstreams[index].phase == .idle { unlinkIdle(index) }
        giveBack(&upstreams[index].input)
        giveBack(&upstreams[index].output)
        timers.cancel(upstreams[index].timer)
        Syscall.close(upstreams[index].fd)
        let isRemote = upstreams[index].isPeerClosed || upstreams[index].isBroken
        let metrics = clusterMetrics[cluster].connectionsActive
        shard.add(metrics, -1)
        shard.add(
            isRemote
                ? clusterMetrics[cluster].destroyedRemote : clusterMetrics[cluster].destroyedLocal)
        shard.add(endpoints[endpoint].metrics.connectionsActive, -1)
        clusters[cluster].openCount -= 1
        endpoints[endpoint].openCount -= 1
        upstreams.remove(index)
    }

    /// Connect too slow, or idle for long. While a request is in flight the client's timer rules.
    func upstreamTimer(_ token: Token) {
        let index = token.index
        guard upstreams.isCurrent(index, token.generation) else { return }
        upstreams[index].timer = .none
        let cluster = endpoints[Int(upstreams[index].endpoint)].cluster
        let idleNanos = setup.config.timeouts.idleNanos
        switch upstreams[index].phase {
        case .connecting:
            shard.add(clusterMetrics[cluster].connectTimeout)
            shard.add(endpoints[Int(upstreams[index].endpoint)].metrics.connectFail)
            fail(upstreams[index].downstream, .connectTimeout)
        case .idle where now >= upstreams[index].sinceNanos + idleNanos:
            shard.add(clusterMetrics[cluster].idleTimeout)
            closeUpstream(index)
        case .idle:
            upstreams[index].timer = timers.schedule(
                token, at: upstreams[index].sinceNanos + idleNanos)
        case .awaitingHead, .streaming, .tunnel:
            upstreams[index].timer = timers.schedule(token, at: now + idleNanos)
        }
    }
}
