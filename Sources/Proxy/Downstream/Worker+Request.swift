// The client's side of a request: read and parse a head, run the filters, render the head for the
// upstream, and pass the body on. RFC 9112 throughout. The request head goes into a lent block;
// for a request that may be sent again the block is kept until the response begins.

import EventLoop
import HTTP1
import Stats

extension Worker {
    func downstreamReady(_ token: Token, _ readiness: Readiness) {
        let index = token.index
        guard downstreams.isCurrent(index, token.generation) else { return }
        if readiness.contains(.readable) { downstreams[index].isReadable = true }
        if readiness.contains(.peerClosed) {
            downstreams[index].isPeerClosed = true
            downstreams[index].isReadable = true
        }
        if readiness.contains(.hangUp) || readiness.contains(.error) {
            downstreams[index].isBroken = true
            downstreams[index].isReadable = true
        }
        switch downstreams[index].phase {
        case .head: readHead(index)
        case .exchange: exchangeReady(index)
        case .tunnel: pumpTunnel(index)
        case .flushing: finishFlushing(index)
        case .closing: finishClosing(index)
        case .lingering: discardInput(index)
        }
    }

    private func exchangeReady(_ index: UInt32) {
        if downstreams[index].isBroken {
            abortExchange(index, .clientClosed)
            return
        }
        let generation = downstreams[index].generation
        let upstream = downstreams[index].upstream
        if upstreams[upstream].phase != .streaming && !downstreams[index].output.isEmpty
            && flush(downstreams[index].fd, &downstreams[index].output) == .failed
        {
            abortExchange(index, .clientClosed)
            return
        }
        if upstreams[upstream].phase == .streaming { pumpResponse(index) }
        if downstreams.isCurrent(index, generation) && downstreams[index].phase == .exchange
            && !downstreams[index].requestBody.isFinished
        {
            pumpRequest(index)
        }
    }

    // MARK: Head

    func readHead(_ index: UInt32) {
        var isFirstLook = downstreams[index].scan.isUntouched
        while true {
            if !downstreams[index].input.isEmpty {
                let bytes = unsafe self.bytes(of: downstreams[index].input)
                if unsafe isFirstLook || downstreams[index].scan.mayBeComplete(bytes) {
                    switch unsafe request.value.parser.parseRequest(bytes) {
                    case .complete(let head):
                        begin(index, head)
                        return
                    case .refused(let reason):
                        refuse(index, reason)
                        return
                    case .incomplete: break
                    }
                    if isFirstLook {
                        _ = unsafe downstreams[index].scan.mayBeComplete(bytes)
                        isFirstLook = false
                    }
                }
                if isFull(downstreams[index].input) && !grow(&downstreams[index].input) {
                    refuse(index, .headTooLarge)
                    return
                }
            }
            if !downstreams[index].isReadable { return }
            if !fillHead(index) { return }
        }
    }

    /// False when there is nothing more to parse now.
    private func fillHead(_ index: UInt32) -> Bool {
        let isFirstByte = downstreams[index].input.isEmpty
        let before = downstreams[index].input.count
        let result = fill(
            downstreams[index].fd, &downstreams[index].input,
            isReadable: &downstreams[index].isReadable,
            isPeerClosed: downstreams[index].isPeerClosed)
        switch result {
        case .bytes:
            countReceived(fromClient: index, UInt64(downstreams[index].input.count - before))
            if isFirstByte {
                downstreams[index].startNanos = now
                setDeadline(index, now + setup.config.timeouts.headNanos)
            }
            return true
        case .full: return false
        case .wouldBlock:
            // It looked readable, so the next head was thought to be on its way.
            if downstreams[index].input.isEmpty {
                setDeadline(index, now + setup.config.timeouts.idleNanos)
            }
            return false
        case .noBlock:
            shard.add(listeners[Int(downstreams[index].listener)].connectionsOverflow)
            closeDownstream(index)
            return false
        case .end, .failed:
            closeDownstream(index)
            return false
        }
    }

    private func begin(_ index: UInt32, _ head: RequestHead) {
        let metrics = Int(downstreams[index].listener)
        shard.add(listeners[metrics].requestsTotal)
        shard.add(listeners[metrics].requestsActive, 1)
        downstreams[index].phase = .exchange
        downstreams[index].startNanos = now
        downstreams[index].addedNanos = 0
        downstreams[index].method = head.method
        downstreams[index].version = head.version
        downstreams[index].keepAlive = head.keepAlive && !isDraining
        downstreams[index].isUpgrade = head.upgrade
        downstreams[index].awaitsContinue = head.expectContinue
        downstreams[index].isHeadSent = false
        downstreams[index].hasRetried = false
        downstreams[index].isPaused = false
        downstreams[index].status = 0
        downstreams[index].informational = 0
        downstreams[index].requestBody = BodyReader(head.framing)
        downstreams[index].requestBody.bytesMax =
            setup.config.limits.requestBodyBytesMax ?? .max
        downstreams[index].requestEncoding = head.framing == .chunked ? .chunked : .identity
        downstreams[index].responseBody = BodyReader()
        downstreams[index].isRetryable =
            head.method.isIdempotent && downstreams[index].requestBody.isFinished && !head.upgrade
        unsafe request.value.begin(
            head, in: bytes(of: downstreams[index].input), peer: downstreams[index].peer)
        if head.upgrade { downstreams[index].upgradeHash = offeredProtocolHash() }
        if case .length(let count) = head.framing, isTooLarge(count) {
            downstreams[index].input.consume(Int(head.headEnd))
            fail(index, .requestTooLarge)
            return
        }
        switch filters.value.apply(to: &request.value) {
        case .reply(let status, let reason):
            downstreams[index].input.consume(Int(head.headEnd))
            reply(index, status: status, reason: reason)
        case .next: send(index, head)
        }
    }

    func isTooLarge(_ bodyBytes: UInt64) -> Bool {
        guard let limit = setup.config.limits.requestBodyBytesMax else { return false }
        return bodyBytes > limit
    }

    /// Renders the head, joins what is here of the body, and finds a connection for it.
    private func send(_ index: UInt32, _ head: RequestHead) {
        let needed = Int(head.headEnd) + request.value.additions.count + Self.renderSlackBytes
        guard let block = blocks.lend(large: needed > BlockPool.smallBytes) else {
            downstreams[index].input.consume(Int(head.headEnd))
            fail(index, .outOfBuffers)
            return
        }
        var output = Buffer(block: block)
        var writer = unsafe ByteWriter(blocks.bytes(block))
        renderRequest(head, into: &writer)
        if writer.overflowed {
            giveBack(&output)
            downstreams[index].input.consume(Int(head.headEnd))
            refuseBegun(index, .headTooLarge)
            return
        }
        downstreams[index].input.consume(Int(head.headEnd))
        let encoded =
            downstreams[index].requestBody.isFinished || bodyForSecondVector(index) > 0
            ? .progress
            : encode(
                &downstreams[index].input, &downstreams[index].requestBody,
                downstreams[index].requestEncoding, into: &writer)
        giveBackIfEmpty(&downstreams[index].input)
        if case .refused(let reason) = encoded {
            giveBack(&output)
            refuseBody(index, reason)
            return
        }
        if case .tooLarge = encoded {
            giveBack(&output)
            fail(index, .requestTooLarge)
            return
        }
        if downstreams[index].requestBody.relayed > 0 { downstreams[index].awaitsContinue = false }
        output.end = UInt32(writer.count)
        attach(index, output, .pooled)
    }

    /// Request line, framing and connection fields that rendering can add.
    private static let renderSlackBytes = 256

    // MARK: Body

    /// Sends the rendered head; its connection is ready.
    func startSending(_ upstream: UInt32) {
        let index = upstreams[upstream].downstream
        let endpoint = Int(upstreams[upstream].endpoint)
        let cluster = endpoints[endpoint].cluster
        shard.add(clusterMetrics[cluster].requestsTotal)
        shard.add(clusterMetrics[cluster].requestsActive, 1)
        shard.add(endpoints[endpoint].metrics.requestsTotal)
        shard.add(endpoints[endpoint].metrics.requestsActive, 1)
        let relayed = downstreams[index].requestBody.relayed
        upstreams[upstream].phase = .awaitingHead
        upstreams[upstream].isHeadKept =
            upstreams[upstream].isReused && downstreams[index].isRetryable
            && !downstreams[index].hasRetried
        let owed = upstreams[upstream].output.count
        let result = sendRequestHead(upstream, index)
        tick()
        shard.add(
            clusterMetrics[cluster].bytesSent,
            UInt64(owed) &+ downstreams[index].requestBody.relayed &- relayed)
        if downstreams[index].requestBody.relayed > relayed {
            downstreams[index].awaitsContinue = false
        }
        downstreams[index].addedNanos &+= now &- downstreams[index].startNanos
        upstreams[upstream].sentNanos = now
        if result == .failed {
            upstreamDied(upstream)
            return
        }
        if downstreams[index].requestBody.isFinished {
            setDeadline(index, now + setup.config.timeouts.responseNanos)
        } else {
            let timeouts = setup.config.timeouts
            let isEndpointsTurn = downstreams[index].awaitsContinue
            setDeadline(
                index, now + (isEndpointsTurn ? timeouts.responseNanos : timeouts.idleNanos))
            if result == .done { pumpRequest(index) } else { pauseReading(index) }
        }
    }

    /// Body bytes at hand that go out beside the head by one call; 0 when they are few or need
    /// other framing, and so are joined to the head's block.
    private func bodyForSecondVector(_ index: UInt32) -> Int {
        guard downstreams[index].requestEncoding == .identity,
            downstreams[index].requestBody.kind == .length
        else { return 0 }
        let count = downstreams[index].requestBody.available(in: downstreams[index].input)
        return count > Self.joinBytesMax ? count : 0
    }

    private func sendRequestHead(_ upstream: UInt32, _ index: UInt32) -> FlushResult {
        let fd = upstreams[upstream].fd
        let here = bodyForSecondVector(index)
        if here == 0 {
            return flush(
                fd, &upstreams[upstream].output, keep: upstreams[upstream].isHeadKept)
        }
        let owed = upstreams[upstream].output.count
        let head = unsafe bytes(of: upstreams[upstream].output)
        switch unsafe Syscall.send(fd, head, firstBytes(here, of: downstreams[index].input)) {
        case .bytes(let sent):
            let bodySent = max(0, sent - owed)
            upstreams[upstream].output.consume(sent - bodySent)
            downstreams[index].input.consume(bodySent)
            downstreams[index].requestBody.advance(bodySent)
            if sent < owed { return .blocked }
            giveBack(&upstreams[upstream].output)
            return bodySent == here ? .done : .blocked
        case .wouldBlock: return .blocked
        case .end, .failed: return .failed
        }
    }

    /// Passes the request body on, as far as both sockets allow.
    func pumpRequest(_ index: UInt32) {
        let upstream = downstreams[index].upstream
        if upstream == Downstream.noUpstream || upstreams[upstream].phase == .connecting { return }
        var counts = FlowCounts()
        let result = flow(
            from: downstreams[index].fd, isReadable: &downstreams[index].isReadable,
            isPeerClosed: downstreams[index].isPeerClosed, &downstreams[index].input,
            &downstreams[index].requestBody, downstreams[index].requestEncoding,
            &downstreams[index].requestPipe, to: upstreams[upstream].fd,
            owing: &upstreams[upstream].output, &counts)
        countReceived(fromClient: index, counts.received)
        shard.add(
            clusterMetrics[endpoints[Int(upstreams[upstream].endpoint)].cluster].bytesSent,
            counts.sent)
        if counts.relayed > 0 {
            downstreams[index].awaitsContinue = false
            setDeadline(index, now + setup.config.timeouts.idleNanos)
        }
        switch result {
        case .finished:
            giveBackIfEmpty(&downstreams[index].input)
            requestSent(index, upstream)
        case .blocked: pauseReading(index)
        case .waits: break
        case .more:
            resumeLater(TokenKind.downstream.token(downstreams[index].generation, index))
        case .sinkFailed: requestSinkFailed(index)
        case .tooLarge: fail(index, .requestTooLarge)
        case .full: refuseBody(index, .chunkLineTooLong)
        case .refused(let reason): refuseBody(index, reason)
        case .noBlock: fail(index, .outOfBuffers)
        case .sourceEnded, .sourceFailed: abortExchange(index, .clientClosedInBody)
        }
    }

    func countReceived(fromClient index: UInt32, _ count: UInt64) {
        shard.add(listeners[Int(downstreams[index].listener)].bytesReceived, count)
    }

    /// The last byte of the request left; from now on the endpoint is waited for.
    func requestSent(_ index: UInt32, _ upstream: UInt32) {
        guard upstreams[upstream].phase == .awaitingHead else { return }
        tick()
        upstreams[upstream].sentNanos = now
        setDeadline(index, now + setup.config.timeouts.responseNanos)
    }

    func pauseReading(_ index: UInt32) {
        if downstreams[index].isPaused { return }
        downstreams[index].isPaused = true
        shard.add(listeners[Int(downstreams[index].listener)].flowPaused)
    }

    /// The endpoint takes no more of the body. It may have answered already (an early 413, say):
    /// that answer is worth more than our error.
    private func requestSinkFailed(_ index: UInt32) {
        let upstream = downstreams[index].upstream
        giveBack(&upstreams[upstream].output)
        upstreams[upstream].keepAlive = false
        upstreams[upstream].isReadable = true
        if upstreams[upstream].phase == .awaitingHead {
            readResponseHead(upstream)
        }
    }
}
